//! Megabytes a second, packed and unpacked, of the files that are named; and nanoseconds of `recognise` for each file
//! below a folder: `cargo bench -p unpack -- a.zip a.tar.gz` or `cargo bench -p unpack -- --recognise /usr/share`.

use std::hint::black_box;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use fs_err as fs;
use unpack::{Budget, Content, Flow, HEAD_BYTES, Unpacked, recognise, unpack};

/// How often each file is asked about.
const ROUNDS: usize = 20;

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench");
    while let Some(argument) = arguments.next() {
        if argument == "--recognise" {
            let folder = arguments.next().expect("a folder follows");
            measure_recognising(Path::new(&folder));
        } else {
            measure_opening(Path::new(&argument));
        }
    }
}

/// Opens one file twice, the second time with a warm cache, and prints the second.
#[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
fn measure_opening(path: &Path) {
    let budget = Budget {
        bytes_max: u64::MAX,
        ..Budget::default()
    };
    for round in 0..2 {
        let mut file = BufReader::new(fs::File::open(path).expect("the file opens"));
        let size = file.get_ref().metadata().expect("it has a size").len();
        let mut head = Vec::new();
        file.by_ref()
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut head)
            .expect("it is read");
        let name = path.file_name().expect("it has a name").as_encoded_bytes();
        let kind = recognise(name, &head).expect("it is a container");
        let (mut bytes, mut members, mut not_opened) = (0_u64, 0_u64, 0_u64);
        let begin = Instant::now();
        unpack(
            kind,
            name,
            &mut file,
            size,
            &budget,
            &|| false,
            &mut |unpacked| {
                match unpacked {
                    Unpacked::Member(member) => {
                        members += 1;
                        bytes += match member.content {
                            Content::Whole(content) => content.len() as u64,
                            Content::Stream(stream) => {
                                let mut count = 0;
                                stream.pieces(&mut |piece| count += piece.len() as u64);
                                count
                            }
                        };
                    }
                    Unpacked::NotOpened(_) => not_opened += 1,
                }
                Flow::GoOn
            },
        );
        let seconds = begin.elapsed().as_secs_f64();
        if round == 1 {
            println!(
                "{}: {kind}, {members} members, {not_opened} not opened, {seconds:.2} s, packed {:.0} MB/s, members {:.0} MB/s",
                path.display(),
                size as f64 / 1e6 / seconds,
                bytes as f64 / 1e6 / seconds,
            );
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
fn measure_recognising(folder: &Path) {
    let mut folders = vec![folder.to_owned()];
    let mut heads: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder is listed") {
            let entry = entry.expect("it is listed");
            let kind = entry.file_type().expect("it has a kind");
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() && heads.len() < 20_000 {
                let mut head = Vec::new();
                if let Ok(file) = fs::File::open(entry.path()) {
                    let _ = file.take(HEAD_BYTES as u64).read_to_end(&mut head);
                }
                heads.push((entry.path(), head));
            }
        }
    }
    let begin = Instant::now();
    let mut found = 0_u64;
    for (path, head) in &heads {
        let name = path
            .file_name()
            .map_or(b"".as_slice(), |name| name.as_encoded_bytes());
        // Several times: who asks has just read the bytes, so that they are in the cache.
        for _ in 0..ROUNDS {
            found += u64::from(recognise(name, black_box(head)).is_some());
        }
    }
    let each = begin.elapsed().as_nanos() as f64 / (heads.len().max(1) * ROUNDS) as f64;
    println!(
        "{} files, {} containers, {each:.0} ns each",
        heads.len(),
        found / ROUNDS as u64
    );
}
