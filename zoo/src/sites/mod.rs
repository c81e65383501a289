//! Sites made from a seed: ten kinds, each site with its own design, its pages, pictures, style sheets and scripts. What a page
//! shows is a function of the site, the moment and the visitor.

pub mod words;

mod kinds;

mod site;

mod frame;

mod contents;

mod assets;

pub use self::assets::{add_to_listing, add_to_site_map, asset, picture};
pub use self::frame::render;
pub use self::kinds::Kind;
pub use self::site::{Moment, Scheme, Section, Seen, Site, make_sites};
pub use self::words::PLACES;
