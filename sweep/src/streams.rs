//! Members too large to be held for nobody: examined while they come out of their container, and held only where a
//! detector needs the whole.

use crate::conclude::{Content, Examined};
use crate::detector::{HEAD_BYTES, Interest, ItemFacts, MemberStream};
use crate::hash::{AlgorithmSet, Hasher};
use crate::matching::Interests;
use crate::subject::Subject;
use crate::walk::Worker;

/// Bytes that are held to learn the size of a member that nobody states, where detectors may ask for it. 16 MiB: what is
/// compressed alone and larger is nearly always text.
const UNSTATED_BYTES_MAX: u64 = 16 << 20;

impl Worker<'_, '_> {
    /// Examines a member while it is decoded. What it is sought for by name is looked up with its real size, once that is
    /// known.
    pub(crate) fn examine_stream<'i>(
        &mut self,
        subject_of: &dyn Fn(u64) -> Subject<'i>,
        stream: &mut dyn MemberStream,
    ) {
        let plan = self.shared.plan;
        let rule_bytes_max = self.shared.options.rule_bytes_max;
        let stated = stream.stated_bytes();
        let front_bytes = stream.front().len() as u64;
        let likely = subject_of(stated.unwrap_or(front_bytes).max(front_bytes));
        let path = likely.path();
        let mut interests = self.interests_in(&likely.facts(&path), stream);
        let hold_max = match stated {
            _ if plan.targets.iter().all(|one| one.detectors.is_empty()) => 0,
            _ if interests.any(Interest::Whole) => rule_bytes_max,
            // They may want another size.
            None if !interests.are_pieces() => rule_bytes_max.min(UNSTATED_BYTES_MAX),
            _ => 0,
        };
        if hold_max > 0
            && let Some(whole) = stream.hold(hold_max)
        {
            return self.examine_member(&subject_of(whole.len() as u64), whole);
        }
        interests.take_pieces();
        self.pass_stream(subject_of, &likely.facts(&path), &interests, stream);
    }

    /// Reads a member to its end, for digests and for those who take pieces.
    fn pass_stream<'i>(
        &mut self,
        subject_of: &dyn Fn(u64) -> Subject<'i>,
        facts: &ItemFacts<'_>,
        interests: &Interests,
        stream: &mut dyn MemberStream,
    ) {
        let shared = self.shared;
        self.plan_member(&subject_of(facts.size_bytes));
        let nobody_asks = self.named.is_empty()
            && interests.are_none()
            && shared.plan.algorithms().is_empty()
            && shared.memory.is_none();
        // It cannot be read again, and a finding shows all digests.
        let algorithms = if nobody_asks {
            AlgorithmSet::NONE
        } else {
            AlgorithmSet::ALL
        };
        let mut hasher = Hasher::new(algorithms);
        let mut pieces = self.sessions.start(facts, interests);
        let mut size_bytes = 0_u64;
        stream.pieces(&mut |piece| {
            size_bytes = size_bytes.saturating_add(piece.len() as u64);
            hasher.update(piece);
            self.sessions.push(&mut pieces, piece);
        });
        let digests = hasher.finish();
        let subject = subject_of(size_bytes);
        let mut interests = interests.clone();
        if size_bytes != facts.size_bytes {
            // Nobody stated the size, or somebody lied: what was asked and answered by it does not count.
            let path = subject.path();
            interests.want_whole_where(&self.interests_in(&subject.facts(&path), stream));
        }
        let interests = &interests;
        let verdicts = (self.sessions).conclude(shared.plan, facts, interests, &mut pieces, None);
        self.plan_member(&subject);
        self.ledger.count_item(subject.kind, size_bytes);
        self.ledger.read_count += 1;
        self.learn_member(&subject, &digests, interests, &verdicts);
        let examined = Examined {
            subject: &subject,
            digests,
            failure: None,
            was_wanted: true,
            content: Content::Known,
        };
        self.conclude(examined, verdicts);
    }

    fn interests_in(&self, facts: &ItemFacts<'_>, stream: &dyn MemberStream) -> Interests {
        let front = stream.front();
        let head = &front[..front.len().min(HEAD_BYTES)];
        Interests::of(self.shared.plan, facts, Some(head))
    }
}
