//! `robots.txt`: where a site asks not to be visited (RFC 9309). Kept for a day for each site, as the RFC allows.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use url::Url;

use crate::visiting::{Outcome, Visit, Web};
use crate::visitors::Visitor;

/// The name under which sites can address us.
const OUR_NAME: &str = "Tocsin-Watch";
/// Rules of one site that are read.
const RULES_MAX: usize = 1_000;
/// Bytes of one rule.
const RULE_BYTES: usize = 500;
/// Site maps of one site.
const SITE_MAPS_MAX: usize = 20;
/// Bytes of the file that are read: the least that RFC 9309 asks for.
const BYTES_MAX: usize = 500 * 1024;
/// The longest pause that is heeded, in seconds: a minute.
const PAUSE_MAX: f64 = 60.0;
/// How long what a site asked holds: RFC 9309 allows a day.
const KEPT: Duration = Duration::from_hours(24);
/// How long it is believed that the file cannot be had.
const KEPT_UNREACHABLE: Duration = Duration::from_hours(1);
/// Sites whose rules are kept: more than are watched from one machine.
const SITES_MAX: usize = 20_000;

/// What a site asks of a visitor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Robots {
    rules: Vec<(bool, String)>,
    /// The pause between requests that it asks for.
    pub pause: Option<Duration>,
    /// Where it says its site maps are.
    pub site_maps: Vec<String>,
    /// Whether the file could not be had: the site has not said yes, and nothing may be visited (RFC 9309, 2.3.1.4).
    pub is_unreachable: bool,
}

impl Robots {
    /// Reads the file for a visitor of this name; its own group counts, or that for everybody.
    pub fn parse(text: &str, visitor: &str) -> Self {
        let text = &text[..text.floor_char_boundary(BYTES_MAX)];
        let visitor = visitor.to_ascii_lowercase();
        let (mut own, mut everybody) = (Self::default(), Self::default());
        let (mut has_own, mut for_own, mut for_everybody) = (false, false, false);
        let mut in_names = false;
        let mut site_maps = Vec::new();
        for line in text.trim_start_matches('\u{feff}').split(['\n', '\r']) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "user-agent" => {
                    if !in_names {
                        (for_own, for_everybody) = (false, false);
                    }
                    in_names = true;
                    let name = value.to_ascii_lowercase();
                    for_own |= name != "*" && !name.is_empty() && visitor.starts_with(&name);
                    for_everybody |= name == "*";
                    has_own |= for_own;
                    continue;
                }
                "sitemap" => {
                    if site_maps.len() < SITE_MAPS_MAX && value.len() <= 2_048 {
                        site_maps.push(value.to_owned());
                    }
                    continue;
                }
                key @ ("allow" | "disallow" | "crawl-delay") => {
                    let groups = [(for_own, &mut own), (for_everybody, &mut everybody)];
                    for (_, group) in groups.into_iter().filter(|(is_for, _)| *is_for) {
                        group.add(key, value);
                    }
                }
                _ => {}
            }
            in_names = false;
        }
        let mut chosen = if has_own { own } else { everybody };
        chosen.site_maps = site_maps;
        chosen
    }

    /// Returns what it means that a visit to the file came to this.
    pub fn of_visit(visit: &Visit) -> Self {
        match &visit.outcome {
            Outcome::Page(page) if page.status < 300 => {
                let text = String::from_utf8_lossy(&page.body);
                // Who answers every question with a page has no rules.
                if text.trim_start().starts_with('<') {
                    return Self::default();
                }
                Self::parse(&text, OUR_NAME)
            }
            // The site has no such file: everything may be visited.
            Outcome::Page(page) if (400..500).contains(&page.status) && page.status != 429 => {
                Self::default()
            }
            Outcome::Page(_) | Outcome::Failed(_) | Outcome::Unchanged => Self {
                is_unreachable: true,
                ..Self::default()
            },
        }
    }

    /// Tells whether a path may be visited: the longest rule counts, and of equal ones the kinder.
    pub fn allows(&self, path: &str) -> bool {
        if self.is_unreachable {
            return false;
        }
        let path = normal(path);
        let fitting = self.rules.iter().filter(|(_, rule)| fits(rule, &path));
        let best = fitting.max_by_key(|(allows, rule)| (rule.len(), *allows));
        best.is_none_or(|(allows, _)| *allows)
    }

    /// Returns the folders that the site asks not to visit: people write down what they would rather hide.
    pub fn forbidden_folders(&self) -> impl Iterator<Item = &str> {
        let forbidden = self.rules.iter().filter(|(allows, _)| !allows);
        let paths = forbidden.map(|(_, rule)| rule.trim_end_matches(['*', '$']));
        paths.filter(|path| path.len() > 1 && path.ends_with('/') && !path.contains('*'))
    }

    fn add(&mut self, key: &str, value: &str) {
        if key == "crawl-delay" {
            let seconds = value.parse::<f64>().ok();
            let seconds = seconds.filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
            self.pause = seconds.map(|seconds| Duration::from_secs_f64(seconds.min(PAUSE_MAX)));
        } else if !value.is_empty() && self.rules.len() < RULES_MAX {
            let rule = &value[..value.floor_char_boundary(RULE_BYTES)];
            self.rules.push((key == "allow", normal(rule)));
        }
    }
}

/// Returns a path as it is compared (RFC 9309, 2.2.2): what need not be written with `%` is not, everything else is.
fn normal(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let bytes = path.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hexadecimal = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
        let pair = (
            hexadecimal(bytes.get(at + 1)),
            hexadecimal(bytes.get(at + 2)),
        );
        let (value, is_escaped) = match pair {
            (Some(high), Some(low)) if *byte == b'%' => {
                at += 2;
                (u8::try_from(high * 16 + low).unwrap_or(0), true)
            }
            _ => (*byte, false),
        };
        at += 1;
        let is_unreserved = value.is_ascii_alphanumeric() || b"-._~".contains(&value);
        if is_unreserved || (value.is_ascii_graphic() && !is_escaped) {
            out.push(char::from(value));
        } else {
            let _ = write!(out, "%{value:02X}");
        }
    }
    out
}

/// Tells whether a rule is for a path: `*` stands for anything, `$` at the end for the end.
fn fits(rule: &str, path: &str) -> bool {
    let (rule, to_end) = match rule.strip_suffix('$') {
        Some(rule) => (rule, true),
        None => (rule, false),
    };
    let mut pieces = rule.split('*').peekable();
    let Some(mut rest) = path.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    if pieces.peek().is_none() {
        return !to_end || rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        // The last piece may also stand further behind than where it is found first.
        if to_end && pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = &rest[at + piece.len()..];
    }
    true
}

/// What sites asked, by site.
#[derive(Debug, Default)]
pub(crate) struct RobotsKept {
    by_site: Mutex<HashMap<String, (Instant, Arc<Robots>)>>,
}

impl RobotsKept {
    fn find(&self, site: &str) -> Option<Arc<Robots>> {
        let kept = self.by_site.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, robots) = kept.get(site)?;
        (*until > Instant::now()).then(|| Arc::clone(robots))
    }

    fn keep(&self, site: String, robots: &Arc<Robots>) {
        let now = Instant::now();
        let time = if robots.is_unreachable {
            KEPT_UNREACHABLE
        } else {
            KEPT
        };
        let mut kept = self.by_site.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= SITES_MAX {
            kept.retain(|_, (until, _)| *until > now);
        }
        if kept.len() < SITES_MAX {
            kept.insert(site, (now + time, Arc::clone(robots)));
        }
    }

    fn forget(&self) {
        let mut kept = self.by_site.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clear();
    }
}

impl Web {
    /// Returns what the site of an address asks of us, at most a day old; and the visit, where one was made for it.
    pub async fn robots(&self, url: &str) -> (Arc<Robots>, Option<Visit>) {
        let Ok(url) = Url::parse(url) else {
            return (Arc::default(), None);
        };
        let site = url.origin().ascii_serialization();
        if let Some(robots) = self.robots_kept().find(&site) {
            return (robots, None);
        }
        let visit = self
            .visit(&format!("{site}/robots.txt"), Visitor::Watch, None)
            .await;
        let robots = Arc::new(Robots::of_visit(&visit));
        self.robots_kept().keep(site, &robots);
        (robots, Some(visit))
    }

    /// Forgets what all sites asked: the next question goes out again.
    pub fn forget_robots(&self) {
        self.robots_kept().forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_group_counts_before_that_for_everybody() {
        let text = "User-agent: other\nUser-agent: *\nDisallow: /\n\nUser-Agent: tocsin\nDisallow: /a # no\nAllow: /a/b\n\
            Crawl-delay: 7\nSitemap: https://x.example/map.xml";
        let ours = Robots::parse(text, "Tocsin-Watch");
        assert!(ours.allows("/") && !ours.allows("/a/c") && ours.allows("/a/b/c"));
        assert_eq!(ours.pause, Some(Duration::from_secs(7)));
        assert_eq!(ours.site_maps, ["https://x.example/map.xml"]);
        assert!(!Robots::parse(text, "somebody").allows("/"));
    }

    #[test]
    fn stars_and_ends_mean_what_the_rfc_says() {
        for (rule, path, expected) in [
            ("/", "/anything", true),
            ("/*.php$", "/a/b.php", true),
            ("/*.php$", "/a/b.php?x", false),
            ("/*.php$", "/a.php/b.php", true),
            ("/a*b", "/axxbyy", true),
            ("/a*b", "/axx", false),
            ("/fish*", "/fish", true),
            ("/a$", "/a", true),
            ("/a$", "/ab", false),
            ("/*aa$", "/aaa", true),
            ("/a*b*c$", "/a1b2c3c", true),
            ("/*a*a$", "/a", false),
        ] {
            assert_eq!(fits(rule, path), expected, "{rule} {path}");
        }
    }

    #[test]
    fn an_empty_rule_forbids_nothing() {
        assert!(Robots::parse("user-agent: *\ndisallow:", "x").allows("/"));
    }

    #[test]
    fn a_path_is_the_same_however_it_is_written() {
        let robots = Robots::parse("user-agent: *\rdisallow: /t%C3%A0i-li%e1%bb%87u/%61", "x");
        assert!(!robots.allows("/tài-liệu/a"));
        assert!(!robots.allows("/t%c3%a0i-li%E1%BB%87u/abc"));
        assert!(robots.allows("/t%c3%a0i-li%E1%BB%87u/%2561"));
    }

    #[test]
    fn a_pause_is_a_number_or_nothing_and_never_endless() {
        let pause =
            |value: &str| Robots::parse(&format!("user-agent: *\ncrawl-delay: {value}"), "x").pause;
        assert_eq!(pause("0.5"), Some(Duration::from_millis(500)));
        assert_eq!(pause("1e300"), Some(Duration::from_mins(1)));
        for value in ["inf", "NaN", "-1", "soon", ""] {
            assert_eq!(pause(value), None, "{value}");
        }
    }

    #[test]
    fn folders_that_somebody_would_rather_hide_are_told() {
        let text = "user-agent: *\ndisallow: /\ndisallow: /admin/\ndisallow: /*/x/\ndisallow: /a.php\ndisallow: /tmp/*";
        let robots = Robots::parse(text, "x");
        let folders: Vec<&str> = robots.forbidden_folders().collect();
        assert_eq!(folders, ["/admin/", "/tmp/"]);
    }
}
