//! Introduces YARA-X: to the sweep as a detector, to drafting as a checker.

use std::time::Duration;

use domain::{Alert, CheckKind, ItemKind, Reason, RuleLanguage};
use drafting::RuleChecker;
use rules::{CompiledRules, RuleMatch, ScanError, ScanFacts, Session, SourceSet};
use sweep::{
    Check, Detector, DetectorError, DetectorSession, Fingerprint, Interest, ItemFacts, Match,
    PartSet, Proof,
};

/// How long the rules may take with one content. A rule that needs longer would hold up the whole sweep.
const CONTENT_TIME_MAX: Duration = Duration::from_mins(1);
/// How long the rules of one alert may prove themselves before a sweep, on all cores: enough for some hundred sources, and
/// alerts have a few. Those that it does not suffice for are reported as not tried.
const SELF_TEST_TIME_MAX: Duration = Duration::from_millis(500);

/// The compiled rules of one alert.
pub struct RuleDetector {
    compiled: CompiledRules,
}

impl RuleDetector {
    /// Compiles the YARA rules of `alert`; nothing where it has none.
    pub fn for_alert(alert: &Alert) -> Result<Option<Self>, String> {
        let of_yara = alert
            .rules
            .iter()
            .filter(|rule| rule.language == RuleLanguage::Yara);
        let sources: Vec<(&str, &str)> = of_yara
            .map(|rule| (rule.id.as_str(), rule.source.as_str()))
            .collect();
        if sources.is_empty() {
            return Ok(None);
        }
        let compiled = rules::compile(&sources).map_err(|problems| in_words(&problems))?;
        Ok(Some(Self { compiled }))
    }
}

impl Detector for RuleDetector {
    fn checks(&self) -> Vec<Check> {
        let sources = self.compiled.sources().iter();
        sources.map(|source| yara(&source.id)).collect()
    }

    fn parts(&self) -> Vec<Fingerprint> {
        let sources = self.compiled.sources().iter();
        sources.map(|source| source.fingerprint).collect()
    }

    fn interest(&self, item: &ItemFacts<'_>, parts: &PartSet, head: Option<&[u8]>) -> Interest {
        match item.kind {
            ItemKind::Connection | ItemKind::HostEntry => return Interest::Nothing,
            ItemKind::Process => return Interest::Whole,
            ItemKind::File | ItemKind::Member => {}
        }
        let container = container_of(item);
        let facts = facts_of(item, &container);
        let candidates = self.compiled.needs_content(&facts, item.size_bytes, head);
        let wanted = candidates.iter().any(|source| parts.contains(source));
        match (wanted, head) {
            (false, _) => Interest::Nothing,
            (true, None) => Interest::Head,
            (true, Some(_)) => Interest::Whole,
        }
    }

    fn interest_from_memory(
        &self,
        item: &ItemFacts<'_>,
        parts: &PartSet,
        remembered_head: &[u8],
    ) -> Interest {
        let container = container_of(item);
        let facts = facts_of(item, &container);
        let candidates =
            self.compiled
                .needs_content(&facts, item.size_bytes, Some(remembered_head));
        if candidates.iter().any(|source| parts.contains(source)) {
            Interest::Whole
        } else {
            Interest::Nothing
        }
    }

    fn check_of(&self, part: usize, _remembered: &Check) -> Option<Check> {
        let source = self.compiled.sources().get(part)?;
        Some(yara(&source.id))
    }

    fn filters_pieces(&self) -> bool {
        true
    }

    /// Matches a content for each source, made for it.
    fn self_test(&self) -> Vec<(Check, Proof)> {
        let sources = self.compiled.sources();
        let proofs = self.compiled.self_test(SELF_TEST_TIME_MAX).into_iter();
        proofs
            .filter_map(|tested| {
                let source = sources.get(tested.source)?;
                let proof = match tested.proof {
                    rules::Proof::Fails(why) => Proof::Fails(why),
                    rules::Proof::NoSample => Proof::NoSample,
                    rules::Proof::NotTried => Proof::NotTried,
                    rules::Proof::Works(_) => Proof::Works,
                };
                Some((yara(&source.id), proof))
            })
            .collect()
    }

    fn session(&self) -> Box<dyn DetectorSession + '_> {
        Box::new(RuleSession {
            session: self.compiled.session(CONTENT_TIME_MAX),
            sources: &self.compiled,
            parts: PartSet::none(0),
            candidates: None,
        })
    }
}

/// Matching a whole content: alone, or after its pieces.
type ScanWhole<'r> = fn(
    &mut Session<'r>,
    Option<&SourceSet>,
    &ScanFacts<'_>,
    &[u8],
) -> Result<Vec<RuleMatch>, ScanError>;

struct RuleSession<'r> {
    session: Session<'r>,
    sources: &'r CompiledRules,
    /// Which are asked of a content that comes in pieces.
    parts: PartSet,
    /// Which may match the content of which all pieces came.
    candidates: Option<SourceSet>,
}

impl<'r> RuleSession<'r> {
    /// Returns how many of the sources that are asked may match the content that came in pieces.
    fn candidate_count(&mut self) -> usize {
        let session = &mut self.session;
        let candidates = self.candidates.get_or_insert_with(|| session.finish());
        candidates
            .iter()
            .filter(|source| self.parts.contains(*source))
            .count()
    }

    /// Matches a whole content in one of the two ways, and tells it as a sweep knows it.
    fn match_whole(
        &mut self,
        item: &ItemFacts<'_>,
        parts: &PartSet,
        content: &[u8],
        scan: ScanWhole<'r>,
    ) -> Result<Vec<Match>, DetectorError> {
        let container = container_of(item);
        let facts = facts_of(item, &container);
        let only = only_of(parts);
        let outcome = scan(&mut self.session, only.as_ref(), &facts, content);
        let matches = outcome.map_err(|error| {
            let reason = match error {
                ScanError::Timeout(_) => Reason::ItemTime,
                ScanError::Stopped => Reason::Time,
                ScanError::Engine(_) => Reason::DetectorFailed,
            };
            DetectorError::because(reason, error.to_string())
        })?;
        let sources = self.sources.sources();
        let part_of = |id: &str| sources.iter().position(|source| source.id == id);
        Ok(matches
            .into_iter()
            .map(|found| Match {
                part: part_of(&found.source_id).unwrap_or_default(),
                check: yara(&found.source_id),
                value: found.rule_name,
                place: None,
            })
            .collect())
    }
}

impl DetectorSession for RuleSession<'_> {
    fn start(&mut self, item: &ItemFacts<'_>, parts: &PartSet) -> Result<(), DetectorError> {
        let container = container_of(item);
        self.session
            .begin_filter(&facts_of(item, &container), item.size_bytes);
        self.parts = parts.clone();
        self.candidates = None;
        Ok(())
    }

    fn push(&mut self, piece: &[u8]) -> Result<(), DetectorError> {
        self.session.push(piece);
        Ok(())
    }

    /// Of a content that is too large to be held, pieces show that no rule can match, or else it is not known.
    fn finish(&mut self) -> Result<Vec<Match>, DetectorError> {
        match self.candidate_count() {
            0 => Ok(Vec::new()),
            count => {
                let message = format!("{count} rule sources might match");
                Err(DetectorError::because(Reason::TooLarge, message))
            }
        }
    }

    fn scan(
        &mut self,
        item: &ItemFacts<'_>,
        parts: &PartSet,
        content: &[u8],
    ) -> Result<Vec<Match>, DetectorError> {
        self.match_whole(item, parts, content, Session::scan_sources)
    }

    fn needs_whole(&mut self) -> bool {
        self.candidate_count() > 0
    }

    fn scan_after_pieces(
        &mut self,
        item: &ItemFacts<'_>,
        parts: &PartSet,
        content: &[u8],
    ) -> Result<Vec<Match>, DetectorError> {
        self.match_whole(item, parts, content, Session::scan_streamed)
    }
}

/// Returns the sources that are asked; nothing for all.
fn only_of(parts: &PartSet) -> Option<SourceSet> {
    (!parts.is_all()).then(|| parts.iter().collect())
}

/// What a rule calls the container that a content was taken out of: the kind in capitals, as scanners of mail write it.
fn container_of(item: &ItemFacts<'_>) -> String {
    item.container.unwrap_or_default().to_uppercase()
}

fn facts_of<'f>(item: &'f ItemFacts<'_>, container: &'f str) -> ScanFacts<'f> {
    ScanFacts {
        path: item.path,
        owner: "",
        unpack_source: container,
    }
}

fn yara(id: &str) -> Check {
    Check {
        kind: CheckKind::Yara,
        indicator: id.to_owned(),
    }
}

/// Compiles what officers draft.
pub struct RuleCompiler;

impl RuleChecker for RuleCompiler {
    fn check(&self, language: RuleLanguage, source: &str) -> Vec<drafting::RuleProblem> {
        let problem = |line, column, message| drafting::RuleProblem {
            line,
            column,
            message,
        };
        match language {
            RuleLanguage::Sigma => {
                let problems = events::check(source).into_iter();
                problems
                    .map(|one| problem(one.line, one.column, one.message))
                    .collect()
            }
            RuleLanguage::Yara => {
                let problems = rules::check(source).into_iter();
                problems
                    .map(|one| problem(one.line, one.column, one.message))
                    .collect()
            }
        }
    }
}

fn in_words(problems: &[rules::RuleProblem]) -> String {
    let first = problems.first().map(|problem| {
        let id = &problem.source_id;
        format!(
            "{id}:{}:{}: {}",
            problem.line, problem.column, problem.message
        )
    });
    first_of(first, problems.len())
}

/// Returns the first problem of so many, for an error of one line.
pub(super) fn first_of(first: Option<String>, count: usize) -> String {
    let first = first.unwrap_or_default();
    match count {
        0 | 1 => first,
        more => format!("{first} (and {} more problems)", more - 1),
    }
}
