//! What is said of a page, and why.

use pages::{Comparison, Subject, Tongue, UseKind};
use serde::{Deserialize, Serialize};

/// What is said of one check. The later ones are worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As approved.
    Unchanged,
    /// Other contents where contents change, of the kind that usually stands there.
    Ordinary,
    /// As a signed notice said that it would become.
    Announced,
    /// Nothing could be learned: the visit failed on our side, was blocked, or took too long. Never shown as fine.
    Nothing,
    /// The site says itself that it is out of order.
    FaultPage,
    /// The site does not answer.
    Outage,
    /// Something else than usual, and nobody has said why. A person looks.
    Unexplained,
    /// Somebody else's words or pictures stand where the site's own stood.
    Defacement,
    /// Something was added that visitors are not meant to see, or that works on them.
    Injection,
    /// Some visitors are shown another page.
    Cloaking,
    /// The name, the certificate or a redirect leads to somebody else.
    Takeover,
}

impl Verdict {
    /// Every verdict, in order.
    pub const ALL: [Self; 11] = [
        Self::Unchanged,
        Self::Ordinary,
        Self::Announced,
        Self::Nothing,
        Self::FaultPage,
        Self::Outage,
        Self::Unexplained,
        Self::Defacement,
        Self::Injection,
        Self::Cloaking,
        Self::Takeover,
    ];

    /// Tells whether somebody has to be called.
    pub fn is_alarm(self) -> bool {
        self >= Self::Defacement
    }

    /// Tells whether a person has to look.
    pub fn wants_person(self) -> bool {
        self >= Self::Unexplained
    }
}

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
    /// Says something of a page that was not compared.
    pub fn of(verdict: Verdict, reasons: Vec<Reason>) -> Self {
        Self {
            verdict,
            reasons,
            comparison: Comparison::default(),
        }
    }
}
