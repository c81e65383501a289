//! Names of betting houses. There are thousands, made anew each week after a few patterns: letters and a lucky number, a number
//! and letters, or an ending.

/// Numbers that bring luck, or stand for being open all year.
const LUCKY: [&str; 17] = [
    "66", "68", "77", "79", "86", "88", "99", "365", "567", "666", "688", "777", "789", "868",
    "886", "888", "999",
];
/// Letters before such numbers that honest names have: roads, decrees, forms, houses, units, courses.
const HONEST: [&str; 34] = [
    "bc", "bv", "cb", "ck", "ct", "cv", "dh", "dt", "hd", "hl", "kh", "km", "kv", "lo", "mau",
    "nam", "nd", "ng", "nq", "p", "pl", "qd", "ql", "qlo", "quy", "sn", "so", "tb", "td", "tl",
    "to", "tp", "ts", "tt",
];
/// Words that end like the names of houses and are none.
const OTHERS: [&str; 9] = [
    "alphabet",
    "barbet",
    "gibbet",
    "quodlibet",
    "sherbet",
    "sorbet",
    "tibet",
    "colbet",
    "corbet",
];

/// Tells whether a word in small letters is built like the name of a betting house.
pub(super) fn looks_like_house(word: &str) -> bool {
    if word.len() < 3 || word.len() > 14 || !word.is_ascii() {
        return false;
    }
    if word.len() > 5 && word.ends_with("bet") {
        return !OTHERS.contains(&word);
    }
    let letters = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number = &word[letters.len()..];
    if !number.is_empty() {
        return LUCKY.contains(&number)
            && (1..=8).contains(&letters.len())
            && letters.bytes().all(|byte| byte.is_ascii_lowercase())
            && (letters.len() > 1 || matches!(number, "88" | "888"))
            && !HONEST.contains(&letters);
    }
    let letters = word.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let number = &word[..word.len() - letters.len()];
    LUCKY.contains(&number)
        && matches!(
            letters,
            "bet" | "club" | "win" | "vip" | "vin" | "game" | "casino" | "slot" | "p"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_houses_are_told_from_roads_decrees_and_words() {
        for house in ["abc88", "w88", "xyz789", "goldbet", "88vin", "qq999"] {
            assert!(looks_like_house(house), "{house}");
        }
        for honest in [
            "ql88", "tt68", "alphabet", "1988", "covid19", "a4", "2026", "k12", "bet", "mp3", "88",
            "g7",
        ] {
            assert!(!looks_like_house(honest), "{honest}");
        }
    }
}
