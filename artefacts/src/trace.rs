//! What a content states: one trace after the other, and what kept the rest from being read.

use std::fmt::Write;
use std::ops::ControlFlow;

use thiserror::Error;

/// Whether the reader of traces wants more of them.
pub type Flow = ControlFlow<()>;

/// One thing that a content states. Nothing of it is proof that a file's content was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace<'a> {
    /// What it is.
    pub what: What,
    /// The thing itself: a key's path, a command line, a digest in lower-case hexadecimal.
    pub text: &'a str,
    /// What belongs to it: a value's data, a service's program.
    pub data: Data<'a>,
    /// Where inside the content: a key's path, `run 3 of 8`, `MFT record 1234`.
    pub location: &'a str,
    /// When it happened or was written, in seconds since 1970, where the content says so.
    pub at: Option<i64>,
}

/// What a trace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// A named stream beside a file's content: `C:`-less path, `:`, name.
    AlternateStream,
    /// A command line that was run or that something is set to run.
    CommandLine,
    /// The name of a file, without its folder.
    FileName,
    /// The path of a file as the content has it: with a drive, a variable, a device or a volume's name.
    FilePath,
    /// The name of a computer.
    Machine,
    /// A registry key: its path as alerts write it, `HKLM\SOFTWARE\…`.
    RegistryKey,
    /// A registry value: its key's path, `\` and its name, `(Default)` where it has none. Its data is in `data`.
    RegistryValue,
    /// A scheduled task: its path in the library, `\Microsoft\Windows\…`.
    ScheduledTask,
    /// A service or driver: its name, or the name that people see. Its program is in `data`.
    Service,
    /// The SHA-1 of a file's content.
    Sha1,
    /// An address that something was fetched from or leads to.
    Url,
}

/// What belongs to a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data<'a> {
    /// Bytes that are neither text nor a number; at most [`Limits::data_bytes`] of them.
    Bytes(&'a [u8]),
    /// Nothing.
    None,
    /// A number.
    Number(u64),
    /// Text; the parts of a list of texts stand on lines of their own.
    Text(&'a str),
}

impl Data<'_> {
    /// Returns the data as people read it: text as it is, numbers in decimal, bytes in lower-case hexadecimal.
    pub fn to_text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) => (*text).to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Bytes(bytes) => bytes.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            }),
        }
    }
}

/// What reading one content may cost. Time is the caller's: it ends the reading through [`Flow`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most traces or items that are handed out. 50 million: ten times the largest hive seen.
    pub items: u64,
    /// Most bytes of one value's data that are handed out. 64 KiB: longer data is cut, and is no name or path.
    pub data_bytes: usize,
    /// Most bytes that a compressed content may become. 64 MiB: a prefetch file has below 1 MiB.
    pub unpacked_bytes: usize,
    /// Most file records of a volume that are read. 100 million: a volume of 100 TB.
    pub records: u64,
    /// Most memory for the folders of a volume, in bytes. 512 MiB: some five million folders.
    pub folder_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            items: 50_000_000,
            data_bytes: 64 << 10,
            unpacked_bytes: 64 << 20,
            records: 100_000_000,
            folder_bytes: 512 << 20,
        }
    }
}

/// Why a content could not be read, or not to its end. What could be read was handed out before.
#[derive(Debug, Error)]
pub enum Damaged {
    /// A hive's last changes are only in its logs, and [`with_logs`](crate::with_logs) has not been used; everything else was read.
    #[error("read its last changes, which only its logs have")]
    Dirty,
    /// The content is not of the kind that it was taken for.
    #[error("find a {kind} in it")]
    Another {
        /// The kind that was expected.
        kind: &'static str,
    },
    /// A version or a way of packing that this program does not know.
    #[error("read its version: {what}")]
    Unknown {
        /// Which.
        what: String,
    },
    /// Some places could not be read; everything else was.
    #[error("read {count} places in it, the first {first}")]
    Places {
        /// How many.
        count: u64,
        /// What was wrong with the first.
        first: String,
    },
    /// A limit of [`Limits`] was reached; the rest was not read.
    #[error("read more of it than the limit of {limit}")]
    Limit {
        /// Which limit.
        limit: &'static str,
    },
    /// The source could not be read.
    #[error("read from it")]
    Io(#[from] std::io::Error),
    /// The parser failed; this is a defect of the program, contained.
    #[error("understand it: the parser failed")]
    Parser,
}
