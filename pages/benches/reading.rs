//! What pages of the largest size cost: reading one, comparing two, finding words, reading a script.
//!
//! `cargo bench -p pages --bench reading`: the best of five times of each, in milliseconds.

use std::hint::black_box;
use std::time::Instant;

use pages::{Limits, Source, compare, find_terms, parse, read_script, tongue_of};

/// Bytes of the page.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

fn main() {
    let (page, other) = (page_of("nhiệm vụ"), page_of("kế hoạch"));
    let read = |markup: &str| {
        let source = Source {
            url: "https://so.example.gov.vn/",
            content_type: None,
            body: markup.as_bytes(),
            style_sheets: &[],
        };
        parse(&source, &Limits::default())
    };
    let (model, other_model) = (read(&page), read(&other));
    let text = model.lines().collect::<Vec<_>>().join("\n");
    let foreign = "Учреждение опубликовало новые сведения для граждан 2026 года. ".repeat(5_000);
    let script = "var a='x'+\"y\";function f(e){return e.map(function(t){return t[\"id\"]+1})}\n"
        .repeat(7_000);
    println!(
        "page of {} KiB, {} KiB of text",
        page.len() / 1024,
        text.len() / 1024
    );
    time("read a page", || drop(black_box(read(&page))));
    time("compare it with itself", || {
        drop(black_box(compare(&model, &model)));
    });
    time("compare it with another", || {
        drop(black_box(compare(&model, &other_model)));
    });
    time("find words in its text", || {
        drop(black_box(find_terms(&text)));
    });
    time("find words in 600 KiB of Cyrillic", || {
        drop(black_box(find_terms(&foreign)));
    });
    time("tell the language of each line", || {
        black_box(text.lines().filter_map(tongue_of).count());
    });
    time("read a script of 512 KiB", || {
        drop(black_box(read_script(&script)));
    });
}

fn page_of(word: &str) -> String {
    let mut markup = "<html lang=vi><title>Sở Y tế</title><style>.an{display:none}.m li a{color:#036}</style><body>".to_owned();
    let mut number = 0;
    while markup.len() < PAGE_BYTES {
        number += 1;
        let item = format!(
            "<div class='tin muc-{}'><h3><a href='/tin/{number}.html'>Hội nghị triển khai {word} số {number}</a></h3>\
             <img src='/anh/{number}.jpg' alt=''><p>Sáng ngày {number}, Sở tổ chức hội nghị triển khai {word} trọng tâm.</p></div>\n",
            number % 50
        );
        markup.push_str(&item);
    }
    markup
}

fn time(what: &str, mut action: impl FnMut()) {
    let best = (0..5)
        .map(|_| {
            let started = Instant::now();
            action();
            started.elapsed()
        })
        .min()
        .unwrap_or_default();
    println!("{:>8.1}  {what}", best.as_secs_f64() * 1000.0);
}
