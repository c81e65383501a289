//! As whom a site is visited.

use http::header::{ACCEPT_LANGUAGE, REFERER, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};

/// A visitor. Intruders show their pages to some and hide them from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visitor {
    /// A search engine's crawler.
    Crawler,
    /// Somebody who found the site through a search engine.
    FromSearch,
    /// Somebody with a telephone.
    Phone,
    /// Ourselves, by our own name.
    Watch,
}

/// What is asked for. Servers tell by the header `Accept`, and by the page that a visitor comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// A page for people.
    Page,
    /// What a page shows.
    Picture,
    /// What a page runs.
    Script,
    /// What makes a page look as it does.
    Style,
}

impl Wanted {
    /// Returns what browsers say that they accept. Newer forms of pictures that nobody here can look at are left out.
    pub(crate) fn accepted(self) -> &'static str {
        match self {
            Self::Page => "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            Self::Picture => {
                "image/webp,image/png,image/jpeg,image/gif,image/svg+xml;q=0.9,*/*;q=0.8"
            }
            Self::Script => "*/*",
            Self::Style => "text/css,*/*;q=0.1",
        }
    }
}

impl Visitor {
    /// Everybody, ourselves first.
    pub const ALL: [Self; 4] = [Self::Watch, Self::Crawler, Self::Phone, Self::FromSearch];

    /// Returns who it says that it is. `contact` is who can be asked about our visits.
    pub(crate) fn agent(self, contact: &str) -> String {
        match self {
            Self::Watch => format!("Mozilla/5.0 (compatible; Tocsin-Watch/1.0; +{contact})"),
            Self::Crawler => {
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
                    .to_owned()
            }
            Self::Phone => {
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                Chrome/138.0.0.0 Mobile Safari/537.36"
                    .to_owned()
            }
            Self::FromSearch => "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
                (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"
                .to_owned(),
        }
    }

    /// Sets the headers by which a site tells visitors apart. `contact` is who can be asked about our visits.
    pub(crate) fn introduce(self, headers: &mut HeaderMap, contact: &str) {
        let agent = self.agent(contact);
        if let Ok(agent) = HeaderValue::from_str(&agent) {
            headers.insert(USER_AGENT, agent);
        }
        headers.insert(
            ACCEPT_LANGUAGE,
            HeaderValue::from_static("vi-VN,vi;q=0.9,en;q=0.5"),
        );
        if self == Self::FromSearch {
            headers.insert(REFERER, HeaderValue::from_static("https://www.google.com/"));
        }
    }
}
