//! What is said of a page, and why.

pub use domain::SiteVerdict as Verdict;
use pages::{Comparison, Subject, Tongue, UseKind};
use pictures::Hash;
use serde::{Deserialize, Serialize};
use visit::Visitor;

/// One thing that speaks for a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Reason {
    /// The addresses of the name are others.
    Addresses {
        /// Before.
        from: Vec<String>,
        /// Now.
        to: Vec<String>,
    },
    /// Another certificate, by somebody else or for somebody else.
    Certificate {
        /// Before: who signed.
        from: String,
        /// Now.
        to: String,
        /// Why a browser would refuse it.
        problem: Option<String>,
    },
    /// A form that sends what is typed somewhere else.
    FormTarget {
        /// Where.
        origin: String,
    },
    /// More of writings that the page does not have.
    ForeignWriting {
        /// How many letters.
        letters: u32,
    },
    /// A frame of an origin that the page had no frame of.
    Frame {
        /// Which.
        origin: String,
        /// Whether visitors see it.
        is_hidden: bool,
    },
    /// Something that visitors do not see.
    HiddenText {
        /// Where.
        path: String,
        /// What.
        text: String,
        /// Where its links lead.
        link_origins: Vec<String>,
    },
    /// A script in the page that was not there.
    InlineScript {
        /// How it begins.
        beginning: String,
        /// Whether it sends visitors elsewhere.
        redirects: bool,
        /// Whether it makes code out of text.
        decodes: bool,
        /// Origins that it names and the page did not.
        origins: Vec<String>,
    },
    /// A link to somewhere the page did not link to.
    Link {
        /// Where.
        origin: String,
    },
    /// Little of the page is left.
    LittleLeft {
        /// Of its places, in percent.
        structure_percent: u8,
        /// Of its texts, in percent.
        text_percent: u8,
    },
    /// The page sends visitors elsewhere by itself.
    Refresh {
        /// Where.
        origin: String,
    },
    /// The visit ends at another site.
    Redirect {
        /// Where it ended.
        from: String,
        /// Where it ends.
        to: String,
    },
    /// A script of an origin that the page had no script of.
    ScriptOrigin {
        /// Which.
        origin: String,
    },
    /// An embedded resource of another kind from a new origin.
    Resource {
        /// What for.
        use_kind: UseKind,
        /// Where from.
        origin: String,
    },
    /// Another text where texts do not change.
    StaticText {
        /// Where.
        path: String,
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// The status says that something is wrong.
    Status {
        /// Which.
        status: u16,
    },
    /// Words of intruders.
    Terms {
        /// What they are about.
        subject: Subject,
        /// Which.
        words: Vec<String>,
    },
    /// Another title.
    Title {
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// A place in the page that was not there.
    NewPlace {
        /// Where.
        path: String,
        /// What stands there.
        text: String,
    },
    /// A text that does not read like the others of the site.
    OddText {
        /// Where.
        path: String,
        /// What.
        text: String,
    },
    /// Texts that some visitors are shown and others are not.
    ForOthers {
        /// Who is shown them.
        visitor: Visitor,
        /// What.
        text: String,
    },
    /// A script of the site's own that is new, or does what it did not do.
    LoadedScript {
        /// Which.
        url: String,
        /// Whether code was added to what was there, and that is still the same.
        was_added_to: bool,
        /// Whether it sends visitors elsewhere.
        redirects: bool,
        /// Whether it makes code out of text.
        decodes: bool,
        /// Origins that it names and the site did not.
        origins: Vec<String>,
    },
    /// A picture of the site's own that shows something else.
    LoadedPicture {
        /// Which.
        url: String,
        /// In how many of 256 bits its form differs.
        bits: u32,
        /// Whether it is dark or plain where the one before was not, as messages are.
        is_like_message: bool,
        /// What it looks like now, so that the same picture is known on other sites.
        #[serde(default)]
        looks: Option<Hash>,
    },
    /// A style sheet of the site's own that makes the page look otherwise.
    LoadedStyle {
        /// Which.
        url: String,
    },
    /// A file of the site's own that is gone.
    LoadedGone {
        /// Which.
        url: String,
        /// How the site says so.
        status: u16,
    },
    /// Something else than the file that was there.
    LoadedOther {
        /// Which.
        url: String,
        /// What it says it is.
        content_type: String,
    },
    /// Pages that crawlers are shown, and we are not.
    CrawlerOnlyPages {
        /// How many.
        count: u32,
        /// Some of their addresses.
        examples: Vec<String>,
    },
    /// Links to domains to which the site does not link.
    ForeignLinks {
        /// To how many.
        count: u32,
        /// Some of them.
        examples: Vec<String>,
    },
    /// Many more new addresses than usual.
    ManyNewPages {
        /// Where most of them stand.
        folder: String,
        /// How many.
        count: u32,
    },
    /// A language that the site does not have.
    OtherLanguage {
        /// Which.
        language: String,
    },
    /// A page that is not under watch has become another that is not built like the site.
    OtherPage {
        /// Its address.
        url: String,
        /// Its title before.
        from: String,
        /// Its title now.
        to: String,
    },
    /// The reasons after it are those of a page that is not under watch.
    OtherPageSays {
        /// Its address.
        url: String,
        /// Its title.
        title: String,
    },
    /// A page where only pictures and documents belong.
    PageInUploads {
        /// Its address.
        url: String,
        /// Its title.
        title: String,
    },
    /// A site map that names pages of other sites.
    SiteMapForeign {
        /// Of how many.
        count: u32,
        /// Some of the addresses.
        examples: Vec<String>,
    },
    /// Nobody announced it, and this site's publisher announces every change.
    NotAnnounced {
        /// How many changes were announced so far.
        announced: u32,
    },
    /// In a browser the page looks like none that was approved.
    LooksAnother {
        /// How much of it looks otherwise.
        changed_percent: u8,
        /// How much of it is dark.
        dark_percent: u8,
    },
    /// No browser could show what it looks like.
    NotSeen {
        /// Why.
        why: String,
    },
    /// The page tells its visitors something in a window that waits for an answer.
    Question {
        /// What.
        text: String,
    },
    /// The page makes browsers ask inside their own networks.
    ReachesInside {
        /// Which host.
        host: String,
    },
    /// Something lies over the whole page, behind it, or is all that is left of it.
    Cover {
        /// Where.
        path: String,
        /// The pictures and frames in it.
        pictures: Vec<String>,
        /// What stands in it.
        text: String,
    },
    /// A text in a language that no approved version has.
    ForeignLanguage {
        /// Which.
        tongue: Tongue,
        /// Where.
        path: String,
        /// What stands there.
        text: String,
    },
    /// Another picture where pictures do not change.
    Picture {
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// An address that has words of intruders in it.
    TermsInAddress {
        /// The address.
        url: String,
        /// Which.
        words: Vec<String>,
    },
    /// The page goes on after what is read of one.
    NotWhole,
    /// Whoever comes is asked to prove that they are no program; the page itself was not shown.
    Challenge {
        /// The status that the question came with.
        status: u16,
        /// By what it is known.
        by: String,
    },
}

impl Reason {
    /// Tells whether a browser could show more of it: not of who answers, nor of a line in a list that reads otherwise, nor of where
    /// a link leads, nor of what visitors do not see.
    pub(crate) fn wants_picture(&self) -> bool {
        !matches!(
            self,
            Self::Addresses { .. }
                | Self::Certificate { .. }
                | Self::HiddenText { .. }
                | Self::Link { .. }
                | Self::NotAnnounced { .. }
                | Self::OddText { .. }
        )
    }
}

/// What is said of a page and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// What is said.
    pub verdict: Verdict,
    /// Why, the heaviest first.
    pub reasons: Vec<Reason>,
    /// What differs from the approved version that is nearest.
    pub comparison: Comparison,
}

impl Judgement {
    /// Tells whether we were asked to prove that we are no program, instead of being shown the page.
    pub fn is_challenge(&self) -> bool {
        let mut reasons = self.reasons.iter();
        reasons.any(|reason| matches!(reason, Reason::Challenge { .. }))
    }

    /// Says something of a page that was not compared.
    pub fn of(verdict: Verdict, reasons: Vec<Reason>) -> Self {
        Self {
            verdict,
            reasons,
            comparison: Comparison::default(),
        }
    }
}
