//! What a script does that intruders' scripts do: each sign is a matter of words in its unfolded code.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::folding::Unfolded;
use crate::model::ScriptSigns;

/// Letters and digits in one text that nobody writes by hand.
const ENCODED_LETTERS: usize = 400;
/// Escapes that nobody writes where a letter would do.
const ESCAPES_MIN: usize = 12;
/// Names of the kind that programs for making scripts unreadable give.
const MANGLED_MIN: usize = 6;

/// A sign by its words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Adds,
    AsksVisitor,
    Decodes,
    /// Half of a redirect: a form or a link is made.
    MakesWay,
    /// The other half: it is followed.
    TakesWay,
    Redirects,
    /// A redirect where one `=` follows rather than two.
    RedirectsIfSet,
}

const WORDS: &[(Sign, &str)] = &[
    (Sign::RedirectsIfSet, "location"),
    (Sign::RedirectsIfSet, "location.href"),
    (Sign::RedirectsIfSet, "location.pathname"),
    (Sign::RedirectsIfSet, "location.host"),
    (Sign::RedirectsIfSet, "location.hostname"),
    (Sign::RedirectsIfSet, "location.search"),
    (Sign::Redirects, "location.replace("),
    (Sign::Redirects, "location.assign("),
    (Sign::Redirects, "navigation.navigate("),
    (Sign::Redirects, "window.open("),
    (Sign::Redirects, "http-equiv=refresh"),
    (Sign::Redirects, "http-equiv=\"refresh"),
    (Sign::Redirects, "http-equiv='refresh"),
    (Sign::Redirects, "httpequiv=\"refresh"),
    (Sign::Redirects, "\"http-equiv\",\"refresh"),
    (Sign::MakesWay, "createelement(\"form\""),
    (Sign::MakesWay, "createelement(\"a\""),
    (Sign::TakesWay, ".submit("),
    (Sign::TakesWay, ".click("),
    (Sign::Decodes, "eval("),
    (Sign::Decodes, "eval.call("),
    (Sign::Decodes, "atob("),
    (Sign::Decodes, "unescape("),
    (Sign::Decodes, "fromcharcode"),
    (Sign::Decodes, "fromcodepoint"),
    (Sign::Decodes, "charcodeat("),
    (Sign::Decodes, "new function(\""),
    (Sign::Decodes, "constructor(\""),
    (Sign::Decodes, "settimeout(\""),
    (Sign::Decodes, "setinterval(\""),
    (Sign::Decodes, "execscript("),
    (Sign::Decodes, "subtle.decrypt("),
    (Sign::Adds, "document.write"),
    (Sign::Adds, "createelement(\"script"),
    (Sign::Adds, "createelement(\"iframe"),
    (Sign::Adds, "createelement(\"frame"),
    (Sign::Adds, "createelement(\"object"),
    (Sign::Adds, "createelement(\"embed"),
    (Sign::Adds, "createelement(\"base"),
    (Sign::Adds, "innerhtml"),
    (Sign::Adds, "outerhtml"),
    (Sign::Adds, "insertadjacenthtml"),
    (Sign::Adds, "srcdoc"),
    (Sign::Adds, "getscript("),
    (Sign::Adds, "importscripts("),
    (Sign::Adds, "serviceworker.register("),
    (Sign::AsksVisitor, "document.referrer"),
    (Sign::AsksVisitor, "navigator.useragent"),
    (Sign::AsksVisitor, "navigator.webdriver"),
    (Sign::AsksVisitor, "googlebot"),
    (Sign::AsksVisitor, "bingbot"),
    (Sign::AsksVisitor, "baiduspider"),
    (Sign::AsksVisitor, "coccocbot"),
    (Sign::AsksVisitor, "yandexbot"),
];

static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::new(WORDS.iter().map(|(_, word)| word)).expect("a few short words")
});

/// Returns the signs of a script: of its code with constants put together, and of how it was written.
pub(super) fn signs_of(raw: &str, unfolded: &Unfolded) -> ScriptSigns {
    let code = &unfolded.code;
    let mut signs = ScriptSigns {
        decodes: unfolded.has_decoded || is_unreadable(raw),
        hides: unfolded.texts.lines().any(writes_hidden),
        ..ScriptSigns::default()
    };
    let (mut makes_way, mut takes_way) = (false, false);
    for place in FINDER.find_overlapping_iter(code) {
        let (sign, word) = WORDS[place.pattern().as_usize()];
        let before = code[..place.start()].chars().next_back();
        let is_other = word.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && before
                .is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == '$');
        if is_other {
            continue;
        }
        match sign {
            Sign::Adds => signs.adds = true,
            Sign::AsksVisitor => signs.asks_visitor = true,
            Sign::Decodes => signs.decodes = true,
            Sign::MakesWay => makes_way = true,
            Sign::TakesWay => takes_way = true,
            Sign::Redirects => signs.redirects = true,
            Sign::RedirectsIfSet => {
                let after = &code[place.end()..];
                signs.redirects |= after.starts_with('=') && !after.starts_with("==");
            }
        }
    }
    signs.redirects |= makes_way && takes_way;
    signs
}

/// Tells whether a script is written so that nobody can read it: something long and encoded, escapes, names out of a machine.
fn is_unreadable(raw: &str) -> bool {
    let (mut run, mut escapes, mut names) = (0, 0, 0);
    let bytes = raw.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let is_part =
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\\' | b'%');
        run = if is_part { run + 1 } else { 0 };
        let next = bytes.get(at + 1).copied().unwrap_or(b' ');
        escapes += usize::from(*byte == b'\\' && next == b'x');
        let is_name = *byte == b'_' && next == b'0' && bytes.get(at + 2) == Some(&b'x');
        names += usize::from(is_name);
        if run >= ENCODED_LETTERS || escapes >= ESCAPES_MIN || names >= MANGLED_MIN {
            return true;
        }
    }
    false
}

/// Tells whether a text is markup with something in it that a person does not see.
fn writes_hidden(text: &str) -> bool {
    const HIDING: [&str; 9] = [
        "display:none",
        "visibility:hidden",
        "opacity:0;",
        "opacity:0\"",
        "left:-",
        "top:-",
        "text-indent:-",
        "font-size:0",
        "height:0",
    ];
    if !text.contains('<') || text.len() > 100_000 {
        return false;
    }
    let plain: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    (plain.contains("href=") || plain.contains("<iframe") || plain.contains("src="))
        && HIDING.iter().any(|way| plain.contains(way))
}
