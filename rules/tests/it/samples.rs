//! Rules prove themselves on samples made for them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rules::{Proof, compile};

const TIME: Duration = Duration::from_secs(20);

/// Returns what the self-test says of a rule with some patterns and this condition.
fn proof_of(condition: &str) -> Proof {
    let source = format!(
        r#"import "pe" import "hash"
        private rule inner {{ strings: $i = "inner text" condition: $i and filesize < 1MB }}
        rule sought {{ strings:
            $a = "alpha" $b = "beta" nocase $w = "wide" wide fullword $x = "keyed" xor(3-9)
            $f = "word" fullword $e = "encoded text" base64 $ew = "encoded wide" base64wide
            $h = {{ 4D 5A 9? ~00 [2-4] (01 02 | 03) FF }} $r = /colou?r [0-9]{{3,}}ks\b/i
            $s = /^begin(s|ning)/ $t = /(the|an) end$/ $s1 = "one" $s2 = "two" $s3 = "three"
            condition: ({condition}) and (0 of them or true) }}"#
    );
    let compiled =
        compile(&[("only", &source)]).unwrap_or_else(|why| panic!("{condition}: {why:?}"));
    let mut proofs = compiled.self_test(TIME);
    assert_eq!(proofs.len(), 1);
    proofs.remove(0).proof
}

#[test]
fn rules_of_every_form_work_on_their_samples() {
    for condition in [
        "$a",
        "all of them",
        "any of ($s*) and not $a",
        "2 of ($s1, $s2, $s3)",
        "50% of ($s1, $s2, $s3)",
        "$a and $b and $w and $x and $f",
        "$e and $ew",
        "$h",
        "$r",
        "$s and $t",
        "$h at 0 and $a",
        "$a at filesize - 5",
        "$a in (1000..1200) and $b in (0..10)",
        "#a >= 40 and #b == 3",
        "#a in (0..200) > 2",
        "@a < 20 and @b > 3000",
        "uint16(0) == 0x5A4D and uint32(uint32(0x3c)) == 0x00004550 and $a",
        "uint32be(4) == 0x66747970 and filesize > 9000 and filesize < 9100",
        "uint8(0) > 3 and 7 < uint16be(6)",
        "filesize == 123 and $a",
        "filesize < 30 and $a and $b",
        "not filesize > 5KB and not (filesize < 2KB or $a)",
        "(pe.imphash() == \"x\" and $a) or ($s1 and #s2 > 3)",
        "inner and $a",
        "filename == \"x.exe\" and $a",
        "filepath contains \"\\\\Temp\\\\\" and extension == \".dll\" and $a",
        "filename matches /^[a-z]{3}\\.tmp$/ and filetype == \"EXE\"",
        "unpack_source == \"ZIP\" and $a",
        "for any of ($s1, $s2) : ($ at 77)",
        "for all of ($s1, $s2) : (# > 4 and @ > 2)",
        "for any i in (1..#a) : (@a[i] > 50)",
        "true",
    ] {
        let proof = proof_of(condition);
        assert_eq!(proof, Proof::Works("sought".to_owned()), "{condition}");
    }
}

#[test]
fn what_nothing_can_match_has_no_sample() {
    for condition in [
        "false",
        "filesize < 5 and filesize > 9",
        "uint8(0) == 1 and uint8(0) == 2",
        "hash.md5(0, filesize) == \"d41d8cd98f00b204e9800998ecf8427f\" and $a",
        "filesize > 100MB",
        "unpack_parent == \"any\"",
    ] {
        assert_eq!(proof_of(condition), Proof::NoSample, "{condition}");
    }
}

#[test]
fn global_rules_are_satisfied_as_well() {
    let source = r#"global rule g { strings: $g = "everywhere" condition: $g and filesize > 4000 }
        rule r { strings: $a = "alpha" condition: $a and filesize < 5000 }"#;
    let compiled = compile(&[("one", source), ("two", "rule no { condition: false }")]).unwrap();
    let proofs: Vec<Proof> = compiled
        .self_test(TIME)
        .into_iter()
        .map(|proof| proof.proof)
        .collect();
    assert!(matches!(proofs[0], Proof::Works(_)), "{proofs:?}");
    assert_eq!(proofs[1], Proof::NoSample);
}

#[test]
fn without_time_nothing_is_proven_and_nothing_fails() {
    let compiled = compile(&[("one", "rule r { condition: true }")]).unwrap();
    let proofs = compiled.self_test(Duration::ZERO);
    assert_eq!(proofs[0].proof, Proof::NotTried);
}

#[test]
fn rules_made_to_take_long_are_given_up() {
    let mut conditions = "filesize > 3".to_owned();
    for _ in 0..40 {
        conditions = format!("({conditions} or $a) and ({} or $b)", "filesize > 4");
    }
    let source = format!(
        "rule r {{ strings: $a = /(((a{{99}}){{99}}){{99}}){{99}}/ $b = {{ 01 [1000000000-] 02 }} condition: {conditions} and #b > 9000000000 }}"
    );
    let Ok(compiled) = compile(&[("one", &source)]) else {
        return;
    };
    let started = Instant::now();
    let proofs = compiled.self_test(TIME);
    assert_eq!(proofs[0].proof, Proof::NoSample);
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn most_sources_of_signature_base_work_and_none_fails() {
    /// Every so many sources are tested.
    const STEP: usize = 12;
    let Some(corpora) = testkit::skipping::corpora("samples of signature-base") else {
        return;
    };
    let listing = fs_err::read_dir(corpora.join("signature-base/yara")).expect("it can be listed");
    let mut files: Vec<PathBuf> = listing
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yar"))
        .collect();
    files.sort();
    let sources: Vec<(String, String)> = files
        .iter()
        .step_by(STEP)
        .map(|path| {
            let name = path.file_name().expect("it has a name").to_string_lossy();
            let text = fs_err::read_to_string(path).expect("it is text");
            (name.into_owned(), text)
        })
        .collect();
    let borrowed: Vec<(&str, &str)> = sources
        .iter()
        .map(|(name, source)| (name.as_str(), source.as_str()))
        .collect();
    let compiled = compile(&borrowed).expect("they compile");
    let started = Instant::now();
    let proofs = compiled.self_test(TIME);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for proof in &proofs {
        let name = &sources[proof.source].0;
        match &proof.proof {
            Proof::Works(_) => *counts.entry("work").or_default() += 1,
            Proof::NoSample => {
                println!("no sample: {name}");
                *counts.entry("no sample").or_default() += 1;
            }
            Proof::NotTried => *counts.entry("not tried").or_default() += 1,
            Proof::Fails(why) => panic!("{name}: {why}"),
        }
    }
    println!("{counts:?} of {} in {:?}", proofs.len(), started.elapsed());
    let working = counts.get("work").copied().unwrap_or(0);
    assert!(working * 10 >= proofs.len() * 7, "{counts:?}");
}
