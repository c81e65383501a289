//! Opens one page in a real browser and says what it showed and what it really loaded. The browser is a hostile place once it has
//! met a hostile page: it reaches nothing but through our proxy, is believed nothing without a bound, and is ended whole.

mod limits;

mod browser;

mod profiles;

mod starting;

mod looking;

mod devtools;

mod proxy;

mod platform;

pub use self::browser::{Browser, BrowserError, NoBrowser, Opening, Rendered, Sandbox};
pub use self::devtools::{Request, RequestKind};
pub use self::limits::Limits;
pub use self::proxy::{Reached, Refused};
