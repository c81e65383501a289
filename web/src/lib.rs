//! What people see: routes, pages, forms and sessions over one node. No rule and no SQL: a handler asks the node,
//! turns the answer into words and numbers, and renders a template.
//!
//! Read `access.rs` first: it lists every route and who may use it.

mod access;
mod server;
mod settings;

mod app;
mod board;
mod error;

mod request;

mod alerts;
mod findings;
mod hosted_form;
mod hosts;
mod not_examined;
mod organisations;
mod refusals;
mod sign_in;
mod websites;

mod assets;
mod live;
mod page;
mod pieces;

pub use access::{ACCESS, Access};
pub use board::Board;
pub use server::{ServeError, router, router_over, serve, serve_on};
pub use settings::{VerdictSource, WebSettings};
pub use sign_in::{SetPasswordError, hash_password, set_admin_password};
