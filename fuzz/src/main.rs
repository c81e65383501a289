//! `cargo xtask fuzz`: hands changed bytes to every parser of hostile bytes, ours and the crates' that we hand them to.
//!
//! Each target runs in a process of its own with limits of memory, stack and time, so that an abort, a stack that ends, a
//! hang and memory that runs out are caught, and the input that did it is kept and made small. Without a compiler that
//! counts branches: the pinned toolchain is stable, and chance with good seeds finds what it finds.

mod changing;

mod seeds;

mod targets;

mod asked;
mod own_files;
mod system;
mod watch_folder;
mod websites;

mod child;

mod parent;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["child", target, seed, seconds, input] => child::run(target, seed, seconds, input),
        ["once", target, input] => child::run_once(target, input),
        words => return parent::run(words),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fuzz: {error:#}");
            ExitCode::from(3)
        }
    }
}
