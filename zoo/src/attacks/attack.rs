//! One attack: of which class, on which site, from when to when, and what a request comes to while it lasts.

use crate::chance::Chance;
use crate::sites::{Moment, Section, Seen, Site};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Another page stands where the page stood.
    WholePage,
    /// A part of the page is another.
    Part,
    /// A picture is another, or lies over everything.
    ImageOnly,
    /// The title is another.
    TitleOnly,
    /// Links that people do not see.
    HiddenLinks,
    /// A script.
    Script,
    /// A frame.
    Frame,
    /// A refresh that leads away.
    Refresh,
    /// A script that leads away.
    ScriptRedirect,
    /// Another page for crawlers or for telephones.
    CloakAgent,
    /// Another page for those who come from a search engine.
    CloakReferrer,
    /// Another page at some hours, or for some requests.
    CloakTime,
    /// Pages in a folder for uploads.
    UploadPages,
    /// The name leads elsewhere.
    Dns,
    /// The certificate is somebody else's.
    Certificate,
}

/// The certificate that is shown during an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Certificate {
    /// Signed by itself.
    OwnHand,
    /// Of an authority that nobody believes.
    UnknownAuthority,
    /// Of another authority that is believed.
    OtherAuthority,
    /// For another name.
    OtherName,
}

/// How pages in a folder of uploads can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A page of the site links to one of them.
    ByLink,
    /// The folder lists its files.
    ByListing,
    /// The site map names them.
    BySiteMap,
    /// Only other sites link to them.
    Elsewhere,
}

/// An attack.
#[derive(Clone, Debug)]
pub struct Attack {
    /// Which class.
    pub class: Class,
    /// What everything about it follows from.
    pub seed: u64,
    /// On which site.
    pub site: usize,
    /// The first minute since the beginning of the simulation.
    pub from: u64,
    /// The minute after the last.
    pub to: u64,
    /// Which pages; all where it says none.
    pub section: Option<Section>,
}

/// What a request for a page comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// This page.
    Page(String),
    /// Sent away to there.
    Redirect(String),
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::WholePage,
        Self::Part,
        Self::ImageOnly,
        Self::TitleOnly,
        Self::HiddenLinks,
        Self::Script,
        Self::Frame,
        Self::Refresh,
        Self::ScriptRedirect,
        Self::CloakAgent,
        Self::CloakReferrer,
        Self::CloakTime,
        Self::UploadPages,
        Self::Dns,
        Self::Certificate,
    ];

    /// Returns its name in reports and arguments.
    pub fn name(self) -> &'static str {
        match self {
            Self::WholePage => "whole-page",
            Self::Part => "part",
            Self::ImageOnly => "image-only",
            Self::TitleOnly => "title-only",
            Self::HiddenLinks => "hidden-links",
            Self::Script => "script",
            Self::Frame => "frame",
            Self::Refresh => "refresh",
            Self::ScriptRedirect => "script-redirect",
            Self::CloakAgent => "cloak-agent",
            Self::CloakReferrer => "cloak-referrer",
            Self::CloakTime => "cloak-time",
            Self::UploadPages => "upload-pages",
            Self::Dns => "dns",
            Self::Certificate => "certificate",
        }
    }
}

impl Attack {
    /// Tells whether it lasts at a moment.
    pub fn lasts_at(&self, moment: Moment) -> bool {
        (self.from..self.to).contains(&moment.minutes())
    }

    /// Tells whether any of a day is within it.
    pub fn touches(&self, day: u32) -> bool {
        let (first, last) = (u64::from(day) * 1_440, u64::from(day + 1) * 1_440);
        self.from < last && self.to > first
    }

    /// Tells whether it begins while a notice of the site's publisher is in force: one in twelve does.
    pub fn is_met_by_notice(&self) -> bool {
        Chance::of(&[self.seed, 105]).below(12) == 0
    }

    /// Returns how its pages in the folder of uploads can be found.
    pub fn shows_uploads(&self) -> Shown {
        match Chance::of(&[self.seed, 104]).below(10) {
            0..=3 => Shown::BySiteMap,
            4..=6 => Shown::ByListing,
            7..=8 => Shown::ByLink,
            _ => Shown::Elsewhere,
        }
    }

    /// Tells whether a path leads to a page that it put into the folder of uploads.
    pub fn has_put(&self, path: &str) -> bool {
        let file = path.split('?').next().unwrap_or_default();
        self.upload_ways().iter().any(|way| way == file)
    }

    /// Returns the chance from which its variant follows.
    pub fn chance(&self) -> Chance {
        Chance::of(&[self.seed, 100])
    }

    /// Returns the number of the address that the name leads to instead.
    pub fn other_address(&self) -> Option<u8> {
        let mut chance = self.chance();
        let moves = match self.class {
            Class::Dns => true,
            Class::Certificate => chance.percent(30),
            _ => false,
        };
        moves.then(|| u8::try_from(chance.between(1, 250)).unwrap_or(1))
    }

    /// Returns the certificate that is shown instead.
    pub fn other_certificate(&self) -> Option<Certificate> {
        let mut chance = Chance::of(&[self.seed, 101]);
        let all = [
            Certificate::OwnHand,
            Certificate::UnknownAuthority,
            Certificate::OtherAuthority,
            Certificate::OtherName,
        ];
        let wants = matches!(self.class, Class::Dns | Class::Certificate);
        wants.then(|| all[chance.below(all.len())])
    }

    /// Returns what it adds to a page that says little: for people who ask why it was missed.
    pub fn variant(&self) -> String {
        super::spoiling::shown(self)
    }

    /// Does to a page of `site` what it does.
    pub fn spoil(
        &self,
        site: &Site,
        section: Section,
        page: String,
        moment: Moment,
        seen: &Seen,
    ) -> Deed {
        if self.section.is_some_and(|chosen| chosen != section) {
            return Deed::Page(page);
        }
        super::spoiling::spoil(self, site, page, moment, seen)
    }

    /// Returns a file that it added to the site.
    pub fn file(&self, path: &str) -> Option<(&'static str, Vec<u8>)> {
        super::spoiling::file(self, path)
    }

    /// Returns the ways to pages that it put into the folder of uploads.
    pub fn upload_ways(&self) -> Vec<String> {
        super::spoiling::upload_ways(self)
    }
}
