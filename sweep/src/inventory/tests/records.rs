//! Records as bytes: what is written is read back, and what is not a record is nothing.

use domain::Reason;
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::encoding::{Prefix, Record, patch};
use super::super::judging::Judged;
use super::super::trust::Trust;
use super::super::{
    Contents, Facts, FileIdentity, Head, Inner, KnownDigests, KnownHit, MEMBERS_MAX, Member,
    NotOpened, Opener,
};

fn digests() -> impl Strategy<Value = KnownDigests> {
    any::<(Option<[u8; 16]>, Option<[u8; 20]>, Option<[u8; 32]>)>()
        .prop_map(|(md5, sha1, sha256)| KnownDigests { md5, sha1, sha256 })
}

fn hit() -> impl Strategy<Value = KnownHit> {
    let texts = (
        ".{0,9}",
        ".{0,9}",
        ".{0,30}",
        proptest::option::of(".{0,9}"),
    );
    (any::<[u8; 32]>(), texts).prop_map(|(fingerprint, (kind, indicator, value, place))| KnownHit {
        fingerprint,
        kind,
        indicator,
        value,
        place,
    })
}

fn names() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(any::<u8>(), 0..40), 0..4)
}

fn inner() -> impl Strategy<Value = Inner> {
    let member = (names(), ".{0,5}", any::<u64>(), digests(), vec(hit(), 0..2)).prop_map(
        |(path, container, size_bytes, digests, hits)| {
            Inner::Member(Member {
                path,
                container,
                size_bytes,
                digests,
                hits,
            })
        },
    );
    let reason = proptest::sample::select(Reason::ALL.to_vec());
    let not_opened = (names(), reason, ".{0,9}").prop_map(|(path, reason, detail)| {
        Inner::NotOpened(NotOpened {
            path,
            reason,
            detail,
        })
    });
    prop_oneof![member, not_opened]
}

fn contents() -> impl Strategy<Value = Contents> {
    prop_oneof![
        Just(Contents::Unknown),
        any::<u32>().prop_map(|tag| Contents::Plain(Opener(tag))),
        (any::<u32>(), vec(inner(), 0..5))
            .prop_map(|(tag, inner)| Contents::Container(Opener(tag), inner)),
    ]
}

fn facts() -> impl Strategy<Value = Facts> {
    (
        digests(),
        proptest::option::of(vec(any::<u8>(), 0..20).prop_map(|bytes| Head::of(&bytes))),
        any::<u64>().prop_map(Judged),
        vec(hit(), 0..3),
        contents(),
    )
        .prop_map(|(digests, head, judged, hits, contents)| Facts {
            digests,
            head,
            judged,
            hits,
            contents,
        })
}

fn record() -> impl Strategy<Value = Record> {
    let file = any::<((u32, u32), u64, u64, (i64, u32), (i64, u32))>().prop_map(
        |(device, inode, size_bytes, modified, changed)| FileIdentity {
            device,
            inode,
            size_bytes,
            modified,
            changed,
        },
    );
    let trust = prop_oneof![Just(Trust::Lasting), Just(Trust::ForNow)];
    (file, any::<i64>(), any::<u16>(), trust, facts()).prop_map(
        |(file, read_at, seen_day, trust, facts)| Record {
            file,
            read_at,
            seen_day,
            trust,
            facts,
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(record in record()) {
        let body = record.encode().unwrap();
        prop_assert_eq!(Record::decode(&body), Some(record.clone()));
        let prefix = Prefix::read(&body).unwrap();
        prop_assert_eq!(prefix.file, record.file);
        prop_assert_eq!(prefix.trust(), record.trust);
        let mut patched = body;
        patch(&mut patched, 7, Judged(9));
        let mut expected = record;
        expected.seen_day = 7;
        expected.facts.judged = Judged(9);
        prop_assert_eq!(Record::decode(&patched), Some(expected));
    }

    #[test]
    fn a_record_that_is_cut_is_none_and_none_is_a_panic(record in record(), noise: u8) {
        let body = record.encode().unwrap();
        for end in 0..body.len() {
            prop_assert_eq!(Record::decode(&body[..end]), None);
        }
        for at in 0..body.len() {
            let mut other = body.clone();
            other[at] ^= noise;
            if let Some(read) = Record::decode(&other) {
                prop_assert!(read.encode().is_some());
            }
        }
    }

    #[test]
    fn of_two_states_the_newer_speaks_alone(older in record(), newer in record()) {
        prop_assume!(older.file != newer.file);
        prop_assert_eq!(older.absorb(newer.clone()), newer);
    }

    #[test]
    fn adding_the_same_again_changes_nothing(record in record()) {
        let mut seen = record.facts.hits.clone();
        seen.dedup();
        prop_assume!(seen.len() == record.facts.hits.len());
        prop_assert_eq!(record.clone().absorb(record.clone()), record);
    }
}

#[test]
fn keeps_nothing_of_what_is_too_much() {
    let member = Inner::Member(Member {
        path: vec![vec![b'a'; 1_000]],
        container: "zip".to_owned(),
        size_bytes: 1,
        digests: KnownDigests::default(),
        hits: Vec::new(),
    });
    let record = |facts| Record {
        file: FileIdentity {
            device: (0, 0),
            inode: 0,
            size_bytes: 0,
            modified: (0, 0),
            changed: (0, 0),
        },
        read_at: 0,
        seen_day: 0,
        trust: Trust::Lasting,
        facts,
    };
    let container = |count| Facts {
        contents: Contents::Container(Opener(1), vec![member.clone(); count]),
        ..Facts::default()
    };
    assert!(record(container(100)).encode().is_some());
    assert_eq!(record(container(MEMBERS_MAX)).encode(), None, "10 MB");
    assert_eq!(record(container(MEMBERS_MAX + 1)).encode(), None);
}
