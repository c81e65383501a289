//! What a page is read as.

use pages::{Limits, PageModel, Source, UseKind, parse};

/// Reads markup as a page of `https://so.example.gov.vn/tin/`.
pub fn read(markup: &str) -> PageModel {
    read_bytes(markup.as_bytes(), None)
}

/// Reads bytes with a content type.
pub fn read_bytes(body: &[u8], content_type: Option<&str>) -> PageModel {
    let source = Source {
        url: "https://so.example.gov.vn/tin/",
        content_type,
        body,
        style_sheets: &[],
    };
    parse(&source, &Limits::default())
}

/// Returns origins of a kind.
pub fn origins(page: &PageModel, kind: UseKind) -> Vec<&str> {
    let of_kind = page.uses.iter().filter(|one| one.kind == kind);
    of_kind.map(|one| one.origin.as_str()).collect()
}

#[test]
fn items_of_a_list_share_a_place_and_numbers_in_names_do_not_count() {
    let page = read(
        "<body><ul class='news'><li id=post-1><a href=/1>Một</a> <b>hai</b><li id=post-22>Ba</ul><p>Bốn",
    );
    let places: Vec<(&str, Vec<&str>)> = page
        .regions
        .iter()
        .map(|region| {
            let items = region.items.iter().map(|item| item.text.as_str()).collect();
            (region.path.as_str(), items)
        })
        .collect();
    assert_eq!(
        places,
        [
            ("html > body > ul.news > li#post-0", vec!["Một hai", "Ba"]),
            ("html > body > p", vec!["Bốn"]),
        ]
    );
}

#[test]
fn addresses_are_what_a_browser_would_make_of_them() {
    let page = read(
        "<base href='//cdn.example.com/x/'><script src='a.js'></script><script src=' HTTPS://Evil.Example:8443/b.js'></script>
        <iframe src=//frames.example.net></iframe><form action='/login'></form><a href='javascript:void(0)'>x</a>
        <a href='#top'>y</a><meta http-equiv=Refresh content=\"0;URL='https://go.example.org/'\"><img src='data:image/png;base64,AA'>",
    );
    assert_eq!(
        origins(&page, UseKind::Script),
        ["https://cdn.example.com", "https://evil.example:8443"]
    );
    assert_eq!(
        origins(&page, UseKind::Frame),
        ["https://frames.example.net"]
    );
    assert_eq!(origins(&page, UseKind::Form), ["https://cdn.example.com"]);
    assert_eq!(origins(&page, UseKind::Link), ["javascript:"]);
    assert_eq!(origins(&page, UseKind::Refresh), ["https://go.example.org"]);
    assert_eq!(origins(&page, UseKind::Image), ["data:"]);
}

#[test]
fn a_script_keeps_its_shape_while_values_change() {
    let shape = |code: &str| read(&format!("<script>{code}</script>")).scripts[0].shape;
    let one = shape("var token = 'a1b2'; var now = 1719999; start(token, now); // first");
    assert_eq!(
        one,
        shape("var token='zz\\'9';\nvar now=42; start(token,now); /* later */")
    );
    assert_ne!(
        one,
        shape("var token='a'; var now=42; start(token,now); steal(token)")
    );
}

#[test]
fn scripts_tell_what_they_do_in_handlers_too() {
    let page = read(
        "<body onload=\"location.href='https://bet.example.com/?x='\"><script>eval(atob('eA'))</script>",
    );
    let [handler, script] = page.scripts.as_slice() else {
        panic!("{:?}", page.scripts);
    };
    assert!(handler.signs.redirects && !handler.signs.decodes);
    assert_eq!(handler.origins, ["https://bet.example.com"]);
    assert!(script.signs.decodes && !script.signs.redirects);
}

#[test]
fn the_encoding_is_taken_from_the_mark_the_header_or_the_markup() {
    let (latin, _, _) = encoding_rs::WINDOWS_1258.encode("Trang tin");
    assert_eq!(
        read_bytes(&latin, None).regions[0].items[0].text,
        "Trang tin"
    );
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("Đỏ".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(read_bytes(&utf16, None).regions[0].items[0].text, "Đỏ");
    let named = b"<meta charset='gb2312'><p>\xb2\xa9\xb2\xca";
    assert_eq!(read_bytes(named, None).regions[0].items[0].text, "博彩");
    let by_header = read_bytes(b"<p>\xb2\xa9", Some("text/html; charset=GBK"));
    assert_eq!(by_header.regions[0].items[0].text, "博");
    assert_eq!(by_header.writing.foreign(), 1);
}
