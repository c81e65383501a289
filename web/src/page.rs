//! The frame around every page, and the page that tells what went wrong.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use domain::Language;
use jiff::Timestamp;
use texts::{TextValue, Texts};

use crate::app::App;
use crate::assets;
use crate::error::WebError;
use crate::pieces::plain;
use crate::request::Visitor;

/// Which entry of the navigation is the present one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    Alerts,
    Findings,
    Hosts,
    None,
    NotExamined,
    Organisations,
    Refused,
    Websites,
}

/// What every template needs: words, and what the frame around the page shows.
pub(crate) struct Frame {
    pub texts: &'static Texts,
    pub language: Language,
    pub now: Timestamp,
    pub wall: bool,
    pub officer: Option<String>,
    pub organisation: String,
    pub token: String,
    pub here: String,
    area: Area,
}

/// One entry of the navigation.
pub(crate) struct NavigationEntry {
    pub address: &'static str,
    pub name: String,
    pub current: bool,
}

impl Frame {
    pub fn new(app: &App, visitor: &Visitor, area: Area) -> Self {
        Self {
            texts: Texts::of(visitor.language),
            language: visitor.language,
            now: app.board.now(),
            wall: visitor.wall,
            officer: visitor.officer.as_deref().map(plain),
            organisation: plain(&app.board.organisation_name()),
            token: visitor.secret.form_token(),
            here: visitor.here.clone(),
            area,
        }
    }

    /// Returns the text of `key`.
    pub fn t(&self, key: &str) -> String {
        self.texts.text(key)
    }

    /// Returns the text of `key` with one number in it.
    pub fn count(&self, key: &str, count: impl std::borrow::Borrow<u64>) -> String {
        self.texts
            .text_with(key, &[("count", TextValue::Number(*count.borrow()))])
    }

    /// Returns the text of `key` with one piece of text in it.
    pub fn with(&self, key: &str, name: &str, value: impl AsRef<str>) -> String {
        self.texts.text_with(key, &[(name, value.as_ref().into())])
    }

    pub fn tag(&self) -> &'static str {
        tag(self.language)
    }

    #[expect(clippy::unused_self, reason = "templates reach it through the frame")]
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// Whether the page is told of changes: only for those who may ask for them.
    pub fn is_live(&self) -> bool {
        self.officer.is_some()
    }

    pub fn updated_at(&self) -> String {
        texts::when(self.now, self.language)
    }

    pub fn other_language(&self) -> (&'static str, &'static str) {
        match self.language {
            Language::En => ("vi", "Tiếng Việt"),
            Language::Vi => ("en", "English"),
        }
    }

    /// Returns this page's address with one preference changed.
    pub fn here_with(&self, preference: impl AsRef<str>) -> String {
        let separator = if self.here.contains('?') { '&' } else { '?' };
        format!("{}{separator}{}", self.here, preference.as_ref())
    }

    pub fn navigation(&self) -> Vec<NavigationEntry> {
        let entry = |area, address, key: &str| NavigationEntry {
            address,
            name: self.t(key),
            current: self.area == area,
        };
        vec![
            entry(Area::Alerts, "/alerts", "web-alerts"),
            entry(Area::Findings, "/findings", "web-findings"),
            entry(Area::NotExamined, "/not-examined", "web-not-examined"),
            entry(Area::Websites, "/websites", "web-websites"),
            entry(Area::Hosts, "/hosts", "web-hosts"),
            entry(Area::Organisations, "/organisations", "web-organisations"),
            entry(Area::Refused, "/refused", "web-refused"),
        ]
    }
}

/// Returns the language's tag for `lang` attributes.
pub(crate) const fn tag(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::Vi => "vi",
    }
}

/// Renders a page.
pub(crate) fn render(template: &impl Template) -> Result<Response, WebError> {
    Ok(Html(template.render()?).into_response())
}

#[derive(Template)]
#[template(path = "errors/error.html")]
struct ErrorPage {
    frame: Frame,
    status: u16,
    sentence: String,
}

/// Renders what went wrong, in the visitor's language; nothing where even that fails.
pub(crate) fn error_page(app: &App, visitor: &Visitor, error: &WebError) -> Option<Response> {
    let frame = Frame::new(app, visitor, Area::None);
    let page = ErrorPage {
        status: error.status().as_u16(),
        sentence: frame.t(error.text_key()),
        frame,
    };
    let html = page.render().ok()?;
    Some((error.status(), Html(html)).into_response())
}
