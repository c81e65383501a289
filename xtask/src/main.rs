//! `cargo xtask`: the chores of this repository. CI runs `check`; a newcomer runs `test`.
//!
//! Few dependencies on purpose: everybody compiles this first.

mod bench;
mod check;
mod fuzzing;
#[cfg(unix)]
mod hostile;
mod licences;
mod needs;
mod running;
mod skipping;
mod testing;
mod tidy;
mod timings;
mod zoo;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  bench sweep     measure a sweep beside the programs that people compare it with
    [--corpus DIR] [--rules DIR] [--runs N] [--limit SECONDS] [--only NAME,…] [--built]
  check           everything that a change must pass: format, tidy, licences, lints, tests, docs
  fuzz            hand changed bytes to every parser of hostile bytes
    [--seconds N] [--seed N] [TARGET…]
  hostile-tree FOLDER [--millions]
                  build a tree that programs stumble over, sweep it, check the report
  test [FILTER]   install what the tests need, run them, list what was skipped
  tidy            the rules of docs/STYLE.md and docs/ARCHITECTURE.md that a program can check
  licences        every dependency's licence against the list of those allowed
  timings         measure a cold release build and name its slowest crates
  zoo             let the website watch look at living and attacked sites
    [--seed N] [--sites N] [--days N] [--only CLASS] [--json FILE] [--peers]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["bench", "sweep", options @ ..] => bench::sweep(options),
        ["check"] => check::check(),
        ["fuzz", words @ ..] => fuzzing::fuzz(words),
        #[cfg(unix)]
        ["hostile-tree", words @ ..] => hostile::hostile_tree(words),
        ["licences"] => licences::licences(),
        ["test"] => testing::test_and_list(None),
        ["test", filter] => testing::test_and_list(Some(filter)),
        ["tidy"] => tidy::tidy(),
        ["timings"] => timings::timings(),
        ["zoo", options @ ..] => zoo::zoo(options),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
