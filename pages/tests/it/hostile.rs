//! Pages made to hurt whoever reads them.

use std::time::{Duration, Instant};

use pages::{
    Limits, Source, compare, find_terms, find_terms_in_address, parse, read_script, tongue_of,
    vietnamese_share,
};
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
        "<font color=",
        "position:fixed;inset:0;",
        "background:url(",
        "<img srcset='",
        "content:'",
        "rgb(",
        "@import ",
        "javascript:",
        "data:text/html;base64,",
        "<link rel=stylesheet href=",
        "atob('",
        "String.fromCharCode(",
        ".join(",
        "+",
        ")",
        "h.a.c.k.e.d",
        "\u{200b}",
        "\u{301}",
        "а",
        "@",
        "4",
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
        prop_assert!(compare(&read(&markup), &read(&markup)).is_nothing());
    }

    #[test]
    fn any_two_pages_are_compared(one in words(), other in words()) {
        let comparison = compare(&read(&one), &read(&other));
        prop_assert!((0.0..=1.0).contains(&comparison.structure_kept));
        prop_assert!((0.0..=1.0).contains(&comparison.text_kept));
    }

    #[test]
    fn any_text_has_words_a_language_and_a_script(text in "\\PC{0,200}", markup in words()) {
        for text in [text, markup] {
            prop_assert!(find_terms(&text).len() <= 200);
            find_terms_in_address(&text);
            tongue_of(&text);
            prop_assert!(vietnamese_share(&text).is_none_or(|share| (0.0..=1.0).contains(&share)));
            prop_assert_eq!(read_script(&text), read_script(&text));
        }
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
        "<img srcset='a 1x,b 2x'>".repeat(many / 10),
        format!("<img srcset='{}'>", "a,".repeat(many / 2)),
        "<p style='position:fixed;inset:0'><img src=a>".repeat(many / 20),
        format!(
            "<style>{}</style>",
            ".a{content:'xxxx yyyy'}".repeat(many / 10)
        ),
        format!(
            "<style>{}</style>{}",
            ".a{color:red}".repeat(many / 10),
            "<p class=a>".repeat(many / 10)
        ),
        format!("<style>{}", "url(".repeat(many / 2)),
        format!("<p>{}", "a\u{301}".repeat(many / 2)),
        format!("<p>a{}", "\u{301}".repeat(many)),
        format!("<p>{}", "a.".repeat(many / 2)),
        "<a href='javascript:a+b'>".repeat(many / 10),
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

#[test]
fn formats_that_are_opened_again_with_each_line_cost_no_memory() {
    let attributes: String = (0..2_000).fold(String::new(), |all, one| format!("{all}a{one} "));
    let formats = (0..500).fold(String::new(), |all, one| {
        format!("{all}<b x{one} {attributes}>")
    });
    let within: String = (0..250).fold(String::new(), |all, one| format!("{all}a{one} "));
    let small = (0..500).fold(String::new(), |all, one| {
        format!("{all}<b x{one} {within}>")
    });
    for formats in [formats, small] {
        let markup = format!("{formats}{}", "<p>x".repeat(100_000));
        let started = Instant::now();
        let page = read(&markup);
        assert!(page.is_cut);
        assert!(started.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn classes_as_long_as_a_page_are_not_compared_with_every_rule() {
    let rules = (0..400).fold(String::new(), |all, one| {
        format!("{all}.c{one} .z{{display:none}}")
    });
    let class = "a ".repeat(500_000);
    let markup = format!(
        "<style>{rules}</style><body class='{class}'>{}",
        "<i class=z>x</i>".repeat(50_000)
    );
    let started = Instant::now();
    assert!(read(&markup).is_cut);
    assert!(started.elapsed() < Duration::from_secs(20));
}

/// Whoever writes a style sheet decides how long it is, and where in it something is hidden.
#[test]
fn what_a_long_style_sheet_hides_is_hidden_or_the_page_is_cut() {
    let many = |count: usize, rule: &str| {
        (0..count).fold(String::new(), |all, one| {
            all + &rule.replace('#', &one.to_string())
        })
    };
    let long_selector = "div ".repeat(20) + ".z";
    let depth = "@media all{".repeat(10);
    let classes = (0..300).fold(String::new(), |all, one| format!("{all}k{one} "));
    let cases = [
        (
            "rules before it",
            many(6_000, ".a#{color:red}"),
            String::new(),
        ),
        (
            "rules for the same tag",
            many(1_000, ".k# i{color:red}"),
            String::new(),
        ),
        (
            "many classes before it",
            String::new(),
            (0..60).fold(String::new(), |all, one| format!("{all}k{one} ")),
        ),
        (
            "selectors before it",
            format!("{}.z{{display:none}}", many(900, ".b#,")),
            String::new(),
        ),
        ("far too many classes", String::new(), classes),
        (
            "far too many rules",
            many(45_000, ".a#{left:0}"),
            String::new(),
        ),
        (
            "steps",
            format!("{long_selector}{{display:none}}"),
            String::new(),
        ),
        (
            "blocks in blocks",
            format!("{depth}.z{{display:none}}{}", "}".repeat(10)),
            String::new(),
        ),
    ];
    for (name, rules, classes) in cases {
        let is_last = !matches!(name, "selectors before it" | "steps" | "blocks in blocks");
        let last = if is_last { ".z{display:none}" } else { "" };
        let markup = format!(
            "<style>{rules}{last}</style><body><p>seen<i class='{classes}z'><a href=https://x.example/>hidden</a></i>"
        );
        let page = read(&markup);
        assert!(page.is_cut || !page.hidden.is_empty(), "{name}");
        // What is no attack is not cut.
        let is_attack = name.starts_with("far") || ["steps", "blocks in blocks"].contains(&name);
        assert_eq!(page.is_cut, is_attack, "{name}");
    }
}

#[test]
fn a_condition_that_always_holds_hides_as_none_does() {
    for condition in [
        "(min-width:1px)",
        "screen and (min-width: 20em)",
        "only screen and (min-height:0) and (min-width:0)",
        "not print",
    ] {
        let markup =
            format!("<style>@media {condition}{{.z{{display:none}}}}</style><p>a<p class=z>b");
        assert_eq!(read(&markup).hidden.len(), 1, "{condition}");
    }
    for condition in [
        "(min-width:768px)",
        "(max-width:1px)",
        "print",
        "(hover)",
        "(min-width:1px) and (color:0)",
    ] {
        let markup =
            format!("<style>@media {condition}{{.z{{display:none}}}}</style><p>a<p class=z>b");
        assert_eq!(read(&markup).hidden.len(), 0, "{condition}");
    }
}
