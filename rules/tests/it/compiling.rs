//! What compiles, and how what does not is told.

use rules::{check, compile};

const PLAIN: &str = "rule plain { strings: $a = \"needle\" condition: $a }";

#[test]
fn says_source_line_and_column_of_each_problem() {
    let good = PLAIN;
    let bad = "rule first { condition: true }\n\nrule second {\n  condition: nosuch\n}\n";
    let worse = "rule { condition: true }";
    let problems = compile(&[("good", good), ("bad", bad), ("worse", worse)])
        .expect_err("two of the sources are wrong");
    let places: Vec<(&str, usize, usize)> = problems
        .iter()
        .map(|problem| (problem.source_id.as_str(), problem.line, problem.column))
        .collect();
    assert_eq!(places, [("bad", 4, 14), ("worse", 1, 6)], "{problems:?}");
    assert!(problems[0].message.contains("nosuch"), "{problems:?}");
}

#[test]
fn sources_may_repeat_each_others_names_but_not_their_own() {
    let rules = compile(&[("a", PLAIN), ("b", PLAIN)]).expect("namespaces keep them apart");
    assert_eq!(rules.rule_count(), 2);
    let twice = format!("{PLAIN}\n{PLAIN}");
    assert_eq!(check(&twice)[0].line, 2);
}

#[test]
fn follows_no_include() {
    let problems = check("include \"/etc/passwd\"\nrule a { condition: true }");
    assert!(!problems.is_empty());
    assert!(
        problems
            .iter()
            .all(|problem| !problem.message.contains("root:")),
        "{problems:?}"
    );
}

#[test]
fn refuses_a_source_that_is_too_long() {
    let long = format!("{PLAIN} // {}", "x".repeat(domain::alert::RULE_BYTES_MAX));
    assert_eq!(check(&long).len(), 1);
}

#[test]
fn survives_hostile_sources() {
    let depth = 20_000;
    let hostile = [
        String::new(),
        "\0\u{feff}".to_owned(),
        "rule a { condition: ".to_owned() + &"(".repeat(depth) + "true" + &")".repeat(depth) + " }",
        "rule a { condition: ".to_owned() + &"not ".repeat(depth) + "true }",
        "rule a { strings: $a = /".to_owned() + &"(".repeat(depth) + "/ condition: $a }",
        "rule a { strings: $a = /(((a{1000}){1000}){1000}){1000}/ condition: $a }".to_owned(),
        "rule a { strings: $a = { ".to_owned() + &"?? ".repeat(depth) + "} condition: $a }",
        "rule ".repeat(depth),
    ];
    for source in hostile {
        // Whatever it says, it comes back and says it.
        let _ = check(&source);
    }
}
