//! What is heard of sites under watch from the bad pages of others. Intruders link the pages that they put on one site from all the
//! others that they have: where a site itself names a page nowhere, that is how it is found.
//!
//! What is heard was chosen by an intruder. It is looked at on sites under watch only, some addresses in each survey, and only such
//! as no site can be harmed with.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use url::Url;

use super::addresses::{Own, Sort, Whose, bare, sort_of};
use super::outcome::{LeftOutWhy, Survey};
use crate::checking::Check;
use crate::memory::PageMemory;

/// Addresses of one site that are remembered.
const OF_SITE_MAX: usize = 100;
/// Addresses that one site's bad pages lead to.
const FROM_SITE_MAX: usize = 500;
/// Addresses of all sites: some 5 MB.
const ALL_MAX: usize = 20_000;
/// Surveys that may leave an address out before it is forgotten.
const TURNS_MAX: u8 = 4;
/// Bytes of an address.
const ADDRESS_BYTES_MAX: usize = 500;
/// Addresses on one page that are asked about.
const LEADS_MAX: usize = 500;

/// What is heard of sites under watch, by host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    of_site: BTreeMap<String, BTreeMap<String, Rumour>>,
}

/// One address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Rumour {
    /// The site whose page leads there.
    from: String,
    /// Surveys that had no room for it.
    turns: u8,
}

impl Heard {
    /// Takes in where bad pages of one site lead. Of sites that are not under watch nothing is remembered. Returns the hosts, without
    /// `www.`, of which this is news.
    pub fn take<'l>(
        &mut self,
        from: &str,
        leads_to: impl IntoIterator<Item = &'l str>,
        is_watched: impl Fn(&str) -> bool,
    ) -> BTreeSet<String> {
        let from = bare(from);
        let all = || self.of_site.values().flatten();
        let (mut count, mut count_from) = (
            all().count(),
            all().filter(|(_, one)| one.from == from).count(),
        );
        let mut news = BTreeSet::new();
        for address in leads_to {
            if count >= ALL_MAX || count_from >= FROM_SITE_MAX {
                break;
            }
            let Some((host, address)) = harmless(address) else {
                continue;
            };
            if host == from || !is_watched(&host) {
                continue;
            }
            let of_site = self.of_site.entry(host.clone()).or_default();
            if of_site.len() < OF_SITE_MAX && !of_site.contains_key(&address) {
                let from = from.clone();
                of_site.insert(address, Rumour { from, turns: 0 });
                (count, count_from) = (count + 1, count_from + 1);
                news.insert(host);
            }
        }
        news
    }

    /// Returns the addresses that were heard of a site: a survey of it looks at some ([`super::SurveyPlan::also`]).
    pub fn of(&self, host: &str) -> Vec<String> {
        let of_site = self.of_site.get(&bare(host));
        of_site
            .into_iter()
            .flatten()
            .map(|(one, _)| one.clone())
            .collect()
    }

    /// Takes in a survey of a site: what it found in order is forgotten, what is bad stays, because nobody else names it.
    pub fn learn(&mut self, host: &str, survey: &Survey) {
        let host = bare(host);
        let (Some(own), Some(of_site)) = (Own::of(&survey.site), self.of_site.get_mut(&host))
        else {
            return;
        };
        if survey.lesson.is_void {
            return;
        }
        of_site.retain(|address, rumour| {
            let Whose::Own(path) = own.whose(address) else {
                return false;
            };
            let is_it = |url: &String| own.whose(url) == Whose::Own(path.clone());
            if let Some(looked) = survey.looked.iter().find(|looked| is_it(&looked.url)) {
                rumour.turns = 0;
                return looked.verdict.wants_person();
            }
            let is_forbidden = survey
                .left_out
                .iter()
                .any(|one| one.path == path && one.why == LeftOutWhy::Robots);
            rumour.turns += 1;
            !is_forbidden && rumour.turns < TURNS_MAX
        });
        if of_site.is_empty() {
            self.of_site.remove(&host);
        }
    }

    /// Forgets what was heard of sites that are no longer under watch.
    pub fn retain(&mut self, is_watched: impl Fn(&str) -> bool) {
        self.of_site.retain(|host, _| is_watched(host));
    }

    /// Tells whether nothing was heard.
    pub fn is_empty(&self) -> bool {
        self.of_site.is_empty()
    }
}

/// Returns the host of a site as what is heard of it is remembered: `www.` is left out.
pub fn heard_as(host: &str) -> String {
    bare(host)
}

/// Returns where a page leads that is an alarm and did not lead there when it was approved; nothing of any other page.
pub fn leads_of(check: &Check, memory: Option<&PageMemory>) -> BTreeSet<String> {
    if !check.judgement.verdict.is_alarm() {
        return BTreeSet::new();
    }
    let approved = memory.iter().flat_map(|memory| {
        let versions = memory.approved.iter().map(|approval| &approval.page);
        versions.chain(memory.views.values())
    });
    let known: BTreeSet<&str> = approved
        .flat_map(|page| &page.uses)
        .map(|one| one.url.as_str())
        .collect();
    let shown = check.page.iter().chain(check.views.values());
    let new = shown
        .flat_map(|page| &page.uses)
        .filter(|one| !known.contains(one.url.as_str()));
    new.take(LEADS_MAX).map(|one| one.url.clone()).collect()
}

/// Returns host and address where nobody can be harmed by asking for it: intruders would have the watch try their tricks on others.
/// Nothing in it may be what programs take for more than a name and a number.
fn harmless(address: &str) -> Option<(String, String)> {
    if address.len() > ADDRESS_BYTES_MAX {
        return None;
    }
    let mut url = Url::parse(address).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.set_fragment(None);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let path = url.path();
    // Letters of other languages are written with percent signs; signs of ours are not.
    let is_path = percent_encoding::percent_decode_str(path)
        .all(|byte| is_plain(byte) || byte == b'/' || byte >= 0x80);
    let is_question = url.query().is_none_or(|question| {
        question
            .bytes()
            .all(|one| is_plain(one) || one == b'=' || one == b'&')
    });
    // What pages merely load, and the first page, is looked at anyway.
    let says_something = path != "/" || url.query().is_some();
    if !is_path || !is_question || !says_something || sort_of(path) == Sort::File {
        return None;
    }
    let host = bare(url.host_str()?);
    Some((host, url.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_remembered_that_could_harm_the_site_that_is_asked() {
        for address in [
            "https://so.example/upload/nha-cai.html",
            "https://so.example/upload/nh%C3%A0-c%C3%A1i.html",
            "http://www.so.example:8080/tin?id=12&trang=2",
        ] {
            assert_eq!(harmless(address).unwrap().0, "so.example", "{address}");
        }
        for address in [
            "https://so.example/",
            "https://so.example/a.png",
            "https://so.example/tin?id=1'--",
            "https://so.example/tin?id=1%27--",
            "https://so.example/tin?q=<script>",
            "https://so.example/tin?url=http://evil.example/",
            "https://so.example/%27or%271",
            "https://so.example/a%00b",
            "https://so.example/a%0d%0ab",
            "https://so.example/a;b",
            "ftp://so.example/a",
            "javascript:alert(1)",
            &format!("https://so.example/{}", "a".repeat(600)),
        ] {
            assert_eq!(harmless(address), None, "{address}");
        }
    }

    #[test]
    fn only_sites_under_watch_are_remembered_and_no_site_can_fill_the_memory() {
        let mut heard = Heard::default();
        let is_watched = |host: &str| host.ends_with(".gov.vn");
        let addresses: Vec<String> = (0..2_500)
            .map(|number| format!("https://s{}.gov.vn/upload/{number}.html", number % 20))
            .chain(["https://evil.example/a.html".to_owned()])
            .collect();
        let leads = || addresses.iter().map(String::as_str);
        let news = heard.take("a.gov.vn", leads(), is_watched);
        assert_eq!(news.len(), 20);
        let count = |heard: &Heard| heard.of_site.values().flatten().count();
        assert_eq!(count(&heard), FROM_SITE_MAX);
        assert!(heard.of("evil.example").is_empty());
        for site in 0..4 {
            heard.take(&format!("from{site}.gov.vn"), leads(), is_watched);
        }
        assert_eq!(count(&heard), 20 * OF_SITE_MAX);
        assert!(
            heard
                .take("s1.gov.vn", ["https://s1.gov.vn/x.html"], is_watched)
                .is_empty()
        );
        heard.retain(|host| host == "s1.gov.vn");
        assert_eq!(heard.of("www.S1.gov.vn").len(), OF_SITE_MAX);
        assert!(heard.of("s2.gov.vn").is_empty());
    }
}
