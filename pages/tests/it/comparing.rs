//! What is told of two readings.

use pages::{UseKind, compare, find_terms};

use crate::reading::read;

const PAGE: &str = "<html lang=vi><title>Sở Y tế</title><body><nav><a href=/>Trang chủ</a></nav><h1>Sở Y tế</h1>\
    <ul class=tin><li>Tin một<li>Tin hai</ul><script src=/a.js></script><footer>Địa chỉ: 1 Lê Lợi</footer>";

#[test]
fn the_same_page_differs_in_nothing() {
    assert!(compare(&read(PAGE), &read(PAGE)).is_nothing());
}

#[test]
fn a_new_item_is_told_in_its_place() {
    let after = read(&PAGE.replace("<ul class=tin>", "<ul class=tin><li>Tin mới"));
    let comparison = compare(&read(PAGE), &after);
    let [change] = comparison.regions.as_slice() else {
        panic!("{:?}", comparison.regions);
    };
    assert_eq!(change.come, ["Tin mới"]);
    assert!(change.gone.is_empty() && change.was_there && change.is_there);
    assert!(change.path.ends_with("ul.tin > li"));
    assert!(comparison.new_uses.is_empty());
}

#[test]
fn a_page_of_somebody_else_keeps_little() {
    let after = read(
        "<title>Hacked by X</title><body bgcolor=black><center><h1>Owned</h1><img src=//i.example/x.gif></center>",
    );
    let comparison = compare(&read(PAGE), &after);
    assert!(
        comparison.structure_kept < 0.3,
        "{}",
        comparison.structure_kept
    );
    assert!(comparison.text_kept < f64::EPSILON);
    assert!(
        find_terms(&comparison.new_text())
            .iter()
            .any(|term| term.weight == 3)
    );
    assert_eq!(
        comparison.title.as_ref().map(|(_, to)| to.as_str()),
        Some("Hacked by X")
    );
}

#[test]
fn a_hidden_link_to_an_origin_that_is_also_linked_openly_is_new() {
    let before = read("<a href=https://partner.example.com>x</a>");
    let after = read(
        "<a href=https://partner.example.com>x</a><div hidden><a href=https://partner.example.com/bet>y</a></div>",
    );
    let comparison = compare(&before, &after);
    assert_eq!(comparison.new_uses.len(), 1);
    assert_eq!(comparison.new_uses[0].kind, UseKind::Link);
    assert_eq!(comparison.new_hidden.len(), 1);
}

#[test]
fn a_hidden_link_to_another_page_of_the_site_is_new() {
    let of = |link: &str| read(&format!("<div hidden><a href={link}>x</a></div>"));
    let comparison = compare(&of("/menu"), &of("/upload/x.html"));
    assert_eq!(comparison.new_hidden.len(), 1);
    assert!(
        compare(&of("/menu?t=1"), &of("/menu?t=2"))
            .new_hidden
            .is_empty()
    );
}

#[test]
fn what_is_new_one_way_is_gone_the_other_way() {
    let (one, other) = (
        read(PAGE),
        read("<script src=//a.example/x.js></script><p>Khác"),
    );
    let (there, back) = (compare(&one, &other), compare(&other, &one));
    assert_eq!(there.new_uses, back.gone_uses);
    assert_eq!(there.gone_uses, back.new_uses);
}
