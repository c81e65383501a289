//! What one survey may cost, and what it heeds.

use std::time::Duration;

/// How one survey is made.
#[derive(Clone, Debug)]
pub struct SurveyPlan {
    /// Now, in seconds since 1970.
    pub now: i64,
    /// Requests, redirects included, by default 40: at one a second less than a minute of a site's time.
    pub requests: usize,
    /// Pages known before that are looked at again, by default 12: every page has its turn, new ones come first.
    pub again: usize,
    /// Addresses heard of elsewhere, of whichever site: links on other sites' bad pages ([`super::Survey::leads_to`]), results of a
    /// search engine, letters. Those of this site are looked at.
    pub also: Vec<String>,
    /// Whether what `robots.txt` forbids is left out, by default yes. Where the owner of a site has agreed that the watch
    /// looks everywhere, folders that are named only there are the first that an intruder would use.
    pub heeds_robots: bool,
    /// The longest pause between requests that is kept because the site asks for it, by default 10 s.
    pub pause_max: Duration,
    /// Time for all of it, by default 10 minutes: what is left over has its turn another time.
    pub time: Duration,
}

impl SurveyPlan {
    /// Plans a survey as they usually are.
    pub fn at(now: i64) -> Self {
        Self {
            now,
            requests: 40,
            again: 12,
            also: Vec::new(),
            heeds_robots: true,
            pause_max: Duration::from_secs(10),
            time: Duration::from_mins(10),
        }
    }
}
