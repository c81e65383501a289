//! Measures what looking at this system costs: `cargo run --release -p live --example measure`.
//! Of memory it reads that of a process of its own only, which holds as many MiB as the first argument says.

use std::hint::black_box;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use live::{
    KnownFiles, LiveOptions, list_connections, list_persistence_points, list_processes,
    list_resolved_names,
};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some("hold") {
        return hold(&arguments.next().expect("a number of MiB"));
    }
    let options = LiveOptions::default();
    let started = Instant::now();
    let processes = list_processes(&options);
    report("processes", processes.items.len(), started);
    let started = Instant::now();
    let open = processes.items.iter().map(|process| {
        process
            .open_files(&options)
            .map_or(0, |open| open.items.len())
    });
    report("open files", open.sum(), started);
    let started = Instant::now();
    let connections = list_connections(&options, &processes);
    report("connections", connections.items.len(), started);
    let started = Instant::now();
    let names = list_resolved_names(&options, &processes);
    report("resolved names", names.items.len(), started);
    let started = Instant::now();
    let points = list_persistence_points(&options);
    report("persistence points", points.items.len(), started);
    let started = Instant::now();
    let known = KnownFiles::load(Path::new("/"));
    report("known files", known.file_count(), started);
    println!(
        "known files take {} KiB of memory",
        known.memory_bytes() / 1024
    );
    read_memory(first.as_deref().unwrap_or("1024"), &options);
}

fn report(what: &str, count: usize, started: Instant) {
    println!("{count} {what} in {:.1?}", started.elapsed());
}

/// Holds memory that is no zero, and never the same twice in a page, until its input ends.
fn hold(mebibytes: &str) {
    let count: usize = mebibytes.parse().expect("a number of MiB");
    let mut bytes = vec![0_u8; count << 20];
    for (number, byte) in (0_u32..).zip(&mut bytes) {
        *byte = number.wrapping_mul(2_654_435_761).to_be_bytes()[0];
    }
    println!("ready");
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    black_box(bytes);
}

fn read_memory(mebibytes: &str, options: &LiveOptions) {
    let own = std::env::current_exe().expect("the path of this program");
    let mut child = Command::new(own)
        .args(["hold", mebibytes])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process of our own");
    let mut ready = [0; 6];
    let output = child.stdout.as_mut().expect("its output is ours");
    output
        .read_exact(&mut ready)
        .expect("it says when it is ready");
    let listed = list_processes(options);
    let process = listed
        .items
        .iter()
        .find(|process| process.pid == child.id());
    for searching in [false, true] {
        let started = Instant::now();
        let mut memory = process
            .expect("it runs")
            .open_memory(options)
            .expect("it is ours");
        let mut found = 0_usize;
        let finder = memchr::memmem::Finder::new(b"air.dcsvn.org");
        let coverage = memory.read(&mut |piece| {
            if searching {
                found += finder.find_iter(piece.bytes).count();
            }
            ControlFlow::Continue(())
        });
        let seconds = started.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = coverage.read_bytes as f64 / seconds / 1e6;
        let what = if searching {
            "read and searched"
        } else {
            "read"
        };
        println!(
            "{} bytes of memory {what} in {:.0} ms: {rate:.0} MB/s, {found} found",
            coverage.read_bytes,
            seconds * 1e3
        );
    }
    drop(child.stdin.take());
    let _ = child.wait();
}
