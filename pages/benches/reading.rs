//! What pages cost: reading one, comparing two, finding words, reading a script; for pages of an ordinary and of the largest size,
//! beside the least that anybody can do with the same bytes: copy them, and cut them into tags and texts.
//!
//! `cargo bench -p pages --bench reading`: the best time of each, in milliseconds, and MB of input a second.

use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use pages::{Limits, PageModel, Source, compare, find_terms, parse, read_script, tongue_of};

/// Bytes of a page as offices have them, and of the largest that is read.
const SIZES: [usize; 2] = [64 * 1024, 4 * 1024 * 1024];
/// For how long each is tried.
const TRIED_FOR: Duration = Duration::from_millis(700);

fn main() {
    for bytes in SIZES {
        measure_pages(bytes);
    }
    let foreign = "Учреждение опубликовало новые сведения для граждан 2026 года. ".repeat(5_000);
    time("find words in 600 KiB of Cyrillic", foreign.len(), || {
        drop(black_box(find_terms(&foreign)));
    });
    let script = "var a='x'+\"y\";function f(e){return e.map(function(t){return t[\"id\"]+1})}\n"
        .repeat(7_000);
    time("read a script of 512 KiB", script.len(), || {
        drop(black_box(read_script(&script)));
    });
}

fn measure_pages(bytes: usize) {
    let (page, other) = (page_of("nhiệm vụ", bytes), page_of("kế hoạch", bytes));
    let (model, other_model) = (read(&page), read(&other));
    let text = model.lines().collect::<Vec<_>>().join("\n");
    println!(
        "page of {} KiB, {} KiB of text",
        page.len() / 1024,
        text.len() / 1024
    );
    time("beside: copy its bytes", page.len(), || {
        drop(black_box(black_box(&page).clone()));
    });
    time(
        "beside: tags and texts alone, by html5ever",
        page.len(),
        || {
            black_box(count_tokens(&page));
        },
    );
    time("read it", page.len(), || drop(black_box(read(&page))));
    let sheets = sheets();
    time("read it with 12,000 rules", page.len(), || {
        drop(black_box(read_with(&page, &sheets)));
    });
    println!("           cut: {}", read_with(&page, &sheets).is_cut);
    time("compare it with itself", page.len(), || {
        drop(black_box(compare(&model, &model)));
    });
    time("compare it with another", page.len(), || {
        drop(black_box(compare(&model, &other_model)));
    });
    time("find words in its text", text.len(), || {
        drop(black_box(find_terms(&text)));
    });
    time("tell the language of each line", text.len(), || {
        black_box(text.lines().filter_map(tongue_of).count());
    });
}

fn read(markup: &str) -> PageModel {
    read_with(markup, &[])
}

fn read_with(markup: &str, style_sheets: &[String]) -> PageModel {
    let source = Source {
        url: "https://so.example.gov.vn/",
        content_type: None,
        body: markup.as_bytes(),
        style_sheets,
    };
    parse(&source, &Limits::default())
}

/// Style sheets as large portals have them: rules for classes, and for tags inside of classes.
fn sheets() -> Vec<String> {
    let ends = [
        "a", ".title", "li a", "h3", "p", ".tin", "img", "div", ".icon", "ul li", "span", "td",
    ];
    let rule = |number: usize| {
        let end = ends[number % ends.len()];
        format!(
            ".part-{number} .inner {end}{{color:#036;margin-left:{}px}}\n",
            number % 90
        )
    };
    vec![(0..12_000).map(rule).collect()]
}

/// What html5ever makes of a page before anything is built of it.
#[derive(Default)]
struct Tokens(Cell<usize>);

impl TokenSink for Tokens {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        black_box(token);
        self.0.set(self.0.get() + 1);
        TokenSinkResult::Continue
    }
}

fn count_tokens(markup: &str) -> usize {
    let tokenizer = Tokenizer::new(Tokens::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(markup));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.get()
}

fn page_of(word: &str, bytes: usize) -> String {
    let mut markup = "<html lang=vi><title>Sở Y tế</title><style>.an{display:none}.m li a{color:#036}</style><body>".to_owned();
    let mut number = 0;
    while markup.len() < bytes {
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

fn time(what: &str, bytes: usize, mut action: impl FnMut()) {
    let begun = Instant::now();
    let mut best = Duration::MAX;
    while begun.elapsed() < TRIED_FOR {
        let started = Instant::now();
        action();
        best = best.min(started.elapsed());
    }
    let rate = f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6 / best.as_secs_f64();
    println!(
        "{:>9.3}  {rate:>8.0} MB/s  {what}",
        best.as_secs_f64() * 1000.0
    );
}
