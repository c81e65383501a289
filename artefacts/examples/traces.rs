//! Prints what files state, one trace a line: `cargo run -p artefacts --example traces -- FILE…`; `--count` prints only how many
//! there are and how long it took, `--contents` the digests of a volume's contents.

use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use artefacts::{Limits, Matcher};
use domain::Observable;
use sha1::{Digest, Sha1};

fn main() -> std::io::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let (mut counting, mut hashing) = (false, false);
    for argument in std::env::args().skip(1) {
        if argument == "--contents" {
            hashing = true;
            continue;
        }
        if argument == "--count" {
            counting = true;
            continue;
        }
        let content = with_logs(&argument)?;
        let path = argument.as_bytes();
        let head = &content[..content.len().min(artefacts::HEAD_BYTES)];
        let Some(kind) = artefacts::recognise(path, head) else {
            writeln!(out, "{argument}: not recognised")?;
            continue;
        };
        if hashing {
            contents(kind, &content, &mut out)?;
            continue;
        }
        if counting {
            writeln!(out, "{argument}: {kind:?}")?;
            count(kind, path, &content, &mut out)?;
            continue;
        }
        let mut failure = Ok(());
        let mut print = |trace: &artefacts::Trace<'_>| {
            let at = trace.at.map(|at| at.to_string()).unwrap_or_default();
            let (what, text, data) = (trace.what, trace.text, trace.data.to_text());
            failure = writeln!(
                out,
                "{what:?}\t{text}\t{}\t{}\t{at}",
                data.escape_debug(),
                trace.location
            );
            if failure.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let read = artefacts::read(kind, path, &content, &Limits::default(), &mut print);
        failure?;
        if let Err(error) = read {
            writeln!(out, "could not {error}")?;
        }
    }
    out.flush()
}

/// Reads a file; a hive that lacks changes is completed from the logs beside it.
fn with_logs(path: &str) -> std::io::Result<Vec<u8>> {
    let content = fs_err::read(path)?;
    if !artefacts::is_dirty(&content) {
        return Ok(content);
    }
    let logs: Vec<Vec<u8>> = artefacts::LOG_ENDINGS
        .iter()
        .filter_map(|ending| fs_err::read(format!("{path}{ending}")).ok())
        .collect();
    let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
    let whole = artefacts::with_logs(&content, &logs);
    eprintln!(
        "{path}: dirty, {}",
        if whole.is_some() {
            "completed"
        } else {
            "not completed"
        }
    );
    Ok(whole.unwrap_or(content))
}

/// Prints the SHA-1 of every content of a volume.
fn contents(kind: artefacts::Kind, volume: &[u8], out: &mut dyn Write) -> std::io::Result<()> {
    let mut each = |item: &mut artefacts::VolumeItem<'_>| {
        let digest = match &mut item.content {
            None => item.unreadable.unwrap_or("-").to_owned(),
            Some(content) => {
                let mut bytes = Vec::new();
                match content.read_to_end(&mut bytes) {
                    Ok(_) => artefacts::Data::Bytes(&Sha1::digest(&bytes)).to_text(),
                    Err(error) => format!("could not be read: {error}"),
                }
            }
        };
        for path in std::iter::once(item.path).chain(item.other_paths.iter().map(String::as_str)) {
            let (kind, deleted, size) = (item.kind, item.deleted, item.size_bytes);
            let _ = writeln!(out, "{path}\t{kind:?}\t{size}\t{digest}\t{deleted}");
        }
        ControlFlow::Continue(())
    };
    let mut volume = std::io::Cursor::new(volume);
    let read = match kind {
        artefacts::Kind::MasterFileTable => {
            artefacts::read_master_file_table(&mut volume, &Limits::default(), &mut each)
        }
        _ => artefacts::read_volume(&mut volume, &Limits::default(), &mut each),
    };
    if let Err(error) = read {
        writeln!(out, "could not {error}")?;
    }
    Ok(())
}

/// Times the reading alone, and with 10,000 sought keys.
fn count(
    kind: artefacts::Kind,
    path: &[u8],
    content: &[u8],
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let keys: Vec<Observable> = (0..10_000)
        .map(|number| format!("HKLM\\SOFTWARE\\Sought\\Key{number}"))
        .map(|key| Observable::new("registry-key", &key).expect("a key is a line of text"))
        .collect();
    let sought: Vec<(usize, &Observable)> = keys.iter().enumerate().collect();
    let (matcher, _) = Matcher::new(&sought);
    for (what, matcher) in [("alone", None), ("with 10,000 sought keys", Some(&matcher))] {
        let started = Instant::now();
        let mut traces = 0_u64;
        let mut found = Vec::new();
        let mut each = |trace: &artefacts::Trace<'_>| {
            traces += 1;
            if let Some(matcher) = matcher {
                matcher.matches(trace, &mut found);
            }
            ControlFlow::Continue(())
        };
        let read = artefacts::read(kind, path, content, &Limits::default(), &mut each);
        let took = started.elapsed();
        let megabytes = u32::try_from(content.len() >> 20).map_or(f64::MAX, f64::from);
        writeln!(
            out,
            "  {what}: {traces} traces, {} found, {took:?}, {:.0} MB/s, {}",
            found.len(),
            megabytes / took.as_secs_f64(),
            read.map_or_else(|error| error.to_string(), |()| "whole".to_owned()),
        )?;
    }
    Ok(())
}
