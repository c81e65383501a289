//! Signing in and out: a local administrator's password, and the name of the officer on duty for the record.

mod attempts;
mod pages;
mod password;

pub(crate) use attempts::Attempts;
pub(crate) use pages::routes;
pub use password::{SetPasswordError, hash_password, set_admin_password};
