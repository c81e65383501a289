//! Dispatch 238 of 3 August 2016, in each of the forms it could have been sent in.

use domain::{Observable, Role};
use drafting::{BesideState, Input, Level, lay_beside};

use crate::case::{LETTER, NATIVE, TABLE, list, options, read_as, refusals, warnings};

#[test]
fn the_letter_passes_with_its_warnings() {
    let reading = read_as("dispatch-238.txt", LETTER);
    assert_eq!(refusals(&reading), [""; 0]);
    assert_eq!(
        warnings(&reading),
        [
            "27:9 digest-weak 884D46C01C762AD6DDD2759FD921BF71",
            "34:9 digest-weak C52464E9DF8B3D08FC612A0F11FE53B2",
            "40:9 digest-weak 9BF793EF195CC62F8A61093F77B03158",
            "43:8 name-of-system-tool diskperf.exe",
            "43:8 no-size diskperf.exe",
            "45:9 digest-weak 29E656E1256FC998B7CE8494656B3EF8",
        ]
    );
    assert_eq!(
        list(&reading, Level::Note),
        [
            "4:5 number-taken 238/VNCERT-ĐPƯC",
            "5:5 title-taken theo dõi, ngăn chặn kết nối và gỡ bỏ các tệp mã độc tấn công có chủ đích",
            "29:26 role-taken hợp lệ bị lợi dụng",
            "31:8 combination-proposed mcutil.dll",
            "48:56 deadline-taken 2016-08-05T09:00:00Z",
        ]
    );
}

#[test]
fn letter_table_and_native_document_make_the_same_alert() {
    let [mut letter, mut table, mut native] =
        [("a.txt", LETTER), ("a.csv", TABLE), ("a.json", NATIVE)].map(|(name, text)| {
            let reading = read_as(name, text);
            assert_eq!(refusals(&reading), [""; 0], "{name}");
            reading.draft.expect(name)
        });
    for alert in [&mut letter, &mut table, &mut native] {
        alert.texts[0].body.clear();
    }
    assert_eq!(letter, table);
    assert_eq!(letter, native);
    let roles: Vec<Role> = letter
        .indicators
        .iter()
        .map(|indicator| indicator.role)
        .collect();
    assert_eq!(
        roles
            .iter()
            .filter(|role| **role == Role::AbusedLegitimate)
            .count(),
        1
    );
    assert_eq!(letter.combinations[0].all_of, ["mcafee.exe", "mcutil.dll"]);
    assert!(
        matches!(&letter.indicators[6].observables[0], Observable::FileName(name) if name.as_str() == "diskperf.exe")
    );
}

#[test]
fn every_value_of_the_draft_has_its_place_in_the_letter() {
    let reading = read_as("dispatch-238.txt", LETTER);
    let draft = reading.draft.expect("a draft");
    for indicator in &draft.indicators {
        for observable in &indicator.observables {
            let place = reading.extracted.iter().find(|extracted| {
                extracted.indicator.as_ref() == Some(&indicator.id)
                    && extracted.normalised == observable.value()
            });
            let place = place.unwrap_or_else(|| panic!("{} has no place", observable.value()));
            let line = LETTER.lines().nth(place.line - 1).expect("a line");
            let written: String = line
                .chars()
                .skip(place.column - 1)
                .take(place.value.chars().count())
                .collect();
            assert_eq!(written, place.value);
        }
        if indicator.size.is_some() {
            assert!(
                reading
                    .extracted
                    .iter()
                    .any(|extracted| extracted.kind == "size"
                        && extracted.indicator.as_ref() == Some(&indicator.id))
            );
        }
    }
    assert_eq!(reading.passed, []);
}

#[test]
fn the_second_officer_sees_the_draft_beside_its_source() {
    for (name, text) in [("a.txt", LETTER), ("a.csv", TABLE), ("a.json", NATIVE)] {
        let draft = read_as(name, text).draft.expect("a draft");
        let source = Input {
            name,
            bytes: text.as_bytes(),
        };
        let beside = lay_beside(&draft, &[source]);
        assert_eq!(beside.lines.len(), text.lines().count());
        assert_eq!(beside.unshown, [], "{name}");
        for line in &beside.lines {
            assert!(line.state <= BesideState::Taken, "{name}: {line:?}");
        }
    }
}

#[test]
fn a_digit_changed_by_hand_shows_beside_the_source() {
    let mut draft = read_as("a.txt", LETTER).draft.expect("a draft");
    draft.indicators[4].observables[1] =
        Observable::new("md5", "c52464e9df8b3d08fc612a0f11fe53b3").expect("valid");
    draft.indicators[0].observables[0] =
        Observable::new("domain", "elsewhere.example.org").expect("valid");
    let source = Input {
        name: "a.txt",
        bytes: LETTER.as_bytes(),
    };
    let beside = lay_beside(&draft, &[source]);
    let state = |line: usize| beside.lines[line - 1].state;
    assert_eq!(state(34), BesideState::Differs);
    assert_eq!(
        beside.lines[33].values[0].in_draft.as_deref(),
        Some("c52464e9df8b3d08fc612a0f11fe53b3")
    );
    assert_eq!(state(18), BesideState::NotTaken);
    let unshown: Vec<&str> = beside
        .unshown
        .iter()
        .map(|unshown| unshown.value.as_str())
        .collect();
    assert_eq!(
        unshown,
        ["elsewhere.example.org", "c52464e9df8b3d08fc612a0f11fe53b3"]
    );
}

#[test]
fn a_deadline_that_has_passed_is_left_out_and_said() {
    let mut options = options();
    options.now = "2026-11-22T00:00:00Z".parse().expect("valid");
    let reading = crate::case::read_with("a.txt", LETTER, &options);
    assert!(
        warnings(&reading).contains(&"48:56 deadline-past 2016-08-05T09:00:00Z".to_owned()),
        "{:?}",
        warnings(&reading)
    );
    assert_eq!(reading.draft.expect("a draft").deadline_at, None);
}
