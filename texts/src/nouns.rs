//! The nouns of `domain` in words: one match each, so that a new variant cannot go without its text.

use domain::{
    Answer, CheckKind, Confidence, Consent, HostState, ItemKind, Judgement, Language, Outcome,
    Overdue, Reason, Role, Severity, Sharing, Strength, Verb, Why,
};

use crate::catalogue::Texts;

impl Texts {
    /// Returns the sentence for the rule of judgement that decided.
    pub fn why(&self, why: Why) -> String {
        self.text(match why {
            Why::AbusedLegitimateContent => "why-abused-legitimate-content",
            Why::Combination => "why-combination",
            Why::ContextOnly => "why-context-only",
            Why::KnownPackage => "why-known-package",
            Why::NameOtherContent => "why-name-other-content",
            Why::NameUnchecked => "why-name-unchecked",
            Why::PathOtherContent => "why-path-other-content",
            Why::PathUnchecked => "why-path-unchecked",
            Why::PayloadContent => "why-payload-content",
            Why::RuleConfirmed => "why-rule-confirmed",
            Why::RuleMatched => "why-rule-matched",
            Why::TraceFound => "why-trace-found",
        })
    }

    /// Returns the name of a judgement.
    pub fn judgement(&self, judgement: Judgement) -> String {
        self.text(match judgement {
            Judgement::Confirmed => "judgement-confirmed",
            Judgement::Context => "judgement-context",
            Judgement::Suspicious => "judgement-suspicious",
        })
    }

    /// Returns why something was not examined, in a few words.
    pub fn reason(&self, reason: Reason) -> String {
        self.text(reason_key(reason))
    }

    /// Returns what it means that something was not examined for this reason, in one sentence.
    pub fn reason_meaning(&self, reason: Reason) -> String {
        self.text(&format!("{}-meaning", reason_key(reason)))
    }

    /// Returns the name of a kind of check.
    pub fn check_kind(&self, kind: CheckKind) -> String {
        self.text(match kind {
            CheckKind::Digest => "check-digest",
            CheckKind::Domain => "check-domain",
            CheckKind::FileName => "check-file-name",
            CheckKind::Ip => "check-ip",
            CheckKind::Mutex => "check-mutex",
            CheckKind::NamedPipe => "check-named-pipe",
            CheckKind::Path => "check-path",
            CheckKind::RegistryKey => "check-registry-key",
            CheckKind::RegistryValue => "check-registry-value",
            CheckKind::ScheduledTask => "check-scheduled-task",
            CheckKind::Service => "check-service",
            CheckKind::Sigma => "check-sigma",
            CheckKind::Url => "check-url",
            CheckKind::Yara => "check-yara",
        })
    }

    /// Returns what kind of thing an item is.
    pub fn item_kind(&self, kind: ItemKind) -> String {
        self.text(match kind {
            ItemKind::Connection => "item-connection",
            ItemKind::File => "item-file",
            ItemKind::HostEntry => "item-host-entry",
            ItemKind::Member => "item-member",
            ItemKind::Process => "item-process",
        })
    }

    /// Returns the name of an indicator's role.
    pub fn role(&self, role: Role) -> String {
        self.text(match role {
            Role::AbusedLegitimate => "role-abused-legitimate",
            Role::Context => "role-context",
            Role::Payload => "role-payload",
        })
    }

    /// Returns the name of an issuer's confidence.
    pub fn confidence(&self, confidence: Confidence) -> String {
        self.text(match confidence {
            Confidence::High => "confidence-high",
            Confidence::Low => "confidence-low",
            Confidence::Medium => "confidence-medium",
        })
    }

    /// Returns how much a match proves.
    pub fn strength(&self, strength: Strength) -> String {
        self.text(match strength {
            Strength::Content => "strength-content",
            Strength::Name => "strength-name",
            Strength::Path => "strength-path",
            Strength::Trace => "strength-trace",
        })
    }

    /// Returns the name of a kind of observable as documents write it (`sha1`, `path`, `yara`…).
    pub fn observable_kind(&self, kind: &str) -> String {
        let key = format!("observable-{kind}");
        if self.has(&key) {
            self.text(&key)
        } else {
            kind.to_owned()
        }
    }

    /// Returns what a sweep came to.
    pub fn outcome(&self, outcome: Outcome) -> String {
        self.text(match outcome {
            Outcome::Clean => "outcome-clean",
            Outcome::CleanIncomplete => "outcome-clean-incomplete",
            Outcome::Found => "outcome-found",
            Outcome::FoundIncomplete => "outcome-found-incomplete",
        })
    }

    /// Returns the name of a host's state.
    pub fn host_state(&self, state: HostState) -> String {
        self.text(match state {
            HostState::Complete => "host-complete",
            HostState::Incomplete => "host-incomplete",
            HostState::Pending => "host-pending",
            HostState::Refused => "host-refused",
            HostState::Unreachable => "host-unreachable",
        })
    }

    /// Returns whether an organisation is late, in words.
    pub fn overdue(&self, overdue: Overdue) -> String {
        self.text(match overdue {
            Overdue::DoneInTime => "overdue-done-in-time",
            Overdue::DoneLate => "overdue-done-late",
            Overdue::OpenInTime => "overdue-open-in-time",
            Overdue::OpenOverdue => "overdue-open-overdue",
        })
    }

    /// Returns the name of an organisation's answer to a verb.
    pub fn answer(&self, answer: Answer) -> String {
        self.text(match answer {
            Answer::Pending => "answer-pending",
            Answer::Permit => "answer-permit",
            Answer::Refuse => "answer-refuse",
        })
    }

    /// Returns the name of what an organisation does when asked for a verb.
    pub fn consent(&self, consent: Consent) -> String {
        self.text(match consent {
            Consent::Ask => "consent-ask",
            Consent::Automatic => "consent-automatic",
            Consent::Never => "consent-never",
        })
    }

    /// Returns how much an organisation shares with its parent.
    pub fn sharing(&self, sharing: Sharing) -> String {
        self.text(match sharing {
            Sharing::AcknowledgementOnly => "sharing-acknowledgement-only",
            Sharing::Counts => "sharing-counts",
            Sharing::Full => "sharing-full",
            Sharing::Pseudonymous => "sharing-pseudonymous",
        })
    }

    /// Returns the name of a verb.
    pub fn verb(&self, verb: Verb) -> String {
        self.text(verb_key(verb))
    }

    /// Returns what a verb means for those who permit it, in one sentence.
    pub fn verb_meaning(&self, verb: Verb) -> String {
        self.text(&format!("{}-meaning", verb_key(verb)))
    }

    /// Returns the name of a severity.
    pub fn severity(&self, severity: Severity) -> String {
        self.text(match severity {
            Severity::Critical => "severity-critical",
            Severity::High => "severity-high",
            Severity::Low => "severity-low",
            Severity::Medium => "severity-medium",
        })
    }

    /// Returns the name of a language, in this language.
    pub fn language_name(&self, language: Language) -> String {
        self.text(match language {
            Language::En => "language-en",
            Language::Vi => "language-vi",
        })
    }
}

const fn reason_key(reason: Reason) -> &'static str {
    match reason {
        Reason::Budget => "reason-budget",
        Reason::ChangedWhileRead => "reason-changed-while-read",
        Reason::CheckUnavailable => "reason-check-unavailable",
        Reason::Damaged => "reason-damaged",
        Reason::DetectorFailed => "reason-detector-failed",
        Reason::Encrypted => "reason-encrypted",
        Reason::ExcludedByPlan => "reason-excluded-by-plan",
        Reason::ItemTime => "reason-item-time",
        Reason::Permission => "reason-permission",
        Reason::ReadError => "reason-read-error",
        Reason::SpecialFile => "reason-special-file",
        Reason::Time => "reason-time",
        Reason::TooLarge => "reason-too-large",
        Reason::UnsupportedContainer => "reason-unsupported-container",
        Reason::Vanished => "reason-vanished",
    }
}

const fn verb_key(verb: Verb) -> &'static str {
    match verb {
        Verb::Block => "verb-block",
        Verb::CollectFile => "verb-collect-file",
        Verb::CollectMetadata => "verb-collect-metadata",
        Verb::Inform => "verb-inform",
        Verb::Isolate => "verb-isolate",
        Verb::Restore => "verb-restore",
        Verb::Sweep => "verb-sweep",
    }
}
