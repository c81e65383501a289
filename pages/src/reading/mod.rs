//! One walk over the tree of a page, from which its model is made.

mod covering;
mod films;
mod hiding;
mod naming;
mod walking;

pub(crate) use self::walking::read;
