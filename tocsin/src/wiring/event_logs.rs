//! Introduces Sigma rules over Windows event logs: to the sweep as a detector, to drafting as a checker.

use domain::{Alert, CheckKind, ItemKind, Reason, RuleLanguage};
use events::{EventMatch, EventReader, RuleSource, SigmaRules};
use sweep::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, Interest, ItemFacts, Match,
    PartSet, Proof,
};

use super::fingerprint;

/// Changes when rules or logs are read differently: what was judged before is then judged again.
const VERSION: &str = "event logs 1";

/// The Sigma rules of one alert.
pub struct EventLogDetector {
    rules: SigmaRules,
    ids: Vec<String>,
    fingerprint: Fingerprint,
}

impl EventLogDetector {
    /// Compiles the Sigma rules of `alert`; nothing where it has none.
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
        if sources.is_empty() {
            return Ok(None);
        }
        let rules = events::compile(&sources).map_err(|problems| in_words(&problems))?;
        // A remembered match says which rule it was.
        let texts = sources
            .iter()
            .map(|source| format!("{} {}", source.id, source.text));
        Ok(Some(Self {
            rules,
            ids: sources.iter().map(|source| source.id.to_owned()).collect(),
            fingerprint: fingerprint::of(VERSION, texts),
        }))
    }
}

impl Detector for EventLogDetector {
    fn checks(&self) -> Vec<Check> {
        self.ids.iter().map(|id| sigma(id)).collect()
    }

    fn parts(&self) -> Vec<Fingerprint> {
        vec![self.fingerprint]
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

    /// Reads a log of one record for each source, made for it.
    fn self_test(&self) -> Vec<(Check, Proof)> {
        let proofs = self.rules.self_test().into_iter();
        proofs
            .map(|(id, proof)| {
                let proof = match proof {
                    events::Proof::Fails(why) => Proof::Fails(why),
                    events::Proof::NoSample => Proof::NoSample,
                    events::Proof::Works => Proof::Works,
                };
                (sigma(&id), proof)
            })
            .collect()
    }

    fn session(&self) -> Box<dyn DetectorSession + '_> {
        Box::new(EventLogSession(self.rules.reader()))
    }
}

struct EventLogSession<'d>(EventReader<'d>);

impl DetectorSession for EventLogSession<'_> {
    fn start(&mut self, _item: &ItemFacts<'_>, _parts: &PartSet) -> Result<(), DetectorError> {
        self.0.start();
        Ok(())
    }

    fn push(&mut self, piece: &[u8]) -> Result<(), DetectorError> {
        self.0.push(piece);
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<Match>, DetectorError> {
        let outcome = self.0.finish();
        let matches = outcome.matches.into_iter().map(match_of).collect();
        match outcome.damaged.first() {
            None => Ok(matches),
            Some(first) => {
                let what = format!("at byte {}: {}", first.offset, first.what);
                Err(DetectorError::because(Reason::Damaged, what).with_matches(matches))
            }
        }
    }
}

fn match_of(found: EventMatch) -> Match {
    let place = format!(
        "record {}, {}, {} event {} on {}: {}",
        found.record_id, found.at, found.channel, found.event_id, found.computer, found.summary
    );
    Match {
        part: 0,
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
