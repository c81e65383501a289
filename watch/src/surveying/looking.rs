//! One page that nobody has approved: what speaks against it, by what is known of the site. Two things are asked of each: does it
//! look like a page of this site, and does it say or do what intruders' pages do.

use std::collections::{BTreeSet, HashSet};

use pages::{PageModel, RegionKey, Subject, Term, UseKind, find_terms};
use visit::Page;

use super::addresses::{Own, Sort, Whose, is_for_uploads, sort_of, words_of};
use super::memory::{KnownPage, SurveyMemory};
use crate::memory::SiteMemory;
use crate::site::registrable;
use crate::verdict::{Reason, Verdict};

/// Weight of words from which they are an alarm by themselves, as on pages under watch.
const TERMS_ALARM: u32 = 3;
/// Words of police and courts from which a page speaks about crime rather than for it.
const CRIME_WORDS_MIN: usize = 2;
/// Letters of foreign writing from which they speak, and of how many letters of a page they are one at least.
const FOREIGN_LETTERS: u32 = 40;
const FOREIGN_SHARE: u32 = 5;
/// Domains of others from which the links of a page say something: of one unlike the site, and of any.
const DOMAINS_UNLIKE: usize = 3;
const DOMAINS_ANY: usize = 30;
/// Of its places, one in so many stands on another page of the site where it is built like them.
const LIKE_SHARE: usize = 4;
/// Domains and words of one page that are kept.
const KEPT_MAX: usize = 64;
/// Examples in a reason.
const EXAMPLES: usize = 5;

/// What pages of the site are like.
pub(super) struct Reference {
    regions: HashSet<RegionKey>,
    languages: BTreeSet<String>,
    writes_foreign: bool,
    domains: BTreeSet<String>,
    terms: BTreeSet<String>,
}

/// A page and where it stands.
pub(super) struct View<'v> {
    pub(super) path: &'v str,
    pub(super) page: &'v Page,
    pub(super) model: &'v PageModel,
    /// Whether it is a document, of which only title and links are known.
    pub(super) is_document: bool,
    /// What it showed before, where it was looked at.
    pub(super) known: Option<&'v KnownPage>,
    /// Whether nobody knew its address.
    pub(super) is_new: bool,
    /// Whether nothing at all was known of the site beside its pages under watch.
    pub(super) is_first: bool,
}

/// What is said of a page.
pub(super) struct Opinion {
    pub(super) verdict: Verdict,
    pub(super) reasons: Vec<Reason>,
    pub(super) known: KnownPage,
}

impl Reference {
    /// Learns from the pages under watch, from the first page as it is now, and from what was in order before.
    pub(super) fn of(site: &SiteMemory, memory: &SurveyMemory, home: Option<&PageModel>) -> Self {
        let mut reference = Self {
            regions: HashSet::new(),
            languages: ["vi", "en", ""].map(ToOwned::to_owned).into(),
            writes_foreign: false,
            domains: site.facts.ends_at.clone(),
            terms: BTreeSet::new(),
        };
        reference.domains.extend(memory.linked.iter().cloned());
        let origins = site.origins.iter();
        let domains = origins.filter_map(|(_, origin)| registrable(origin));
        reference.domains.extend(domains);
        let approvals = site.pages.values().flat_map(|page| &page.approved);
        for page in approvals.map(|approval| &approval.page) {
            reference.domains.extend(domains_of(page));
            reference.take(page);
            let terms = find_terms(&page.whole_text());
            reference
                .terms
                .extend(terms.into_iter().map(|term| term.word));
        }
        // The first page may have been changed by an intruder: it says how the site is built today, and nothing else.
        if let Some(home) = home {
            reference
                .regions
                .extend(home.regions.iter().map(|one| one.key));
        }
        reference
    }

    fn take(&mut self, page: &PageModel) {
        self.regions.extend(page.regions.iter().map(|one| one.key));
        self.languages.insert(language_of(page));
        self.writes_foreign |= is_foreign(page);
    }

    /// Tells whether a page is built like others of the site.
    fn is_like(&self, page: &PageModel) -> bool {
        // Title and body of any page are no sign.
        let regions = page.regions.iter().filter(|one| one.path.contains('>'));
        let (mut shared, mut all) = (0, 0);
        for region in regions {
            all += 1;
            shared += usize::from(self.regions.contains(&region.key));
        }
        shared >= 2 && shared * LIKE_SHARE >= all
    }
}

/// Tells whether what came is a page for people, by what it is rather than by what it is called.
pub(super) fn is_markup(page: &Page) -> bool {
    let kind = page.content_type.as_deref().unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    let beginning = &page.body[..page.body.len().min(1_024)];
    let beginning = String::from_utf8_lossy(beginning).to_ascii_lowercase();
    let beginning = beginning.trim_start_matches('\u{feff}').trim_start();
    let looks = [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<script",
        "<meta",
        "<title",
    ];
    let looks_so = looks.iter().any(|tag| beginning.starts_with(tag));
    // Browsers show as a page what says that it is one; and a picture is never one, whatever stands in it.
    kind.contains("html") || (looks_so && !kind.starts_with("image/"))
}

/// Says what speaks against a page.
pub(super) fn look_at(view: &View<'_>, reference: &Reference, own: &Own) -> Opinion {
    let is_document = view.is_document;
    let mut looking = Looking {
        view,
        reference,
        own,
        is_like_site: reference.is_like(view.model),
        in_uploads: is_for_uploads(view.path) && !is_document,
        says_little: Vec::new(),
        verdict: Verdict::Unchanged,
        reasons: Vec::new(),
    };
    looking.words();
    looking.writing();
    looking.ways_out();
    looking.links();
    looking.scripts();
    looking.place();
    let model = view.model;
    let terms = find_terms(&model.whole_text())
        .into_iter()
        .map(|term| term.word);
    // What the site links to anyway need not be kept with each page.
    let linked = domains_of(model).filter(|domain| !reference.domains.contains(domain));
    Opinion {
        verdict: looking.verdict,
        reasons: looking.reasons,
        known: KnownPage {
            looked_at: 0,
            is_there: true,
            title: model.title.chars().take(200).collect(),
            language: language_of(model),
            terms: terms.take(KEPT_MAX).collect(),
            linked: linked.take(KEPT_MAX).collect(),
            is_like_site: looking.is_like_site,
        },
    }
}

struct Looking<'l> {
    view: &'l View<'l>,
    reference: &'l Reference,
    own: &'l Own,
    is_like_site: bool,
    in_uploads: bool,
    /// What says little by itself, and something in a place where no page belongs.
    says_little: Vec<Reason>,
    verdict: Verdict,
    reasons: Vec<Reason>,
}

impl Looking<'_> {
    fn say(&mut self, verdict: Verdict, reason: Reason) {
        self.verdict = self.verdict.max(verdict);
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    fn is_odd(&self) -> bool {
        self.in_uploads || !self.is_like_site
    }

    /// Words of intruders in text, title and address.
    fn words(&mut self) {
        let model = self.view.model;
        let text = model.whole_text();
        let title = find_terms(&format!("{}\n{}", model.title, words_of(self.view.path)));
        let is_new = |term: &&Term| {
            let was_there = self
                .view
                .known
                .is_some_and(|known| known.terms.contains(&term.word));
            !was_there && !self.reference.terms.contains(&term.word)
        };
        let all = find_terms(&text);
        for subject in Subject::ALL {
            let of_subject = |terms: &[Term]| -> Vec<Term> {
                let terms = terms.iter().filter(|term| term.subject == subject);
                terms.filter(is_new).cloned().collect()
            };
            let (new, titled) = (of_subject(&all), of_subject(&title));
            let weight = |terms: &[Term]| terms.iter().map(|term| term.weight).sum::<u32>();
            let words: BTreeSet<String> = new
                .iter()
                .chain(&titled)
                .map(|term| term.word.clone())
                .collect();
            if words.is_empty() {
                continue;
            }
            let words = words.into_iter().collect();
            let reason = Reason::Terms { subject, words };
            let (weight, in_title) = (weight(&new).max(weight(&titled)), weight(&titled));
            if weight < TERMS_ALARM || (self.is_like_site && speaks_of_crime(&text)) {
                self.says_little.push(reason);
                continue;
            }
            match subject {
                Subject::Boasting if in_title >= TERMS_ALARM && self.is_odd() => {
                    self.say(Verdict::Defacement, reason);
                }
                // Promises alone are made by everybody.
                Subject::Boasting | Subject::Promises => self.says_little.push(reason),
                Subject::Adult | Subject::Betting | Subject::Loans | Subject::Medicines => {
                    let is_sure = in_title > 0 || weight > TERMS_ALARM || self.is_odd();
                    let verdict = if is_sure {
                        Verdict::Injection
                    } else {
                        Verdict::Unexplained
                    };
                    self.say(verdict, reason);
                }
            }
        }
    }

    /// A writing or a language that the site does not have.
    fn writing(&mut self) {
        let model = self.view.model;
        if is_foreign(model) && !self.reference.writes_foreign && self.view.known.is_none() {
            let letters = model.writing.foreign();
            let reason = Reason::ForeignWriting { letters };
            if self.is_odd() {
                self.say(Verdict::Injection, reason);
            } else {
                self.say(Verdict::Unexplained, reason);
            }
        }
        let language = language_of(model);
        if !self.reference.languages.contains(&language) && !self.is_like_site {
            self.says_little.push(Reason::OtherLanguage { language });
        }
    }

    /// Where the page sends its visitors, and whose pages it shows in itself.
    fn ways_out(&mut self) {
        let away = |url: &str| match self.own.whose(url) {
            Whose::Foreign(_) => {
                registrable(url).is_none_or(|domain| !self.reference.domains.contains(&domain))
            }
            _ => false,
        };
        let origin_of = |url: &str| {
            let url = url::Url::parse(url).ok();
            url.map_or_else(String::new, |url| url.origin().ascii_serialization())
        };
        let mut said = Vec::new();
        if away(&self.view.page.url) {
            let to = origin_of(&self.view.page.url);
            let from = self.own.url_of(self.view.path);
            let verdict = if self.in_uploads || sort_of(self.view.path) == Sort::Program {
                Verdict::Injection
            } else {
                Verdict::Unexplained
            };
            // What was sent on before, and nobody minded, is the owner's doing.
            if self.view.known.is_none() && !self.view.is_first {
                said.push((verdict, Reason::Redirect { from, to }));
            }
        }
        for one in &self.view.model.uses {
            if !away(&one.url) {
                continue;
            }
            let origin = one.origin.clone();
            match one.kind {
                UseKind::Refresh => said.push((Verdict::Injection, Reason::Refresh { origin })),
                UseKind::Frame if self.is_odd() => {
                    let is_hidden = one.is_hidden;
                    said.push((Verdict::Injection, Reason::Frame { origin, is_hidden }));
                }
                UseKind::Form if self.is_odd() => {
                    said.push((Verdict::Injection, Reason::FormTarget { origin }));
                }
                UseKind::Script if self.is_odd() => {
                    self.says_little.push(Reason::ScriptOrigin { origin });
                }
                _ => {}
            }
        }
        for (verdict, reason) in said {
            self.say(verdict, reason);
        }
    }

    /// Links to many others, and links that nobody sees.
    fn links(&mut self) {
        let is_strange = |domain: &String| {
            let was_there = self
                .view
                .known
                .is_some_and(|known| known.linked.contains(domain));
            !was_there && !self.reference.domains.contains(domain)
        };
        let model = self.view.model;
        let domains: BTreeSet<String> = domains_of(model).filter(is_strange).collect();
        let hidden = model.hidden.iter().flat_map(|one| &one.link_origins);
        let hidden: BTreeSet<String> = hidden
            .filter_map(|origin| registrable(origin))
            .filter(is_strange)
            .collect();
        let reason = |domains: &BTreeSet<String>| Reason::ForeignLinks {
            count: u32::try_from(domains.len()).unwrap_or(u32::MAX),
            examples: domains.iter().take(EXAMPLES).cloned().collect(),
        };
        if hidden.len() >= DOMAINS_UNLIKE {
            self.say(Verdict::Injection, reason(&hidden));
        }
        if domains.len() >= DOMAINS_ANY {
            let verdict = if self.is_odd() {
                Verdict::Injection
            } else {
                Verdict::Unexplained
            };
            self.say(verdict, reason(&domains));
        } else if domains.len() >= DOMAINS_UNLIKE && self.is_odd() {
            self.says_little.push(reason(&domains));
        }
    }

    /// Scripts in the page that do what intruders' scripts do.
    fn scripts(&mut self) {
        for script in &self.view.model.scripts {
            let is_away = |origin: &&String| {
                registrable(origin).is_some_and(|domain| {
                    !self.reference.domains.contains(&domain)
                        && matches!(self.own.whose(origin), Whose::Foreign(_))
                })
            };
            let origins: Vec<String> = script.origins.iter().filter(is_away).cloned().collect();
            let leads_away = script.signs.redirects && !origins.is_empty();
            let reason = Reason::InlineScript {
                beginning: script.beginning.clone(),
                redirects: script.signs.redirects,
                decodes: script.signs.decodes,
                origins,
            };
            if leads_away && self.is_odd() {
                self.say(Verdict::Injection, reason);
            } else if script.signs.decodes || script.signs.redirects {
                self.says_little.push(reason);
            }
        }
    }

    /// Whether a page belongs where it stands.
    fn place(&mut self) {
        let model = self.view.model;
        let has_content =
            model.lines().next().is_some() || !model.uses.is_empty() || !model.scripts.is_empty();
        let little = std::mem::take(&mut self.says_little);
        let title: String = model.title.chars().take(200).collect();
        let url = self.own.url_of(self.view.path);
        if self.in_uploads && has_content && (self.view.is_new || self.view.known.is_none()) {
            let speaks = !little.is_empty() || !self.reasons.is_empty();
            let is_program = sort_of(self.view.path) == Sort::Program;
            if speaks
                || (!self.is_like_site && !self.view.is_first)
                || is_program && !self.is_like_site
            {
                self.say(Verdict::Injection, Reason::PageInUploads { url, title });
                self.reasons.rotate_right(1);
                self.reasons.extend(little);
            }
        } else if let Some(known) = self.view.known
            && known.is_there
            && known.is_like_site
            && !self.is_like_site
            && known.title != title
            && has_content
        {
            let from = known.title.clone();
            let reason = Reason::OtherPage {
                url,
                from,
                to: title,
            };
            let verdict = if little.is_empty() {
                Verdict::Unexplained
            } else {
                Verdict::Injection
            };
            self.say(verdict, reason);
            self.reasons.extend(little);
        } else if self.view.is_new && !self.is_like_site && little.len() >= 2 && !self.view.is_first
        {
            for reason in little {
                self.say(Verdict::Unexplained, reason);
            }
        }
    }
}

fn language_of(page: &PageModel) -> String {
    page.language
        .split(['-', '_'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn is_foreign(page: &PageModel) -> bool {
    let (foreign, all) = (page.writing.foreign(), page.writing.letters());
    foreign >= FOREIGN_LETTERS && foreign.saturating_mul(FOREIGN_SHARE) >= all
}

/// Returns the domains that a page has links to, each time again.
fn domains_of(page: &PageModel) -> impl Iterator<Item = String> {
    let links = page.uses.iter().filter(|one| one.kind == UseKind::Link);
    links
        .filter(|one| one.url.starts_with("http"))
        .filter_map(|one| registrable(&one.origin))
        // Pages of the state link to each other.
        .filter(|domain| !domain.ends_with(".gov.vn"))
}

/// Tells whether a text reports on crime: police and courts write of betting as often as those who sell it.
fn speaks_of_crime(text: &str) -> bool {
    const WORDS: [&str; 16] = [
        "công an",
        "khởi tố",
        "bắt giữ",
        "bắt quả tang",
        "triệt phá",
        "tội phạm",
        "đối tượng",
        "vi phạm pháp luật",
        "xử phạt",
        "tạm giam",
        "đánh bạc trái phép",
        "phòng, chống",
        "police",
        "arrested",
        "prosecut",
        "criminal",
    ];
    let text = text.to_lowercase();
    WORDS.iter().filter(|word| text.contains(**word)).count() >= CRIME_WORDS_MIN
}
