//! How a verdict of the website watch is shown to the person who has to decide whether to telephone: one plain value,
//! [`VerdictPage`], that is language-neutral and can be kept and sent; and the page made of it.
//!
//! Whatever comes from a site is hostile here: it is cut, its unseen characters are written out, and it is never a link.
//! Judges nothing, reads no file and opens no connection.

mod page;

mod sentence;

mod visible;

mod difference;

mod words;

mod rendering;

pub use self::difference::{DiffLine, Difference, LineKind, Written, differ};
pub use self::page::{
    Approved, CertificateShown, ChainPlace, Event, Picture, Pictures, Request, Urgency, UseChange,
    VerdictPage,
};
pub use self::rendering::{
    POLICY, RenderError, STYLE, Served, render_body, render_page, render_served,
};
pub use self::sentence::{Part, Sentence};
pub use self::visible::{visible, visible_json, visible_origin, visible_place, visible_text};
pub use self::words::note_of;
