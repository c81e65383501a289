//! What lies over everything is told from what leaves the page free; pictures are found wherever they are named.

use pages::{CoverWay, Limits, Source, UseKind, compare, parse};

use crate::reading::read;

fn page(inner: &str) -> String {
    format!(
        "<body><header><h1>Sở Y tế</h1></header><main><p>{}</p></main>{inner}<footer>Địa chỉ</footer>",
        "Nội dung của trang thông tin điện tử. ".repeat(20)
    )
}

#[test]
fn covers_are_seen() {
    let cases = [
        (
            "<div style='position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999'><img src=/x.jpg></div>",
            CoverWay::OverAll,
        ),
        (
            "<div style='position:fixed;inset:0'><h1>Xin chào</h1></div>",
            CoverWay::OverAll,
        ),
        (
            "<div style='position:absolute;top:0;left:0;width:100vw;height:100vh'><a href=//a.example>x</a></div>",
            CoverWay::OverAll,
        ),
        (
            "<style>.o{position:fixed;top:0;right:0;bottom:0;left:0;background:url(//a.example/x.png)}</style><div class=o></div>",
            CoverWay::OverAll,
        ),
        (
            "<iframe src=//a.example style='position:fixed;inset:0;width:100%;height:100%'></iframe>",
            CoverWay::OverAll,
        ),
        (
            "<iframe src=//a.example width='100%' height='100%'></iframe>",
            CoverWay::OverAll,
        ),
        (
            "<style>body{background:#000 url('/x.jpg') no-repeat}</style>",
            CoverWay::Background,
        ),
        (
            "<div style='height:100vh;background-image:url(/x.jpg)'>x</div>",
            CoverWay::Background,
        ),
    ];
    for (inner, way) in cases {
        let found = read(&page(inner));
        assert_eq!(found.covers.len(), 1, "{inner}: {:?}", found.covers);
        assert_eq!(found.covers[0].way, way, "{inner}");
        let change = compare(&read(&page("")), &found);
        assert_eq!(change.new_covers, found.covers, "{inner}");
    }
    let alone = read("<title>Sở Y tế</title><body><center><img src=/x.jpg></center>");
    assert_eq!(alone.covers[0].way, CoverWay::Alone);
    assert_eq!(
        alone.covers[0].pictures,
        ["https://so.example.gov.vn/x.jpg"]
    );
}

#[test]
fn what_leaves_the_page_free_is_no_cover() {
    for inner in [
        "<div style='position:fixed;bottom:0;left:0;width:100%;height:60px'>Trang này dùng cookie</div>",
        "<div style='position:fixed;inset:0;display:none'><img src=/x.jpg></div>",
        "<div style='position:relative'><a href=/ style='position:absolute;inset:0'>x</a></div>",
        "<div style='position:fixed;inset:0;z-index:-1'><img src=/x.jpg></div>",
        "<div style='position:fixed;inset:0;background:#0008'></div>",
        "<div style='width:100%;height:400px;background:url(/x.jpg)'>x</div>",
        "<iframe src=/ban-do width='100%' height=450></iframe>",
        "<style>@media print{body{background:url(/x.png)}}</style>",
    ] {
        assert_eq!(read(&page(inner)).covers, [], "{inner}");
    }
}

#[test]
fn pictures_are_found_wherever_they_are_named() {
    for inner in [
        "<img src=//i.example/a.png>",
        "<img srcset='/b.png 1x, //i.example/a.png 2x'>",
        "<picture><source srcset=//i.example/a.webp><img src=/b.png></picture>",
        "<video poster=//i.example/a.jpg></video>",
        "<svg><image href=//i.example/a.png /></svg>",
        "<svg><image xlink:href=//i.example/a.png /></svg>",
        "<link rel='shortcut icon' href=//i.example/a.ico>",
        "<link rel=preload as=image href=//i.example/a.png>",
        "<meta property=og:image content=//i.example/a.png>",
        "<table><tr><td background=//i.example/a.png>x</table>",
        "<table background=//i.example/a.png>",
        "<div style='background:url(//i.example/a.png)'>",
        "<div style=\"background-image: URL( '//i.example/a.png' )\">",
        "<style>.x{background:url(\"//i.example/a.png\")}</style>",
        "<style>.x::before{content:url(//i.example/a.png)}</style>",
        "<img data-src=//i.example/a.png src=/b.gif>",
    ] {
        let found = read(inner);
        let is_there =
            |one: &pages::Use| one.kind == UseKind::Image && one.origin == "https://i.example";
        assert!(found.uses.iter().any(is_there), "{inner}: {:?}", found.uses);
    }
}

#[test]
fn style_sheets_of_the_site_are_named_and_heeded_when_they_come_with_the_page() {
    let body = "<link rel=stylesheet href=/css/a.css><style>@import 'b.css';@import url(//c.example/c.css);</style>\
        <div class=q><a href=//bet.example>x</a></div>";
    let source = Source {
        url: "https://so.example.gov.vn/",
        content_type: None,
        body: body.as_bytes(),
        style_sheets: &[],
    };
    let alone = parse(&source, &Limits::default());
    assert_eq!(
        alone.style_sheets,
        [
            "https://so.example.gov.vn/css/a.css",
            "https://c.example/c.css",
            "https://so.example.gov.vn/b.css"
        ]
    );
    assert!(alone.hidden.is_empty());
    let sheets = [".q{position:absolute;left:-9999px}.q::after{content:'Hacked by X'}".to_owned()];
    let whole = parse(
        &Source {
            style_sheets: &sheets,
            ..source
        },
        &Limits::default(),
    );
    assert_eq!(whole.hidden[0].links, ["https://bet.example/"]);
    assert!(whole.lines().any(|line| line == "Hacked by X"));
}
