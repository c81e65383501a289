//! Web sites under watch: what is said of a page, what an organisation's sites add up to, and what a watch proves with.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{EvidenceId, OrganisationId};

/// Bytes of a page's address.
pub const PAGE_BYTES_MAX: usize = 2_048;
/// Characters of an officer's or a supplier's name.
const NAME_CHARS_MAX: usize = 200;
/// Reasons of one finding; there are more in the evidence.
pub const SITE_REASONS_MAX: usize = 8;
/// Values of one reason.
pub const REASON_VALUES_MAX: usize = 6;
/// Characters of a reason's kind, and of the name of a value.
const REASON_WORD_CHARS_MAX: usize = 40;
/// Characters of a value.
pub const REASON_VALUE_CHARS_MAX: usize = 240;
/// Findings that are listed of one organisation, the worst first. The others are counted.
pub const SITE_FINDINGS_MAX: usize = 200;
/// Pages of one organisation that are marked, so that those which two watch are counted once. The others are counted twice.
pub const PAGE_MARKS_MAX: usize = 5_000;

/// What an address ends in that stands for all of a site beside its pages under watch: what surveys find there is said of it.
pub const REST_OF_SITE: &str = "/*";

/// Tells whether an address stands for all of a site beside its pages under watch.
pub fn is_rest_of_site(page: &str) -> bool {
    let beginning = page.strip_suffix(REST_OF_SITE);
    beginning.is_some_and(|beginning| {
        let host = beginning
            .split_once("://")
            .map_or(beginning, |(_, host)| host);
        !host.is_empty() && !host.contains('/')
    })
}

/// What is said of a page after a look at it. The later ones are worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SiteVerdict {
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

impl SiteVerdict {
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

    /// Returns how the page is counted.
    pub const fn state(self) -> PageState {
        match self {
            Self::Unchanged | Self::Ordinary | Self::Announced => PageState::Fine,
            Self::Nothing => PageState::NoVerdict,
            Self::FaultPage | Self::Outage => PageState::Fault,
            Self::Unexplained => PageState::Unexplained,
            Self::Defacement | Self::Injection | Self::Cloaking | Self::Takeover => {
                PageState::Alarm
            }
        }
    }
}

/// How a page is counted. In the order in which people must see them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageState {
    /// Somebody has to telephone the owner now.
    Alarm,
    /// A person has to look.
    Unexplained,
    /// Nothing is known of it. Never shown as fine.
    NoVerdict,
    /// It does not answer, or says that it is out of order.
    Fault,
    /// As it should be.
    Fine,
}

impl PageState {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 5] = [
        Self::Alarm,
        Self::Unexplained,
        Self::NoVerdict,
        Self::Fault,
        Self::Fine,
    ];

    /// Returns what is said of a page of which another watch says `other`: the worse; and what one knows where the other knows
    /// nothing.
    #[must_use]
    pub fn together_with(self, other: Self) -> Self {
        match (self, other) {
            (Self::NoVerdict, known) | (known, Self::NoVerdict) => known,
            (one, other) => one.min(other),
        }
    }

    /// Returns the same once nobody looks any more.
    #[must_use]
    pub const fn unwatched(self) -> Self {
        match self {
            Self::Fault | Self::Fine => Self::NoVerdict,
            state => state,
        }
    }
}

/// Tells pages apart without naming them: the beginning of a digest of the address. Two watches of one page have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PageMark(u64);

impl PageMark {
    /// Makes one of the first bytes of SHA-256 of a page's address.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }
}

impl From<PageMark> for String {
    fn from(mark: PageMark) -> Self {
        format!("{:016x}", mark.0)
    }
}

impl TryFrom<String> for PageMark {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_digits = text.len() == 16
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        match u64::from_str_radix(&text, 16) {
            Ok(mark) if is_digits => Ok(Self(mark)),
            _ => Err("a mark of a page is 16 hexadecimal digits".to_owned()),
        }
    }
}

/// How many pages stand where. The states exclude each other, so the sum *is* the number of pages under watch; a document
/// that states another sum is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawPageCounters", into = "RawPageCounters")]
pub struct PageCounters {
    /// See [`PageState::Alarm`].
    pub alarm: u64,
    /// See [`PageState::Unexplained`].
    pub unexplained: u64,
    /// See [`PageState::NoVerdict`].
    pub no_verdict: u64,
    /// See [`PageState::Fault`].
    pub fault: u64,
    /// See [`PageState::Fine`].
    pub fine: u64,
}

impl PageCounters {
    /// Counts one more page in `state`.
    pub const fn count(&mut self, state: PageState) {
        let counter = self.counter(state);
        *counter = counter.saturating_add(1);
    }

    /// Takes one page in `state` away again.
    pub const fn take_away(&mut self, state: PageState) {
        let counter = self.counter(state);
        *counter = counter.saturating_sub(1);
    }

    const fn counter(&mut self, state: PageState) -> &mut u64 {
        match state {
            PageState::Alarm => &mut self.alarm,
            PageState::Unexplained => &mut self.unexplained,
            PageState::NoVerdict => &mut self.no_verdict,
            PageState::Fault => &mut self.fault,
            PageState::Fine => &mut self.fine,
        }
    }

    /// Returns how many pages stand in `state`.
    pub const fn of(&self, state: PageState) -> u64 {
        match state {
            PageState::Alarm => self.alarm,
            PageState::Unexplained => self.unexplained,
            PageState::NoVerdict => self.no_verdict,
            PageState::Fault => self.fault,
            PageState::Fine => self.fine,
        }
    }

    /// Returns how many pages are under watch. Saturates, so that a hostile document cannot overflow it.
    pub fn watched(&self) -> u64 {
        PageState::ALL
            .into_iter()
            .fold(0, |sum: u64, state| sum.saturating_add(self.of(state)))
    }

    /// Returns the same pages once nobody looks any more: what was fine or out of order then is not known now. What a
    /// person has to look at stays.
    #[must_use]
    pub const fn unwatched(self) -> Self {
        Self {
            no_verdict: self
                .no_verdict
                .saturating_add(self.fault)
                .saturating_add(self.fine),
            fault: 0,
            fine: 0,
            ..self
        }
    }
}

impl AddAssign for PageCounters {
    fn add_assign(&mut self, other: Self) {
        self.alarm = self.alarm.saturating_add(other.alarm);
        self.unexplained = self.unexplained.saturating_add(other.unexplained);
        self.no_verdict = self.no_verdict.saturating_add(other.no_verdict);
        self.fault = self.fault.saturating_add(other.fault);
        self.fine = self.fine.saturating_add(other.fine);
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPageCounters {
    watched: u64,
    alarm: u64,
    unexplained: u64,
    no_verdict: u64,
    fault: u64,
    fine: u64,
}

impl TryFrom<RawPageCounters> for PageCounters {
    type Error = String;

    fn try_from(raw: RawPageCounters) -> Result<Self, String> {
        let RawPageCounters {
            watched,
            alarm,
            unexplained,
            no_verdict,
            fault,
            fine,
        } = raw;
        let sum = [alarm, unexplained, no_verdict, fault, fine]
            .iter()
            .try_fold(0u64, |sum, count| sum.checked_add(*count));
        if sum == Some(watched) {
            Ok(Self {
                alarm,
                unexplained,
                no_verdict,
                fault,
                fine,
            })
        } else {
            Err(format!(
                "the counters do not add up to {watched} pages under watch"
            ))
        }
    }
}

impl From<PageCounters> for RawPageCounters {
    fn from(counters: PageCounters) -> Self {
        let PageCounters {
            alarm,
            unexplained,
            no_verdict,
            fault,
            fine,
        } = counters;
        Self {
            watched: counters.watched(),
            alarm,
            unexplained,
            no_verdict,
            fault,
            fine,
        }
    }
}

/// Whether a watch can be believed that it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WatchHealth {
    /// Its evidence was changed, or cannot be read.
    Broken,
    /// It looks, and its evidence is whole.
    Running,
    /// It has not been heard of for too long.
    Silent,
}

/// How far a chain of evidence goes. Whoever has this can tell whether anything before it was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceHead {
    /// How many lines it has.
    pub lines: u64,
    /// The digest of the last.
    pub last: EvidenceId,
}

impl EvidenceHead {
    /// Tells whether a chain that ended so before cannot end as `newer` says: it is shorter, or other lines stand there.
    pub fn contradicts(&self, newer: &Self) -> bool {
        newer.lines < self.lines || (newer.lines == self.lines && newer.last != self.last)
    }
}

/// What has become of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SiteFindingState {
    /// It stands.
    Open,
    /// A named person has looked and says that it is in order.
    Approved,
    /// The page is as it was.
    Closed,
}

/// One thing that speaks for a verdict: a word that texts know, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteReason {
    /// Which: `script-origin`, `title`, …
    pub kind: String,
    /// What it is about, by name.
    pub values: BTreeMap<String, String>,
}

/// What a watch has to say of one page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteFinding {
    /// The line of evidence that it began with: the finding's name everywhere.
    pub id: EvidenceId,
    /// The newest line of evidence about it.
    pub newest: EvidenceId,
    /// The page's address.
    pub page: String,
    /// What is said of it.
    pub verdict: SiteVerdict,
    /// What has become of it.
    pub state: SiteFindingState,
    /// Since when.
    pub opened_at: Timestamp,
    /// When there was last something new of it.
    pub changed_at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Who says that it is in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Who built or hosts the site, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<String>,
    /// Whom to telephone, where that is written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Why, the heaviest first.
    pub reasons: Vec<SiteReason>,
    /// How many more reasons there are.
    pub reasons_left_out: u64,
}

impl SiteFinding {
    /// Checks what the types cannot.
    pub fn check(&self) -> Result<(), String> {
        let is_page = self.page.len() <= PAGE_BYTES_MAX
            && (self.page.starts_with("https://") || self.page.starts_with("http://"))
            && !self.page.chars().any(|c| c.is_control() || c == ' ');
        if !is_page {
            return Err("a page is not an address of at most 2048 bytes".to_owned());
        }
        let is_ended = self.state != SiteFindingState::Open;
        if self.ended_at.is_some() != is_ended
            || self.changed_at < self.opened_at
            || self.ended_at.is_some_and(|at| at < self.opened_at)
        {
            return Err("a finding ends before it begins".to_owned());
        }
        if self.by.is_some() != (self.state == SiteFindingState::Approved) {
            return Err("an approval without a name, or a name without approval".to_owned());
        }
        for name in self.by.iter().chain(&self.supplier).chain(&self.contact) {
            if !is_line(name, NAME_CHARS_MAX) {
                return Err("a name is empty, too long or has control characters".to_owned());
            }
        }
        if self.reasons.len() > SITE_REASONS_MAX {
            return Err(format!(
                "a finding has more than {SITE_REASONS_MAX} reasons"
            ));
        }
        self.reasons.iter().try_for_each(SiteReason::check)
    }

    /// Returns how it is counted while it is open.
    pub fn open_state(&self) -> Option<PageState> {
        (self.state == SiteFindingState::Open).then(|| self.verdict.state())
    }
}

impl SiteReason {
    fn check(&self) -> Result<(), String> {
        let valid = is_word(&self.kind)
            && self.values.len() <= REASON_VALUES_MAX
            && self.values.iter().all(|(name, value)| {
                is_word(name)
                    && value.chars().count() <= REASON_VALUE_CHARS_MAX
                    && !value.chars().any(char::is_control)
            });
        if valid {
            Ok(())
        } else {
            Err("a reason is no word, or its values are too many or too long".to_owned())
        }
    }
}

/// The sites of one organisation as one watch sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationSites {
    /// Whose they are.
    pub organisation: OrganisationId,
    /// Its name for people.
    pub name: String,
    /// Its pages under watch.
    pub pages: PageCounters,
    /// How those of them stand that are marked: all, where there are not too many of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub marks: BTreeMap<PageMark, PageState>,
    /// What there is to say of them, the worst first.
    pub findings: Vec<SiteFinding>,
    /// How many more findings there are.
    pub findings_left_out: u64,
}

impl OrganisationSites {
    /// Checks what the types cannot: that nothing is listed that is not counted, and nothing twice.
    pub fn check(&self) -> Result<(), String> {
        if !is_line(&self.name, NAME_CHARS_MAX) {
            return Err(format!("the name of '{}' is not a line", self.organisation));
        }
        if self.findings.len() > SITE_FINDINGS_MAX {
            return Err(format!(
                "'{}' has more than {SITE_FINDINGS_MAX} findings",
                self.organisation
            ));
        }
        let mut open = PageCounters::default();
        let mut ids = std::collections::BTreeSet::new();
        for finding in &self.findings {
            finding.check()?;
            if !ids.insert(finding.id) {
                return Err(format!("'{}' lists a finding twice", self.organisation));
            }
            if let Some(state) = finding.open_state() {
                open.count(state);
            }
        }
        if self.marks.len() > PAGE_MARKS_MAX {
            return Err(format!(
                "'{}' marks more than {PAGE_MARKS_MAX} pages",
                self.organisation
            ));
        }
        let mut marked = PageCounters::default();
        for state in self.marks.values() {
            marked.count(*state);
        }
        let is_counted = |state| open.of(state).max(marked.of(state)) <= self.pages.of(state);
        if PageState::ALL.into_iter().all(is_counted) {
            Ok(())
        } else {
            Err(format!(
                "'{}' lists more pages than it counts",
                self.organisation
            ))
        }
    }
}

/// What the parent is told of the web sites of an organisation.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SiteSharing {
    /// Nothing.
    Nothing,
    /// How many pages stand where.
    Counts,
    /// Also which, and why: what everybody can see who opens the page.
    #[default]
    Findings,
}

fn is_line(text: &str, chars_max: usize) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= chars_max
        && !text.chars().any(char::is_control)
}

/// Tells whether `text` is a word as texts name their keys and values.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= REASON_WORD_CHARS_MAX
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_that_does_not_look_calls_nothing_fine_and_forgets_no_alarm() {
        let pages = PageCounters {
            alarm: 1,
            unexplained: 2,
            no_verdict: 3,
            fault: 4,
            fine: 5,
        };
        let unwatched = pages.unwatched();
        assert_eq!((unwatched.alarm, unwatched.unexplained), (1, 2));
        assert_eq!((unwatched.fine, unwatched.fault), (0, 0));
        assert_eq!(unwatched.watched(), pages.watched());
    }

    #[test]
    fn of_two_words_about_a_page_the_worse_counts_and_what_one_knows_before_what_nobody_knows() {
        use PageState::{Alarm, Fault, Fine, NoVerdict};
        for (one, other, together) in [
            (Fine, Alarm, Alarm),
            (Fine, Fault, Fault),
            (NoVerdict, Fine, Fine),
            (NoVerdict, NoVerdict, NoVerdict),
        ] {
            assert_eq!(one.together_with(other), together);
            assert_eq!(other.together_with(one), together);
        }
    }

    #[test]
    fn the_rest_of_a_site_is_no_folder_of_it() {
        for rest in ["https://a.vn/*", "http://a.vn:8080/*", "a.vn/*"] {
            assert!(is_rest_of_site(rest), "{rest}");
        }
        for page in [
            "https://a.vn/",
            "https://a.vn/b/*",
            "https://a.vn/?a=/*",
            "/*",
            "",
        ] {
            assert!(!is_rest_of_site(page), "{page}");
        }
    }

    #[test]
    fn marks_are_digits_of_one_form_and_no_more_than_are_counted() {
        let mark = PageMark::from_bytes([0, 1, 2, 3, 4, 5, 6, 255]);
        let text = serde_json::to_string(&mark).unwrap();
        assert_eq!(text, "\"00010203040506ff\"");
        assert_eq!(serde_json::from_str::<PageMark>(&text).unwrap(), mark);
        for wrong in ["\"+0010203040506ff\"", "\"00010203040506FF\"", "\"1\"", "1"] {
            assert!(serde_json::from_str::<PageMark>(wrong).is_err(), "{wrong}");
        }
        let mut sites = OrganisationSites {
            organisation: "vn.a".parse().unwrap(),
            name: "A".to_owned(),
            pages: PageCounters::default(),
            marks: [(mark, PageState::Fine)].into(),
            findings: Vec::new(),
            findings_left_out: 0,
        };
        assert!(sites.check().is_err());
        sites.pages.fine = 1;
        assert_eq!(sites.check(), Ok(()));
    }

    #[test]
    fn counters_that_do_not_add_up_are_refused() {
        let good = r#"{"watched":3,"alarm":1,"unexplained":0,"no_verdict":0,"fault":0,"fine":2}"#;
        assert!(serde_json::from_str::<PageCounters>(good).is_ok());
        let bad = good.replace(r#""fine":2"#, r#""fine":3"#);
        assert!(serde_json::from_str::<PageCounters>(&bad).is_err());
        let overflowing = format!(
            r#"{{"watched":1,"alarm":{},"unexplained":2,"no_verdict":0,"fault":0,"fine":0}}"#,
            u64::MAX
        );
        assert!(serde_json::from_str::<PageCounters>(&overflowing).is_err());
    }

    #[test]
    fn a_shorter_chain_or_another_of_the_same_length_contradicts_what_was_said() {
        let head = |lines, byte| EvidenceHead {
            lines,
            last: EvidenceId::from_bytes([byte; 32]),
        };
        assert!(head(5, 1).contradicts(&head(4, 1)));
        assert!(head(5, 1).contradicts(&head(5, 2)));
        assert!(!head(5, 1).contradicts(&head(5, 1)));
        assert!(!head(5, 1).contradicts(&head(6, 2)));
    }
}
