//! The page itself: without a script, without anything from elsewhere, and fit to be printed. What it says is escaped by the
//! template engine; `templates/*.css` are its looks, inside of it or, among the pages of a node, beside it.

use askama::Template;
use domain::Language;
use texts::Texts;
use thiserror::Error;

use crate::page::VerdictPage;
use crate::words::Shown;

/// The looks of the page, for a server that gives style sheets by themselves.
pub const STYLE: &str = concat!(
    include_str!("../templates/ground.css"),
    include_str!("../templates/verdict.css")
);

/// Why there is no page.
#[derive(Debug, Error)]
#[error("render the page of a verdict")]
pub struct RenderError(#[from] askama::Error);

/// What browsers are told of a page that is served: no script, no form, nothing from elsewhere, whatever is in it.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; \
    frame-ancestors 'none'; base-uri 'none'; sandbox allow-same-origin";

/// What a server adds to a page: paths of its own, which begin with `/`.
#[derive(Clone, Debug)]
pub struct Served {
    /// Where [`STYLE`] is.
    pub style: String,
    /// Where the reader goes back to.
    pub back: String,
    /// What is read there.
    pub back_text: String,
}

/// Renders a page of its own, with everything in it.
pub fn render_page(page: &VerdictPage, language: Language) -> Result<String, RenderError> {
    document(page, language, None)
}

/// As [`render_page`], for a server that says [`POLICY`] with it.
pub fn render_served(
    page: &VerdictPage,
    language: Language,
    served: Served,
) -> Result<String, RenderError> {
    document(page, language, Some(served))
}

fn document(
    page: &VerdictPage,
    language: Language,
    served: Option<Served>,
) -> Result<String, RenderError> {
    let texts = Texts::of(language);
    let document = Document {
        tag: match language {
            Language::En => "en",
            Language::Vi => "vi",
        },
        texts,
        title: crate::visible::visible(&page.url, 120),
        served,
        shown: Shown::of(page, texts),
    };
    let mut html = document.render()?;
    html.push('\n');
    Ok(html)
}

/// Renders what stands inside a page: one element `article.verdict`.
pub fn render_body(page: &VerdictPage, language: Language) -> Result<String, RenderError> {
    let texts = Texts::of(language);
    let body = Body {
        texts,
        shown: Shown::of(page, texts),
    };
    Ok(body.render()?)
}

#[derive(Template)]
#[template(path = "document.html")]
struct Document {
    tag: &'static str,
    texts: &'static Texts,
    title: String,
    served: Option<Served>,
    shown: Shown,
}

#[derive(Template)]
#[template(path = "verdict.html")]
struct Body {
    texts: &'static Texts,
    shown: Shown,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::difference::{Written, differ};
    use crate::page::{Event, Picture, Request, UseChange};
    use crate::sentence::Sentence;

    const HOSTILE: &str = "</q><script>alert(1)</script><img src=x onerror=alert(1)> \u{202e}\u{200b} javascript:alert(1) \" onclick=\"x";

    fn hostile_page() -> VerdictPage {
        let text = || HOSTILE.to_owned();
        VerdictPage {
            url: format!("https://example.test/{HOSTILE}"),
            organisation: text(),
            supplier: text(),
            contact: text(),
            verdict: text(),
            visitor: text(),
            reasons: vec![
                Sentence::new("reason-title", &[("from", HOSTILE), ("to", HOSTILE)]),
                Sentence::new(HOSTILE, &[(HOSTILE, HOSTILE)]),
            ],
            difference: differ(
                &[Written {
                    place: HOSTILE,
                    text: HOSTILE,
                }],
                &[Written {
                    place: HOSTILE,
                    text: "other",
                }],
                &[],
            ),
            uses: vec![UseChange {
                kind: text(),
                origin: text(),
                url: text(),
                is_new: true,
                is_hidden: true,
            }],
            pictures: crate::page::Pictures {
                before: Some(Picture {
                    address: "https://evil.test/x.png".to_owned(),
                    ..Picture::default()
                }),
                after: Some(Picture {
                    address: "//evil.test/x.png".to_owned(),
                    ..Picture::default()
                }),
            },
            requests: vec![Request {
                visitor: text(),
                url: text(),
                failure: text(),
                headers: vec![(text(), text())],
                ..Request::default()
            }],
            timeline: vec![Event {
                event: text(),
                by: text(),
                note: text(),
                ..Event::default()
            }],
            ..VerdictPage::default()
        }
    }

    #[test]
    fn nothing_from_a_site_becomes_markup_a_link_or_a_picture() {
        for language in [Language::En, Language::Vi] {
            let html = render_page(&hostile_page(), language).unwrap();
            for forbidden in [
                "<script",
                "<img",
                "<a ",
                "onclick=\"x",
                "\u{202e}",
                "\u{200b}",
            ] {
                assert!(!html.contains(forbidden), "{forbidden}");
            }
            assert!(html.contains("‹U+202E›"));
        }
    }

    #[test]
    fn the_way_back_is_the_only_link_and_the_looks_come_from_beside_the_page() {
        let served = Served {
            style: "/assets/verdict.css".to_owned(),
            back: "/websites/vn.a/1".to_owned(),
            back_text: "‹b› <i>".to_owned(),
        };
        let html = render_served(&hostile_page(), Language::En, served).unwrap();
        assert_eq!(
            (html.matches("<a ").count(), html.matches("<link").count()),
            (1, 1)
        );
        assert!(html.contains("href=\"/websites/vn.a/1\"") && !html.contains("<i>"));
        assert!(
            !html.contains("<style") && !html.contains("style=\""),
            "{html}"
        );
    }

    #[test]
    fn which_look_was_the_strange_one_is_said_and_its_answer_is_marked() {
        let request = |look| Request {
            visitor: "watch".to_owned(),
            look,
            is_shown: look == 2,
            ..Request::default()
        };
        let mut page = VerdictPage {
            verdict: "defacement".to_owned(),
            visitor: "watch".to_owned(),
            look: 2,
            requests: vec![request(1), request(2)],
            ..VerdictPage::default()
        };
        let html = render_body(&page, Language::En).unwrap();
        assert!(html.contains("look 2"), "{html}");
        assert!(html.contains("our first look at this check"), "{html}");
        assert_eq!(html.matches("what is shown above").count(), 1);
        page.look = 1;
        let html = render_body(&page, Language::En).unwrap();
        assert!(!html.contains("our first look at this check"));
    }

    #[test]
    fn every_word_of_the_page_is_in_both_languages() {
        for language in [Language::En, Language::Vi] {
            for verdict in ["unchanged", "takeover", "nothing", "outage", "invented"] {
                let page = VerdictPage {
                    verdict: verdict.to_owned(),
                    ..hostile_page()
                };
                let html = render_body(&page, language).unwrap();
                let without_classes = html.replace("class=\"verdict", "");
                assert!(!without_classes.contains(">verdict-"), "{html}");
            }
        }
    }

    #[test]
    fn a_page_survives_being_kept_and_sent() {
        let page = hostile_page();
        let json = serde_json::to_vec(&page).unwrap();
        let read: VerdictPage = serde_json::from_slice(&json).unwrap();
        assert_eq!(read, page);
        let little: VerdictPage = serde_json::from_str("{\"verdict\":\"outage\"}").unwrap();
        assert_eq!(little.urgency(), crate::page::Urgency::Morning);
    }

    #[test]
    fn a_verdict_that_is_not_known_is_never_shown_as_fine() {
        let page = VerdictPage {
            verdict: "fine".to_owned(),
            ..VerdictPage::default()
        };
        let html = render_body(&page, Language::En).unwrap();
        assert!(html.contains("No verdict") && !html.contains("Nothing to do"));
    }
}
