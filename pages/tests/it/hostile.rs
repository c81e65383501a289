//! Pages made to hurt whoever reads them.

use std::time::{Duration, Instant};

use pages::{Limits, Source, parse};
use proptest::prelude::*;

use crate::reading::{read, read_bytes};

fn words() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(vec![
        "<",
        ">",
        "</",
        "<div",
        "<p>",
        "<table>",
        "<tr>",
        "<a href=",
        "'",
        "\"",
        "//x.example/",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<style>",
        "p{display:none",
        "}",
        "@media ",
        "{",
        "<template>",
        "</template>",
        "<svg>",
        "<math>",
        "<select>",
        "<b>",
        "<i>",
        "</b>",
        "<frameset>",
        "<noscript>",
        "<base href=",
        "style='",
        "left:-1e39px",
        ";",
        "&#0;",
        "&lt",
        "\0",
        "ệ",
        " ",
        "<meta http-equiv=refresh content=",
        "url=",
        "<![CDATA[",
        "]]>",
        "<html",
        "<body onload=",
        "<iframe srcdoc=",
    ]);
    proptest::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read(body in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        read_bytes(&body, None);
    }

    #[test]
    fn pieces_of_markup_in_any_order_are_read_and_read_the_same_again(markup in words()) {
        prop_assert_eq!(read(&markup), read(&markup));
    }
}

#[test]
fn pages_that_want_time_memory_or_stack_are_cut_and_say_so() {
    let many = 1_000_000;
    let attacks = [
        "<div>".repeat(many),
        "<b><p>".repeat(many / 2),
        "<a href=x>".repeat(many / 2),
        "<table><tr><td>".repeat(many / 4),
        "<p style='".repeat(many / 3),
        "<template>".repeat(many / 3),
        format!("<style>{}", "a{b:c}".repeat(many / 2)),
        format!("<style>{}", "@media screen{".repeat(many / 4)),
        format!("<style>{}", "a ".repeat(many)),
        format!("<p class='{}'>", "x ".repeat(many)),
        format!("<script>{}", "'\\".repeat(many)),
        "<svg><foreignObject>".repeat(many / 5),
        "<select><option>".repeat(many / 4),
        "&amp".repeat(many),
        "<form><input type=hidden>".repeat(many / 8),
        format!("<div {}>", "a=1 ".repeat(many / 2)),
    ];
    for attack in attacks {
        let started = Instant::now();
        read(&attack);
        let took = started.elapsed();
        let beginning: String = attack.chars().take(30).collect();
        assert!(took < Duration::from_secs(20), "{beginning}: {took:?}");
    }
}

#[test]
fn what_lies_behind_a_limit_makes_the_page_cut() {
    let limits = Limits {
        markup_bytes: 100,
        ..Limits::default()
    };
    let body = format!("<p>{}</p>", "x".repeat(200));
    let source = Source {
        url: "https://a.example/",
        content_type: None,
        body: body.as_bytes(),
        style_sheets: &[],
    };
    assert!(parse(&source, &limits).is_cut);
    assert!(!parse(&source, &Limits::default()).is_cut);
}
