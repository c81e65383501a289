//! The further steps of a check, each dearer than the one before: as other visitors see the page, what it loads, what it looks
//! like; and beside the pages under watch, what else there is on the site.

mod loading;
mod rendering;
mod visitors;

pub(crate) use self::loading::{look_at_loaded, read_with_sheets};
pub(crate) use self::rendering::look_in_browser;
pub(crate) use self::visitors::look_as_others;

pub use self::loading::{
    FileFacts, KeptFile, Loaded, LoadedFile, LoadedMemory, PicturePlace, Pieces, ScriptFacts,
};
pub use self::rendering::{Appearance, NotSeen, Rendered, RenderedMemory};
