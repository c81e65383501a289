//! The list of alerts, and the picture of one: the page for the wall.

mod content;
mod forms;
mod pages;
mod picture;

pub(crate) use content::IndicatorView;
pub(crate) use pages::{AlertChoice, choices, download, file_name, parse_alert, routes};
