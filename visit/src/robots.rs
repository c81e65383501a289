//! `robots.txt`: where a site asks not to be visited (RFC 9309).

use std::time::Duration;

/// Rules of one site that are read.
const RULES_MAX: usize = 1_000;
/// Bytes of the file that are read: the least that RFC 9309 asks for.
const BYTES_MAX: usize = 500 * 1024;
/// The longest pause that is heeded, 1 minute.
const PAUSE_MAX: u64 = 60;

/// What a site asks of a visitor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots {
    rules: Vec<(bool, String)>,
    /// The pause between requests that it asks for.
    pub pause: Option<Duration>,
    /// Where it says its site maps are.
    pub site_maps: Vec<String>,
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
        for line in text.lines() {
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
                    if site_maps.len() < 20 {
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

    /// Tells whether a path may be visited: the longest rule counts, and of equal ones the kinder.
    pub fn allows(&self, path: &str) -> bool {
        let fitting = self.rules.iter().filter(|(_, rule)| fits(rule, path));
        let best = fitting.max_by_key(|(allows, rule)| (rule.len(), *allows));
        best.is_none_or(|(allows, _)| *allows)
    }

    fn add(&mut self, key: &str, value: &str) {
        if key == "crawl-delay" {
            let seconds = value
                .split('.')
                .next()
                .and_then(|text| text.parse::<u64>().ok());
            self.pause = seconds.map(|seconds| Duration::from_secs(seconds.min(PAUSE_MAX)));
        } else if !value.is_empty() && self.rules.len() < RULES_MAX {
            self.rules
                .push((key == "allow", value.chars().take(500).collect()));
        }
    }
}

/// Tells whether a rule is for a path: `*` stands for anything, `$` at the end for the end.
fn fits(rule: &str, path: &str) -> bool {
    let (rule, to_end) = match rule.strip_suffix('$') {
        Some(rule) => (rule, true),
        None => (rule, false),
    };
    let mut pieces = rule.split('*');
    let Some(mut rest) = path.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let mut last = None;
    for piece in pieces {
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = &rest[at + piece.len()..];
        last = Some(piece);
    }
    match last {
        _ if !to_end => true,
        None => rest.is_empty(),
        // The last piece may also stand further behind than where it was found first.
        Some(piece) => rest.is_empty() || rest.ends_with(piece),
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
        ] {
            assert_eq!(fits(rule, path), expected, "{rule} {path}");
        }
    }

    #[test]
    fn an_empty_rule_forbids_nothing() {
        assert!(Robots::parse("user-agent: *\ndisallow:", "x").allows("/"));
    }
}
