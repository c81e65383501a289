//! Golden: what is read from conditions of every form.

use std::fmt::Write as _;

use super::source::analyse;
use crate::literals::Literals;

/// Returns what each rule of the source requires, in words.
fn read(source: &str) -> Vec<String> {
    let mut literals = Literals::default();
    let analysed = analyse(source, 0, &mut literals).expect("it is a source");
    let rules = analysed.rules.iter();
    rules
        .map(|rule| format!("{}: {}", rule.name, rule.formula.describe(&literals)))
        .collect()
}

/// Returns what the condition requires in a rule with some patterns.
fn condition(text: &str) -> String {
    let source = format!(
        r#"import "pe" import "elf" import "math"
        rule r {{ strings:
            $a = "alpha" $b = "beta" nocase $w = "wide" wide $aw = "both" ascii wide
            $x = /[0-9]+/ $h = {{ 4D 5A 90 ?? [2-4] (01 02 | 03) FF }} $re = /colou?r [0-9]+ks/
            $s1 = "one" $s2 = "two" $s3 = "three"
            condition: {text} }}"#
    );
    read(&source)[0]
        .split_once(": ")
        .expect("a name")
        .1
        .to_owned()
}

#[test]
fn reads_conditions() {
    for (text, expected) in [
        ("$a", r#""alpha""#),
        ("$b", r#""beta"i"#),
        ("$w", r#""w\x00i\x00d\x00e\x00""#),
        ("$aw", r#"("both" | "b\x00o\x00t\x00h\x00")"#),
        ("$x", "?"),
        ("$a and $x", r#""alpha""#),
        ("$a or $x", "?"),
        ("$h", r#"("MZ\x90" & ("\x01\x02\xff" | "\x03\xff"))"#),
        ("$re", r#"("colo" & "ks" & "r ")"#),
        ("not $a", r#"no "alpha""#),
        ("not 1 of ($s1, $b, $re)", r#"(no "beta"i & no "one")"#),
        ("not (not !a < 3 and filesize < 9)", "?"),
        ("#s1 + #s2 > #s3 + 1", "?"),
        ("#s1 + #s2 > #s3", r#"("one" | "two")"#),
        (
            "uint8(1) ^ uint8(0) | 2 == 3",
            "((uint8(1) ^ uint8(0)) | 2) == 3",
        ),
        ("not not $a", r#""alpha""#),
        ("$a at 0", r#"("alpha" at 0 & "alpha")"#),
        ("$a in (0..100)", r#""alpha""#),
        ("#a > 0 and #b >= 1", r#"("alpha" & "beta"i)"#),
        ("2 < #a", r#""alpha""#),
        ("#a < 3", "?"),
        ("#a >= 0", "?"),
        ("@a < 100", r#""alpha""#),
        ("!a[1] == 5 + @b", r#"("alpha" & "beta"i)"#),
        ("any of ($s*)", r#"("one" | "two" | "three")"#),
        ("all of ($s1, $s3)", r#"("one" & "three")"#),
        ("2 of ($s*)", r#"2 of ("one", "two", "three")"#),
        ("2 of ($s1, $s2, $x)", r#"("one" | "two")"#),
        ("50% of ($s*)", r#"("one" | "two" | "three")"#),
        ("none of them", "?"),
        ("0 of ($s*)", "?"),
        ("any of ($s1, $s2) at 0", r#"("one" | "two")"#),
        (
            "for any of ($s*) : ($ at 4)",
            r#"(("one" at 4 & "one") | ("two" at 4 & "two") | ("three" at 4 & "three"))"#,
        ),
        ("for all of ($s1, $s2) : (# > 1)", r#"("one" & "two")"#),
        (
            "for any i in (1..#a) : (@a[i] < 10 and $b)",
            r#"("alpha" & "beta"i)"#,
        ),
        ("for all i in (1..#a) : ($b)", "?"),
        (
            "for any s in pe.sections : (s.name == \"x\")",
            "uint16(0) == 23117",
        ),
        ("filesize < 10KB", "filesize < 10240"),
        ("not filesize > 5MB", "not filesize > 5242880"),
        (
            "not (filesize > 5 or uint8(0) == 0x50)",
            "(not filesize > 5 & not uint8(0) == 80)",
        ),
        (
            "uint16(0) == 0x5A4D and $a",
            r#"(uint16(0) == 23117 & "alpha")"#,
        ),
        (
            "uint32be(uint32(0x3c)) == 0x50450000",
            "uint32be(uint32(60)) == 1346699264",
        ),
        ("filesize - 4 > 2 * 8", "(filesize - 4) > (2 * 8)"),
        ("filename == \"a.exe\"", r#"filename == "a.exe""#),
        (
            "not filename icontains \"tmp\"",
            r#"not filename icontains "tmp""#,
        ),
        (
            "filename matches /^a.*\\.dll$/i",
            r#"(filename icontains "a" & filename icontains ".dll")"#,
        ),
        ("not filename matches /a/", "?"),
        ("pe.imphash() == \"0\"", "uint16(0) == 23117"),
        ("pe.exports(\"f\")", "uint16(0) == 23117"),
        ("pe.is_pe", "?"),
        ("not pe.imports(\"a.dll\")", "?"),
        ("pe.rich_signature.toolid(1) > 0", "uint16(0) == 23117"),
        ("defined pe.machine", "?"),
        ("elf.type == elf.ET_EXEC", "uint32(0) == 1179403647"),
        ("math.entropy(0, filesize) > 7.0", "?"),
        ("math.entropy(0, filesize) > 7.0 and $a", r#""alpha""#),
        ("with n = #a : (n > 1 and $b)", r#""beta"i"#),
        ("true", "?"),
        ("false", "never"),
        ("1 of (filesize > 5, $a)", r#"(filesize > 5 | "alpha")"#),
    ] {
        assert_eq!(condition(text), expected, "{text}");
    }
}

#[test]
fn keys_and_wildcards_are_written_out() {
    let rules = read(
        r#"rule r { strings: $a = "abcd" xor(1-2) $h = { 41 4? ?? 42 [2] 43 [2-3] 44 } condition: all of them }"#,
    );
    assert_eq!(rules, [r#"r: (("`cbe" | "c`af") & "A~.B..C" & "D")"#]);
}

#[test]
fn base64_is_looked_for_at_each_of_three_shifts() {
    let rules = read(r#"rule r { strings: $a = "Tocsin bell" base64 condition: $a }"#);
    assert_eq!(
        rules,
        [r#"r: ("VG9jc2luIGJlbG" | "RvY3NpbiBiZWxs" | "Ub2NzaW4gYmVsb")"#]
    );
}

#[test]
fn rules_refer_to_rules_and_belong_together() {
    let source = r#"
        import "pe"
        private rule base { strings: $a = "base" condition: $a }
        rule alone { strings: $a = "alone" condition: $a and pe.is_pe }
        rule one { condition: base and filesize < 9 }
        rule two { condition: any of (one, alone2) }
        "#
    .replace("alone2", "base");
    assert_eq!(
        read(&source),
        [
            r#"base: "base""#,
            r#"alone: "alone""#,
            "one: (rule 0 & filesize < 9)",
            "two: (rule 2 | rule 0)",
        ]
    );
    let mut literals = Literals::default();
    let analysed = analyse(&source, 0, &mut literals).expect("it is a source");
    let units: Vec<usize> = analysed.rules.iter().map(|rule| rule.unit).collect();
    assert_eq!(units, [0, 1, 0, 0]);
    assert_eq!(analysed.rules[1].modules, ["pe"]);
    assert!(analysed.rules[2].modules.is_empty());
    assert_eq!(
        &source[analysed.rules[2].text.clone()],
        "rule one { condition: base and filesize < 9 }"
    );
}

#[test]
fn a_global_rule_keeps_its_source_in_one_piece() {
    let source = "rule a { condition: true } global rule g { condition: filesize > 1 } rule b { condition: true }";
    let mut literals = Literals::default();
    let analysed = analyse(source, 10, &mut literals).expect("it is a source");
    assert_eq!(analysed.unit_count, 1);
    assert_eq!(analysed.globals, [11]);
}

#[test]
fn rules_that_refer_to_rules_too_often_are_not_followed_for_ever() {
    let mut source = "rule r0 { strings: $a = \"text\" condition: $a }\n".to_owned();
    for at in 1..200 {
        let before = at - 1;
        writeln!(
            source,
            "rule r{at} {{ condition: r{before} or (r{before} and filesize > {at}) }}"
        )
        .unwrap();
    }
    let rules = read(&source);
    assert_eq!(
        rules.last().map(String::as_str),
        Some("r199: (rule 198 | (rule 198 & filesize > 199))")
    );
    assert!(
        rules.iter().any(|rule| rule.ends_with(": ?")),
        "somewhere it ends"
    );
}
