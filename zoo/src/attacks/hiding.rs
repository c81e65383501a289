//! How links are hidden from people and shown to search engines.

use std::fmt::Write as _;

use super::wording::{Wording, evil_host};
use crate::chance::Chance;

/// Links that nobody sees: what is put into the page, and a style sheet of the site's own that is needed for it.
pub struct HiddenLinks {
    pub markup: String,
    pub sheet: Option<String>,
}

/// Makes hidden links.
pub fn hidden_links(chance: &mut Chance) -> HiddenLinks {
    let words = Wording::advertisements(chance);
    let host = evil_host(chance);
    let is_within = chance.percent(20);
    let mut links = String::new();
    let count = chance.between(3, 25) as usize;
    for (number, line) in words.lines(count).enumerate() {
        // Some lead into pages on the site itself.
        let address = if is_within {
            format!("/upload/{}-{number}.html", chance.token(5).to_lowercase())
        } else {
            format!("https://{host}/{}", chance.token(6))
        };
        let _ = write!(links, "<a href=\"{address}\">{line}</a> ");
    }
    let class = format!(
        "{}{}",
        chance.pick(&["wp", "mod", "x", "ft", "clr"]),
        chance.token(4).to_lowercase()
    );
    let (markup, sheet) = match chance.below(14) {
        0 => (format!("<div style=\"display:none\">{links}</div>"), None),
        1 => (
            format!("<div style=\"position:absolute;left:-9999px;top:-8888px\">{links}</div>"),
            None,
        ),
        2 => (
            format!("<div style=\"position:fixed;top:-3000px\">{links}</div>"),
            None,
        ),
        3 => (
            format!("<p style=\"font-size:0;line-height:0\">{links}</p>"),
            None,
        ),
        4 => (
            format!("<div style=\"height:0;overflow:hidden\">{links}</div>"),
            None,
        ),
        5 => (
            format!("<span style=\"opacity:0;position:absolute;z-index:-1\">{links}</span>"),
            None,
        ),
        6 => (
            format!("<p style=\"color:#ffffff;background-color:#fff;font-size:2px\">{links}</p>"),
            None,
        ),
        7 => (
            format!("<p style=\"text-indent:-9999em;white-space:nowrap\">{links}</p>"),
            None,
        ),
        8 => (
            format!(
                "<style>.{class}{{display:none!important}}</style><div class=\"{class}\">{links}</div>"
            ),
            None,
        ),
        9 => (
            format!(
                "<link rel=\"stylesheet\" href=\"/css/{class}.css\"><div class=\"{class}\">{links}</div>"
            ),
            Some(format!(".{class}{{position:absolute;left:-12345px}}")),
        ),
        10 => (
            format!(
                "<div id=\"{class}\">{links}</div><script>document.getElementById('{class}').style.display='none';</script>"
            ),
            None,
        ),
        11 => (format!("<noscript><div>{links}</div></noscript>"), None),
        12 => (
            format!(
                "<div style=\"clip-path:inset(50%);height:1px;width:1px;overflow:hidden;position:absolute\">{links}</div>"
            ),
            None,
        ),
        _ => (
            format!("<marquee style=\"width:1px;height:1px\" scrollamount=\"1\">{links}</marquee>"),
            None,
        ),
    };
    HiddenLinks { markup, sheet }
}
