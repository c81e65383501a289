//! What a page loads from its own site: scripts, style sheets and pictures are asked for once more and compared. An intruder who
//! changes one of them changes what visitors see and what works on them, and leaves the page as it was.

mod pieces;

mod facts;

mod memory;

mod choosing;

mod scripts;

mod looks;

mod sheets;

mod looking;

pub(crate) use self::looking::look_at_loaded;
pub(crate) use self::sheets::read_with_sheets;

pub use self::facts::{FileFacts, ScriptFacts};
pub use self::memory::{KeptFile, Loaded, LoadedFile, LoadedMemory, PicturePlace};
pub use self::pieces::Pieces;
