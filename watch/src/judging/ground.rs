//! What is known and approved of a page, of its site and of all sites: the ground on which everything new is judged.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use pages::{InlineScript, PageModel, RegionKey, Term, UseKind, find_terms};
use url::Url;

use crate::across::Common;
use crate::memory::{PageMemory, SiteMemory};
use crate::site::registrable;
use crate::wording::{Tongue, tongue_of};

/// Different addresses in one place from which on it is a list or rotates.
const ROTATING_MIN: usize = 3;
/// Strangers that a place leads to from which on it is a list of partners.
const PARTNERS_MIN: usize = 2;
/// Of a page's lines, one in so many has to be written so that it is usual for the page.
const USUAL_SHARE: usize = 8;

/// What a page is judged by.
pub struct Ground<'g> {
    pub(crate) site: &'g SiteMemory,
    pub(crate) page: &'g PageMemory,
    common: Option<&'g Common>,
    /// Digests of the texts of every approved version of every page of the site; made when the first new text asks for them.
    texts: OnceCell<HashSet<u64>>,
    /// Words of intruders in every approved version of the page.
    terms: OnceCell<HashSet<Term>>,
    /// Languages that they have.
    tongues: OnceCell<Vec<pages::Tongue>>,
    /// Names of the places in approved versions of every page of the site.
    places: OnceCell<HashSet<RegionKey>>,
    /// Where these lead on the site itself, for everybody to see.
    ways: OnceCell<HashSet<u64>>,
    /// Places in which addresses rotate.
    rotating: OnceCell<HashSet<RegionKey>>,
}

impl<'g> Ground<'g> {
    /// Puts together what is known of a page. Nothing is common where nobody has counted.
    pub fn new(site: &'g SiteMemory, page: &'g PageMemory, common: Option<&'g Common>) -> Self {
        Self {
            site,
            page,
            common,
            texts: OnceCell::new(),
            terms: OnceCell::new(),
            tongues: OnceCell::new(),
            places: OnceCell::new(),
            ways: OnceCell::new(),
            rotating: OnceCell::new(),
        }
    }

    /// Tells whether a person approved this use of this origin: in any version of the page, since pages that show advertisements
    /// of several houses have no version with all of them; or on another page of the site, where everybody sees it.
    pub(crate) fn is_approved(&self, kind: UseKind, origin: &str, is_hidden: bool) -> bool {
        let mut uses = self.versions().flat_map(|version| &version.uses);
        uses.any(|one| one.kind == kind && one.is_hidden == is_hidden && one.origin == origin)
            || (!is_hidden && self.site.origins.contains(&(kind, origin.to_owned())))
    }

    /// Tells whether an origin belongs to whoever the site belongs to.
    pub(crate) fn is_own(&self, origin: &str) -> bool {
        match registrable(origin) {
            Some(domain) => self.site.facts.ends_at.contains(&domain),
            None => matches!(origin, "data:" | "javascript:" | "mailto:" | "tel:"),
        }
    }

    /// Tells whether many sites have this origin for this use.
    pub(crate) fn is_common(&self, kind: UseKind, origin: &str) -> bool {
        self.common.is_some_and(|common| common.has(kind, origin))
    }

    /// Tells whether an origin may be linked to, or a picture be taken from it, without a question: nothing of it works on visitors.
    pub(crate) fn may_point_to(&self, kind: UseKind, origin: &str) -> bool {
        self.is_own(origin)
            || self.is_approved(kind, origin, false)
            || self.is_common(kind, origin)
            || is_of_state(origin)
    }

    /// Tells whether a script of this shape stands in an approved page of the site, and every origin that it names in one too.
    pub(crate) fn knows_script(&self, script: &InlineScript) -> bool {
        let known = || self.approved_pages().flat_map(|page| &page.scripts);
        known().any(|one| one.shape == script.shape)
            && script
                .origins
                .iter()
                .all(|origin| known().any(|one| one.origins.contains(origin)))
    }

    /// Tells whether a text stands in an approved page of the site, at whichever place.
    pub(crate) fn knows_text(&self, text: &str) -> bool {
        let texts = self.texts.get_or_init(|| {
            let pages = self.approved_pages().chain([&self.page.last]);
            pages.flat_map(PageModel::texts).map(digest_of).collect()
        });
        texts.contains(&digest_of(text))
    }

    /// Tells whether an approved version of the page has a word of intruders, as pages that warn of them do.
    pub(crate) fn knows_term(&self, term: &Term) -> bool {
        let terms = self.terms.get_or_init(|| {
            let texts = self.versions().map(PageModel::whole_text);
            texts.flat_map(|text| find_terms(&text)).collect()
        });
        terms.contains(term)
    }

    /// Tells whether an approved version of the page has a fair part of its text in a language.
    pub(crate) fn has_tongue(&self, tongue: pages::Tongue) -> bool {
        let tongues = self
            .tongues
            .get_or_init(|| self.versions().flat_map(PageModel::tongues).collect());
        tongues.contains(&tongue)
    }

    /// Tells whether nothing is known yet by which a text could be told from those of the site: the page is looked at for the first
    /// time, and few words of its site were read.
    pub(crate) fn is_first_look(&self) -> bool {
        self.page.approved.is_empty() && !self.site.words.are_telling()
    }

    /// Tells whether an approved page of the site has a place of this name.
    pub(crate) fn knows_place(&self, place: RegionKey) -> bool {
        let places = self.places.get_or_init(|| {
            let regions = self.approved_pages().flat_map(|page| &page.regions);
            regions.map(|region| region.key).collect()
        });
        places.contains(&place)
    }

    /// Tells whether something hidden stood in this place in an approved page of the site, and which origins it linked to.
    pub(crate) fn hidden_at(&self, place: RegionKey) -> Option<BTreeSet<&'g str>> {
        let hidden = self.approved_pages().flat_map(|page| &page.hidden);
        let mut here = hidden.filter(|one| one.region == place).peekable();
        here.peek()?;
        let origins = here.flat_map(|one| &one.link_origins);
        Some(origins.map(String::as_str).collect())
    }

    /// Tells whether an approved page of the site leads there for everybody to see, or a page of this address is under watch.
    pub(crate) fn leads_to(&self, url: &str) -> bool {
        let ways = self.ways.get_or_init(|| {
            let uses = self.approved_pages().flat_map(|page| &page.uses);
            let links = uses.filter(|one| one.kind == UseKind::Link && !one.is_hidden);
            let watched = self.site.pages.keys().map(String::as_str);
            let urls = links.map(|one| one.url.as_str()).chain(watched);
            urls.map(|url| digest_of(without_fragment(url))).collect()
        });
        ways.contains(&digest_of(without_fragment(url)))
    }

    /// Tells whether approved versions of the page let visitors open what stands at the end of this path: a leaf, a dialog, a menu
    /// whose `id` something visible names. It is hidden until somebody asks for it.
    pub(crate) fn opens(&self, path: &str) -> bool {
        let last = path.rsplit(" > ").next().unwrap_or(path);
        let Some((_, id)) = last.split_once('#') else {
            return false;
        };
        let id = id.split('.').next().unwrap_or(id);
        let mut opened = self.versions().flat_map(|version| &version.opens);
        opened.any(|one| one == id)
    }

    /// Tells whether links to strangers stand in a place for everybody to see, as in a list of partners.
    pub(crate) fn lists_strangers(&self, place: RegionKey) -> bool {
        let uses = self.versions().flat_map(|version| &version.uses);
        let strangers: BTreeSet<&str> = uses
            .filter(|one| one.kind == UseKind::Link && !one.is_hidden && one.region == place)
            .map(|one| one.origin.as_str())
            .filter(|origin| !self.is_own(origin))
            .collect();
        strangers.len() >= PARTNERS_MIN
    }

    /// Returns the lines of a place in approved versions of the page.
    pub(crate) fn lines_at(&self, place: RegionKey) -> impl Iterator<Item = &'g str> + use<'g> {
        let here = self
            .versions()
            .filter_map(move |version| version.region(place));
        here.flat_map(|region| &region.items)
            .map(|item| item.text.as_str())
    }

    /// Tells whether addresses rotate in a place, on this page or on another of its design: a list, a banner, an advertisement.
    pub(crate) fn rotates(&self, place: RegionKey) -> bool {
        let rotating = self.rotating.get_or_init(|| {
            let mut ways: HashMap<RegionKey, HashSet<&str>> = HashMap::new();
            let pages = self.approved_pages().chain([&self.page.last]);
            for one in pages.flat_map(|page| &page.uses) {
                let way = one.url.split(['?', '#']).next().unwrap_or_default();
                let here = ways.entry(one.region).or_default();
                if here.len() < ROTATING_MIN {
                    here.insert(way);
                }
            }
            ways.retain(|_, ways| ways.len() >= ROTATING_MIN);
            ways.into_keys().collect()
        });
        self.page.habit.varies(place) || rotating.contains(&place)
    }

    /// Tells whether lines are written so in a place; or on the page, where the place is new.
    pub(crate) fn writes_so(&self, tongue: Tongue, place: RegionKey) -> bool {
        if matches!(tongue, Tongue::Marked | Tongue::Unclear) {
            return true;
        }
        let versions = || self.versions().chain([&self.page.last]);
        let here = versions().filter_map(|version| version.region(place));
        let mut lines = here.flat_map(|region| &region.items).peekable();
        if lines.peek().is_some() {
            return lines.any(|item| tongue_of(&item.text) == tongue);
        }
        let Some(version) = versions().next() else {
            return false;
        };
        let mut counts: BTreeMap<bool, usize> = BTreeMap::new();
        for line in version.lines() {
            *counts.entry(tongue_of(line) == tongue).or_default() += 1;
        }
        let of = |is_so| counts.get(&is_so).copied().unwrap_or(0);
        of(true) * USUAL_SHARE >= of(true) + of(false) && of(true) > 0
    }

    /// Versions of the page that a person approved, and what other visitors were shown then.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &'g PageModel> + use<'g> {
        versions_of(self.page)
    }

    /// Every approved version of every page of the site.
    fn approved_pages(&self) -> impl Iterator<Item = &'g PageModel> + use<'g> {
        let others = self.site.pages.values().flat_map(versions_of);
        versions_of(self.page).chain(others)
    }
}

fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or(url)
}

fn versions_of(page: &PageMemory) -> impl Iterator<Item = &PageModel> {
    let approved = page.approved.iter().map(|approval| &approval.page);
    approved.chain(page.views.values())
}

/// Returns a digest that is the same as long as the program runs.
fn digest_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Tells whether an origin is of the state, whose names nobody else can register.
fn is_of_state(origin: &str) -> bool {
    let url = Url::parse(origin).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    host.trim_end_matches('.').ends_with(".gov.vn")
}
