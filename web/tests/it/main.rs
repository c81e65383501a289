//! The pages as browsers see them: over a made-up node, by plain HTTP requests and in a real browser.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../sample/mod.rs"]
mod sample;

mod client;

mod access;
mod browser;
mod form;
mod hostile;
mod live;
mod pages;
mod real_node;
mod sign_in;
mod websites;
mod words;
