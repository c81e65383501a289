//! What a person does not see is found however it is hidden; what a person sees is not called hidden.

use pages::HidingWay;

use crate::reading::read;

fn ways(markup: &str) -> Vec<HidingWay> {
    read(markup).hidden.iter().map(|one| one.way).collect()
}

const WAYS: &[(&str, HidingWay)] = &[
    ("<div hidden>x</div>", HidingWay::NotShown),
    ("<div style='display:none'>x</div>", HidingWay::NotShown),
    (
        "<div style='DISPLAY : None !important'>x</div>",
        HidingWay::NotShown,
    ),
    (
        "<div style='d\\69 splay:n\\6fne'>x</div>",
        HidingWay::NotShown,
    ),
    (
        "<div style='color:red;/* a */display:/**/none'>x</div>",
        HidingWay::NotShown,
    ),
    (
        "<div style='visibility:hidden'>x</div>",
        HidingWay::Invisible,
    ),
    ("<div style='opacity:0.01'>x</div>", HidingWay::Invisible),
    (
        "<div style='position:absolute;left:-9999px'>x</div>",
        HidingWay::OffScreen,
    ),
    (
        "<div style='position:fixed;top:-100em'>x</div>",
        HidingWay::OffScreen,
    ),
    (
        "<div style='text-indent:-9999px'>x</div>",
        HidingWay::OffScreen,
    ),
    (
        "<div style='overflow:hidden;height:1px'>x</div>",
        HidingWay::Tiny,
    ),
    ("<div style='font-size:0'>x</div>", HidingWay::Tiny),
    (
        "<div style='position:absolute;clip:rect(0,0,0,0)'>x</div>",
        HidingWay::Tiny,
    ),
    (
        "<iframe width=0 height=0 src=//a.example></iframe>",
        HidingWay::Tiny,
    ),
    (
        "<noscript><a href=//a.example>x</a></noscript>",
        HidingWay::NoScript,
    ),
    ("<template>x</template>", HidingWay::NotShown),
    (
        "<style>.q{display:none}</style><p class='a q'>x</p>",
        HidingWay::NotShown,
    ),
    (
        "<p id=z>x</p><style>#z{position:absolute;left:-4000px}</style>",
        HidingWay::OffScreen,
    ),
    (
        "<style>footer .links a{font-size:1px}</style><footer><div class=links><a href=/>x</a></div></footer>",
        HidingWay::Tiny,
    ),
    (
        "<style>@media screen{p{display:none}}</style><p>x</p>",
        HidingWay::NotShown,
    ),
    (
        "<style>p{display:none!important}</style><p style='display:block'>x</p>",
        HidingWay::NotShown,
    ),
    (
        "<div style='position:absolute;right:-9999px'>x</div>",
        HidingWay::OffScreen,
    ),
    (
        "<div style='margin-left:-9999px'>x</div>",
        HidingWay::OffScreen,
    ),
    (
        "<div style='position:absolute;clip-path:inset(100%)'>x</div>",
        HidingWay::Tiny,
    ),
    (
        "<div style='clip-path:polygon(0 0,0 0,0 0)'>x</div>",
        HidingWay::Tiny,
    ),
    ("<div style='transform:scale(0)'>x</div>", HidingWay::Tiny),
    (
        "<div style='transform:translateX(-9999px)'>x</div>",
        HidingWay::Tiny,
    ),
    (
        "<div style='max-height:0;overflow:hidden'>x</div>",
        HidingWay::Tiny,
    ),
    (
        "<div style='position:absolute;z-index:-1'>x</div>",
        HidingWay::Behind,
    ),
    ("<marquee height=0>x</marquee>", HidingWay::Tiny),
    ("<font color=white>x</font>", HidingWay::SameColour),
    ("<font color=#fefefe>x</font>", HidingWay::SameColour),
    ("<p style='color:#fff'>x</p>", HidingWay::SameColour),
    (
        "<div style='background:#036;color:rgb(0, 51, 102)'>x</div>",
        HidingWay::SameColour,
    ),
    (
        "<table bgcolor=#000000><tr><td><font color=black>x</font></table>",
        HidingWay::SameColour,
    ),
    ("<p style='color:transparent'>x</p>", HidingWay::Invisible),
    ("<p style='color:rgba(0,0,0,0)'>x</p>", HidingWay::Invisible),
];

#[test]
fn every_way_of_hiding_is_seen() {
    for (markup, way) in WAYS {
        assert_eq!(ways(markup), [*way], "{markup}");
    }
}

#[test]
fn what_is_seen_is_not_called_hidden() {
    let cases = [
        "<div style='display:block'>x</div>",
        "<div style='left:-9999px'>lies where it lies: not lifted</div>",
        "<div style='overflow:hidden;height:100px'>x</div>",
        "<style>@media print{p{display:none}}</style><p>x</p>",
        "<style>@media (max-width:600px){p{display:none}}</style><p>x</p>",
        "<style>p{display:none}#a{display:block}</style><p id=a>x</p>",
        "<style>p{display:none}</style><p style='display:flex'>x</p>",
        "<style>.menu:hover .sub{display:none}</style><div class=menu><div class=sub>x</div></div>",
        "<style>b .q{display:none}</style><p class=q>x</p>",
        "<div style='background:#036'><font color=white>x</font></div>",
        "<table><tr><td bgcolor=navy><font color=white>x</font></table>",
        "<div style='background:url(/a.jpg)'><p style='color:#fff'>x</p></div>",
        "<link rel=stylesheet href=/a.css><div class=dark><font color=white>x</font></div>",
        "<p style='color:#000'>x</p>",
        "<details><summary>a</summary>x</details>",
        "<p aria-hidden=true>x</p>",
        "<div style='transform:translateX(-50%)'>x</div>",
        "<div style='position:relative;z-index:-1'>x</div>",
    ];
    for markup in cases {
        assert_eq!(ways(markup), [], "{markup}");
    }
}

#[test]
fn links_and_words_of_a_hidden_place_are_kept_with_it_and_not_with_what_is_seen() {
    let page = read(
        "<p>thấy<div style='position:absolute;left:-5000px'><p>Nhà cái <a href='https://bet.example.com/a'>số 1</a>\
        <a href='https://bet.example.com/b'>hai</a><a href='https://other.example.com'>ba</a></div>",
    );
    let [hidden] = page.hidden.as_slice() else {
        panic!("{:?}", page.hidden);
    };
    assert_eq!(hidden.text, "Nhà cái số 1haiba");
    assert_eq!(
        hidden.link_origins,
        ["https://bet.example.com", "https://other.example.com"]
    );
    assert_eq!(
        hidden.links,
        [
            "https://bet.example.com/a",
            "https://bet.example.com/b",
            "https://other.example.com/"
        ]
    );
    assert_eq!(page.lines().collect::<Vec<_>>(), ["thấy"]);
    assert!(page.uses.iter().all(|one| one.is_hidden));
}

#[test]
fn what_something_visible_opens_is_named_and_what_something_hidden_opens_is_not() {
    let opens = |markup: &str| read(markup).opens;
    for markup in [
        "<a href='#la'>x</a>",
        "<button data-bs-target='#la'>x</button>",
        "<div data-target=' #la '>x</div>",
        "<button aria-controls=la>x</button><a href='#la'>x</a>",
    ] {
        assert_eq!(opens(markup), ["la"], "{markup}");
    }
    for markup in [
        "<a href='#'>x</a>",
        "<a href='/la'>x</a>",
        "<button data-target='.la'>x</button>",
        "<a hidden href='#la'>x</a>",
        "<div style='display:none'><a href='#la'>x</a></div>",
    ] {
        assert!(opens(markup).is_empty(), "{markup}");
    }
    let many: Vec<String> = (0..1_000)
        .map(|number| format!("<a href='#a{number}'>x</a>"))
        .collect();
    assert_eq!(opens(&many.concat()).len(), 200);
}
