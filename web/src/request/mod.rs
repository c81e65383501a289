//! What happens to every request before and after its handler.

mod cookies;
mod form;
mod guard;
mod headers;
mod visitor;

pub(crate) use cookies::{Keep, session_cookie};
pub(crate) use form::CheckedForm;
pub(crate) use guard::guard;
pub(crate) use visitor::{Secret, Visitor};
