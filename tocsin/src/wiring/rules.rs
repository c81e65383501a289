//! Introduces YARA-X: to the sweep as a detector, to the agent as its maker, to drafting as a checker.

use std::time::Duration;

use agent::DetectorMaker;
use domain::Alert;
use drafting::RuleChecker;
use rules::{CompiledRules, ScanFacts, Session};
use sweep::{Detector, DetectorError, DetectorSession, ItemFacts, RuleMatch};

/// How long the rules may take with one content. A rule that needs longer would hold up the whole sweep.
const CONTENT_TIME_MAX: Duration = Duration::from_mins(1);

/// The compiled rules of one alert.
pub struct RuleDetector {
    rule_ids: Vec<String>,
    compiled: CompiledRules,
}

impl RuleDetector {
    /// Compiles the rules of `alert`; nothing where it has none.
    pub fn for_alert(alert: &Alert) -> Result<Option<Self>, String> {
        if alert.rules.is_empty() {
            return Ok(None);
        }
        let sources: Vec<(&str, &str)> = alert
            .rules
            .iter()
            .map(|rule| (rule.id.as_str(), rule.source.as_str()))
            .collect();
        let compiled = rules::compile(&sources).map_err(|problems| in_words(&problems))?;
        let rule_ids = alert.rules.iter().map(|rule| rule.id.clone()).collect();
        Ok(Some(Self { rule_ids, compiled }))
    }
}

impl Detector for RuleDetector {
    fn rule_ids(&self) -> Vec<String> {
        self.rule_ids.clone()
    }

    fn session(&self) -> Box<dyn DetectorSession + '_> {
        Box::new(RuleSession(self.compiled.session(CONTENT_TIME_MAX)))
    }
}

struct RuleSession<'r>(Session<'r>);

impl DetectorSession for RuleSession<'_> {
    fn scan(
        &mut self,
        item: &ItemFacts<'_>,
        content: &[u8],
    ) -> Result<Vec<RuleMatch>, DetectorError> {
        let facts = ScanFacts {
            path: item.path,
            owner: "",
            unpack_source: "",
        };
        let matches = self
            .0
            .scan(&facts, content)
            .map_err(|error| DetectorError {
                reason: error.to_string(),
            })?;
        Ok(matches
            .into_iter()
            .map(|found| RuleMatch {
                source_id: found.source_id,
                rule_name: found.rule_name,
            })
            .collect())
    }
}

/// Makes detectors for the agent.
pub struct RuleDetectors;

impl DetectorMaker for RuleDetectors {
    fn make(&self, alert: &Alert) -> Result<Option<Box<dyn Detector>>, String> {
        let detector = RuleDetector::for_alert(alert)?;
        Ok(detector.map(|detector| Box::new(detector) as Box<dyn Detector>))
    }
}

/// Compiles what officers draft.
pub struct YaraChecker;

impl RuleChecker for YaraChecker {
    fn check(&self, source: &str) -> Vec<drafting::RuleProblem> {
        let problems = rules::check(source).into_iter();
        problems
            .map(|problem| drafting::RuleProblem {
                line: problem.line,
                column: problem.column,
                message: problem.message,
            })
            .collect()
    }
}

fn in_words(problems: &[rules::RuleProblem]) -> String {
    let first = problems.first().map_or_else(String::new, |problem| {
        format!(
            "{}:{}:{}: {}",
            problem.source_id, problem.line, problem.column, problem.message
        )
    });
    match problems.len() {
        0 | 1 => first,
        more => format!("{first} (and {} more problems)", more - 1),
    }
}
