//! Introduces Windows event logs to the sweep: their records are asked Sigma rules, and searched for the alert's domains,
//! addresses, URLs and digests. One reading serves both.

use domain::{Alert, CheckKind, ItemKind, Reason, RuleLanguage};
use events::{EventMatch, EventReader, RuleSource, SigmaRules};
use sweep::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, Interest, ItemFacts, Match,
    PartSet, Proof,
};

use super::fingerprint;
use super::record_search::RecordSearch;
use super::text_logs::SoughtInLogs;

/// Changes when rules or logs are read differently: what was judged before is then judged again.
const VERSION: &str = "event logs 1";
/// Changes when values are looked for differently.
const SEARCH_VERSION: &str = "values in event logs 1";

/// What one alert seeks in event logs.
pub struct EventLogDetector {
    rules: SigmaRules,
    /// For logs that are searched only.
    no_rules: SigmaRules,
    ids: Vec<String>,
    sought: Option<SoughtInLogs>,
    parts: Vec<Fingerprint>,
    /// Which of them is the rules'.
    rules_part: Option<usize>,
    /// Which of them is the search's.
    search_part: Option<usize>,
}

impl EventLogDetector {
    /// Compiles the Sigma rules of `alert` and makes the search; nothing where it has none and seeks nothing.
    pub fn for_alert(alert: &Alert) -> Result<Option<Self>, String> {
        let of_sigma = alert
            .rules
            .iter()
            .filter(|rule| rule.language == RuleLanguage::Sigma);
        let sources: Vec<RuleSource<'_>> = of_sigma
            .map(|rule| RuleSource {
                id: &rule.id,
                text: &rule.source,
            })
            .collect();
        let sought = SoughtInLogs::of(alert);
        if sources.is_empty() && sought.is_none() {
            return Ok(None);
        }
        let rules = events::compile(&sources).map_err(|problems| in_words(&problems))?;
        let no_rules = events::compile(&[]).map_err(|problems| in_words(&problems))?;
        let mut parts = Vec::new();
        let mut add = |fingerprint| {
            parts.push(fingerprint);
            parts.len() - 1
        };
        // A remembered match says which rule it was.
        let texts = || {
            let sources = sources.iter();
            sources.map(|source| format!("{} {}", source.id, source.text))
        };
        let rules_part = (!sources.is_empty()).then(|| add(fingerprint::of(VERSION, texts())));
        let search_part = sought
            .as_ref()
            .map(|sought| add(sought.fingerprint(SEARCH_VERSION)));
        Ok(Some(Self {
            rules,
            no_rules,
            ids: sources.iter().map(|source| source.id.to_owned()).collect(),
            sought,
            parts,
            rules_part,
            search_part,
        }))
    }
}

impl Detector for EventLogDetector {
    fn checks(&self) -> Vec<Check> {
        let rules = self.ids.iter().map(|id| sigma(id));
        rules
            .chain(self.sought.iter().flat_map(SoughtInLogs::checks))
            .collect()
    }

    fn parts(&self) -> Vec<Fingerprint> {
        self.parts.clone()
    }

    fn kind(&self) -> Option<Fingerprint> {
        Some(fingerprint::of_kind(VERSION))
    }

    fn interest(&self, item: &ItemFacts<'_>, _parts: &PartSet, head: Option<&[u8]>) -> Interest {
        let is_content = matches!(item.kind, ItemKind::File | ItemKind::Member);
        // The header of a log alone has 4,096 bytes.
        if !is_content || item.size_bytes < 4_096 {
            return Interest::Nothing;
        }
        match head {
            None => Interest::Head,
            Some(head) if events::is_event_log(head) => Interest::Pieces,
            Some(_) => Interest::Nothing,
        }
    }

    /// Reads a log of one record for each source, made for it, and searches for each value in what a record says.
    fn self_test(&self) -> Vec<(Check, Proof)> {
        let proofs = self.rules.self_test().into_iter();
        let of_rules = proofs.map(|(id, proof)| {
            let proof = match proof {
                events::Proof::Fails(why) => Proof::Fails(why),
                events::Proof::NoSample => Proof::NoSample,
                events::Proof::Works => Proof::Works,
            };
            (sigma(&id), proof)
        });
        let record_of = |sample: &str| format!("EventID: 22  QueryName: {sample}  \n");
        let sought = self.sought.iter();
        of_rules
            .chain(sought.flat_map(|sought| sought.self_test(&record_of)))
            .collect()
    }

    fn session(&self) -> Box<dyn DetectorSession + '_> {
        Box::new(EventLogSession {
            detector: self,
            asking: self.rules.reader(),
            quiet: self.no_rules.reader(),
            asks_rules: false,
            search: self.sought.as_ref().map(RecordSearch::new),
            searches: false,
        })
    }
}

struct EventLogSession<'d> {
    detector: &'d EventLogDetector,
    asking: EventReader<'d>,
    /// Reads where only the search is wanted.
    quiet: EventReader<'d>,
    asks_rules: bool,
    search: Option<RecordSearch<'d>>,
    searches: bool,
}

impl<'d> EventLogSession<'d> {
    /// Returns who reads the log, and who searches what it reads.
    fn both(&mut self) -> (&mut EventReader<'d>, Option<&mut RecordSearch<'d>>) {
        let reader = if self.asks_rules {
            &mut self.asking
        } else {
            &mut self.quiet
        };
        (reader, self.search.as_mut().filter(|_| self.searches))
    }
}

impl DetectorSession for EventLogSession<'_> {
    fn start(&mut self, _item: &ItemFacts<'_>, parts: &PartSet) -> Result<(), DetectorError> {
        let is_asked = |part: Option<usize>| part.is_some_and(|part| parts.contains(part));
        self.asks_rules = is_asked(self.detector.rules_part);
        self.searches = is_asked(self.detector.search_part);
        let (reader, search) = self.both();
        reader.start();
        if let Some(search) = search {
            search.start();
        }
        Ok(())
    }

    fn push(&mut self, piece: &[u8]) -> Result<(), DetectorError> {
        match self.both() {
            (reader, None) => reader.push(piece),
            (reader, Some(search)) => {
                search.search(|each| reader.push_telling(piece, each));
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<Match>, DetectorError> {
        let (rules_part, search_part) = (self.detector.rules_part, self.detector.search_part);
        let (reader, search) = self.both();
        let (outcome, found) = match search {
            None => (reader.finish(), Vec::new()),
            Some(search) => {
                let outcome = search.search(|each| reader.finish_telling(each));
                (outcome, search.finish(search_part.unwrap_or(0)))
            }
        };
        let of_rules = outcome.matches.into_iter();
        let matches = of_rules
            .map(|found| match_of(found, rules_part.unwrap_or(0)))
            .chain(found)
            .collect();
        match outcome.damaged.first() {
            None => Ok(matches),
            Some(first) => {
                let what = format!("at byte {}: {}", first.offset, first.what);
                Err(DetectorError::because(Reason::Damaged, what).with_matches(matches))
            }
        }
    }
}

fn match_of(found: EventMatch, part: usize) -> Match {
    let place = format!(
        "record {}, {}, {} event {} on {}: {}",
        found.record_id, found.at, found.channel, found.event_id, found.computer, found.summary
    );
    Match {
        part,
        check: sigma(&found.source_id),
        value: found.rule_title,
        place: Some(place),
    }
}

fn sigma(id: &str) -> Check {
    Check {
        kind: CheckKind::Sigma,
        indicator: id.to_owned(),
    }
}

fn in_words(problems: &[events::RuleProblem]) -> String {
    let first = problems.first().map(|problem| {
        let id = &problem.source_id;
        format!(
            "{id}:{}:{}: {}",
            problem.line, problem.column, problem.message
        )
    });
    super::rules::first_of(first, problems.len())
}
