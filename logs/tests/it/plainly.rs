//! The same question answered slowly: every place of the text, every thing sought, one after the other. It shares no code
//! with the crate, so that both would have to be wrong in the same way.

use std::net::IpAddr;

/// A match as id, offset and value.
pub type Found = (usize, usize, String);

/// Finds everything sought, given as kind and value; sorted, without repetitions.
pub fn find(sought: &[(&str, &str)], text: &[u8]) -> Vec<Found> {
    let mut all = Vec::new();
    for (id, (kind, value)) in sought.iter().enumerate() {
        match *kind {
            "domain" => match value.strip_prefix("*.") {
                Some(name) => find_below(id, name, text, &mut all),
                None => find_name(id, value, text, &mut all),
            },
            "ip" => find_network(id, value, text, &mut all),
            "md5" | "sha1" | "sha256" => find_digest(id, value, text, &mut all),
            other => panic!("{other}"),
        }
    }
    all.sort();
    all.dedup();
    all
}

const FIXED_DOTS: [&str; 9] = [
    ".", "\\.", "%2e", "[.]", "[dot]", "(.)", "(dot)", "{.}", "{dot}",
];

fn is_label(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// All lengths of dots that can stand at `at`, before a label of `length` bytes.
fn dots(text: &[u8], at: usize, length: usize) -> Vec<usize> {
    let counted = format!("({length})");
    let forms = FIXED_DOTS.iter().copied().chain([counted.as_str()]);
    forms
        .filter(|form| {
            text.get(at..at + form.len())
                .is_some_and(|there| there.eq_ignore_ascii_case(form.as_bytes()))
        })
        .map(str::len)
        .collect()
}

/// Ends of `labels` written from `at` on, each behind a dot.
fn follow(text: &[u8], at: usize, labels: &[&str]) -> Vec<usize> {
    let Some((label, rest)) = labels.split_first() else {
        return vec![at];
    };
    let mut ends = Vec::new();
    for dot in dots(text, at, label.len()) {
        let end = at + dot + label.len();
        let is_there = text
            .get(at + dot..end)
            .is_some_and(|there| there.eq_ignore_ascii_case(label.as_bytes()));
        if is_there
            && !text
                .get(end)
                .copied()
                .is_some_and(|byte| is_label(byte) && !rest.is_empty())
        {
            ends.extend(follow(text, end, rest));
        }
    }
    ends
}

/// Whether a name goes on at `end`: hyphens do not count, a dot with a label does.
fn goes_on(text: &[u8], end: usize) -> bool {
    let mut at = end;
    while text.get(at) == Some(&b'-') {
        at += 1;
    }
    if text.get(at).copied().is_some_and(is_label) {
        return true;
    }
    label_follows(text, at)
}

fn label_follows(text: &[u8], at: usize) -> bool {
    (1..=63).any(|length| {
        dots(text, at, length).into_iter().any(|dot| {
            let start = at + dot;
            let Some(label) = text.get(start..start + length) else {
                return false;
            };
            label.iter().all(|&byte| is_label(byte))
                && label.iter().any(|&byte| byte != b'-')
                && !text.get(start + length).copied().is_some_and(is_label)
        })
    })
}

/// How the bytes before `at` stand to a word that begins there.
#[derive(PartialEq)]
enum Before {
    /// Nothing of the word: it begins here.
    Nothing,
    /// Letters of the word.
    Letters,
}

/// Whether a word that begins at `at` has letters before it; the rest of an escape is none.
fn before(text: &[u8], at: usize, is_part: fn(u8) -> bool) -> Before {
    let start = (0..at)
        .rev()
        .take_while(|&place| is_part(text[place]))
        .last()
        .unwrap_or(at);
    if escape_length(text, start).contains(&(at - start)) {
        return Before::Nothing;
    }
    Before::Letters
}

/// How many bytes at `start` can be the rest of an escape.
fn escape_length(text: &[u8], start: usize) -> Vec<usize> {
    let word: String = text[start..]
        .iter()
        .take(5)
        .map(|&byte| char::from(byte))
        .collect();
    let is_hex = |range: std::ops::Range<usize>| {
        text.get(start + range.start..start + range.end)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if start == 0 {
        return vec![0];
    }
    if text[start - 1] == b'%' && is_hex(0..2) {
        return vec![2];
    }
    let backslashes = text[..start]
        .iter()
        .rev()
        .take_while(|&&byte| byte == b'\\')
        .count();
    if backslashes % 2 == 1 {
        if word.starts_with('x') && is_hex(1..3) {
            return vec![3];
        }
        if word.starts_with('u') && is_hex(1..5) {
            return vec![5];
        }
        if word.starts_with(['n', 'r', 't']) {
            return vec![0, 1];
        }
    }
    vec![0]
}

/// Whether a label and a dot stand before the label `at..at + length`; returns where that label begins and ends.
fn label_before(text: &[u8], at: usize, length: usize) -> Option<(usize, usize)> {
    let dot_start = (at.saturating_sub(5)..at)
        .find(|&place| dots(text, place, length).contains(&(at - place)))?;
    let start = (0..dot_start)
        .rev()
        .take_while(|&place| is_label(text[place]))
        .last()?;
    // The last of the ways to read what is before: an escape is taken off.
    let start = start + escape_length(text, start).into_iter().max().unwrap_or(0);
    let is_valid = start < dot_start
        && dot_start - start <= 63
        && text[start..dot_start].iter().any(|&byte| byte != b'-');
    is_valid.then_some((start, dot_start))
}

/// Places where the whole name stands, with nothing said of what is before it.
fn standing(name: &str, text: &[u8]) -> Vec<usize> {
    let labels: Vec<&str> = name.split('.').collect();
    let (first, rest) = labels.split_first().expect("a name has labels");
    (0..text.len())
        .filter(|&at| {
            let end = at + first.len();
            let is_there = text
                .get(at..end)
                .is_some_and(|there| there.eq_ignore_ascii_case(first.as_bytes()));
            let is_whole = rest.is_empty() || !text.get(end).copied().is_some_and(is_label);
            is_there
                && is_whole
                && follow(text, end, rest)
                    .iter()
                    .any(|&end| !goes_on(text, end))
        })
        .collect()
}

fn find_name(id: usize, name: &str, text: &[u8], all: &mut Vec<Found>) {
    let first_length = name.split('.').next().map_or(0, str::len);
    for at in standing(name, text) {
        // `\n` and a dot: nothing but an escape is no label.
        if first_length == 1 && escape_length(text, at).contains(&1) {
            continue;
        }
        let hyphens = text[..at]
            .iter()
            .rev()
            .take_while(|&&byte| byte == b'-')
            .count();
        let word = at - hyphens;
        let is_start = hyphens > 0
            && before(text, word, is_label) == Before::Nothing
            && label_before(text, word, first_length + hyphens).is_none()
            || before(text, at, is_label) == Before::Nothing
                && label_before(text, at, first_length).is_none();
        if is_start {
            all.push((id, at, name.to_owned()));
        }
    }
}

fn find_below(id: usize, name: &str, text: &[u8], all: &mut Vec<Found>) {
    for at in standing(name, text) {
        let mut parts = Vec::new();
        let (mut start, mut length) = (at, name.split('.').next().map_or(0, str::len));
        let mut total = name.len();
        while let Some((label_start, label_end)) = label_before(text, start, length) {
            total += label_end - label_start + 1;
            if total > 253 {
                break;
            }
            parts.push(String::from_utf8_lossy(&text[label_start..label_end]).to_lowercase());
            (start, length) = (label_start, label_end - label_start);
        }
        let Some(last) = parts.last_mut() else {
            continue;
        };
        let trimmed = last.trim_start_matches('-').to_owned();
        let hyphens = last.len() - trimmed.len();
        *last = trimmed;
        parts.reverse();
        all.push((id, start + hyphens, format!("{}.{name}", parts.join("."))));
    }
}

fn find_digest(id: usize, digits: &str, text: &[u8], all: &mut Vec<Found>) {
    for at in 0..text.len() {
        let end = at + digits.len();
        let is_there = text
            .get(at..end)
            .is_some_and(|there| there.eq_ignore_ascii_case(digits.as_bytes()));
        let is_part = |byte: u8| byte.is_ascii_alphanumeric();
        if is_there
            && !text.get(end).copied().is_some_and(is_part)
            && before(text, at, is_part) == Before::Nothing
        {
            all.push((id, at, digits.to_owned()));
        }
    }
}

fn find_network(id: usize, network: &str, text: &[u8], all: &mut Vec<Found>) {
    let (address, prefix) = network.split_once('/').unwrap_or((network, "128"));
    let prefix: u32 = prefix.parse().expect("a prefix");
    match address.parse().expect("an address") {
        IpAddr::V4(base) => {
            for (at, address) in ipv4_addresses(text) {
                let differing = (base.to_bits() ^ address.to_bits()).leading_zeros();
                if differing >= prefix.min(32) {
                    all.push((id, at, address.to_string()));
                }
            }
        }
        IpAddr::V6(base) => {
            for (at, address) in ipv6_addresses(text) {
                let differing = (base.to_bits() ^ address.to_bits()).leading_zeros();
                if differing >= prefix {
                    all.push((id, at, address.to_string()));
                }
            }
        }
    }
}

/// Every place where four numbers with dots stand for themselves.
fn ipv4_addresses(text: &[u8]) -> Vec<(usize, std::net::Ipv4Addr)> {
    let is_alphanumeric = |byte: u8| byte.is_ascii_alphanumeric();
    let mut all = Vec::new();
    for at in 0..text.len() {
        let Some((numbers, end)) = numbers(text, at) else {
            continue;
        };
        let first_digits = text[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if first_digits > 3 || before(text, at, is_alphanumeric) == Before::Letters {
            continue;
        }
        let dot = if text[..at].ends_with(b"[.]") {
            3
        } else {
            usize::from(text[..at].ends_with(b"."))
        };
        if dot > 0 && at > dot && text[at - dot - 1].is_ascii_alphanumeric() {
            continue;
        }
        let is_port = numbers.len() == 5 && numbers[4] <= 65_535;
        let follows = |length: usize| text.get(end + length).copied().is_some_and(is_alphanumeric);
        let name_follows = follows(0)
            || text[end..].starts_with(b".") && follows(1)
            || text[end..].starts_with(b"[.]") && follows(3);
        if (numbers.len() == 4 || is_port)
            && numbers[..4].iter().all(|&n| n <= 255)
            && !name_follows
        {
            let octet = |index: usize| u8::try_from(numbers[index]).expect("at most 255");
            all.push((
                at,
                std::net::Ipv4Addr::new(octet(0), octet(1), octet(2), octet(3)),
            ));
        }
    }
    all
}

/// Numbers with dots from `at` on, as many as there are; none of more digits than an octet has, but the fifth.
fn numbers(text: &[u8], at: usize) -> Option<(Vec<u32>, usize)> {
    let mut numbers = Vec::new();
    let mut place = at;
    loop {
        let count = text[place..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let digits_max = if numbers.len() == 4 { 5 } else { 3 };
        if count == 0 || count > digits_max || numbers.len() > 5 {
            return None;
        }
        let digits = std::str::from_utf8(&text[place..place + count]).ok()?;
        numbers.push(digits.parse().ok()?);
        place += count;
        let digit_at = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
        if text[place..].starts_with(b".") && digit_at(place + 1) {
            place += 1;
        } else if text[place..].starts_with(b"[.]") && digit_at(place + 3) {
            place += 3;
        } else {
            return Some((numbers, place));
        }
    }
}

/// Every longest run of digits, colons and dots that is an IPv6 address, alone or without what may surround it.
fn ipv6_addresses(text: &[u8]) -> Vec<(usize, std::net::Ipv6Addr)> {
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    let is_alphanumeric = |byte: u8| byte.is_ascii_alphanumeric();
    let mut all = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = (at..text.len())
            .find(|&place| !is_part(text[place]))
            .unwrap_or(text.len());
        if end == at {
            at += 1;
            continue;
        }
        let run = std::str::from_utf8(&text[at..end]).expect("ASCII");
        if run.len() <= 64 && !text.get(end).copied().is_some_and(is_alphanumeric) {
            let mut starts = Vec::new();
            let first = *escape_length(text, at).iter().max().expect("one");
            let is_word = at > 0 && is_alphanumeric(text[at - 1]);
            if !is_word {
                starts.push(first.min(run.len()));
            }
            if let Some(colon) = run
                .find([':', '.'])
                .filter(|&place| run.as_bytes()[place] == b':')
            {
                starts.push(colon + 1);
            }
            let mut ends = vec![run.len()];
            let trimmed = run.trim_end_matches([':', '.']);
            if trimmed.len() < run.len() {
                ends.push(run.len() - 1);
            }
            ends.extend(trimmed.rfind('.'));
            let all_ways = starts
                .iter()
                .flat_map(|&start| ends.iter().map(move |&end| (start, end)));
            let found = all_ways
                .filter(|(start, end)| start < end)
                .find_map(|(start, end)| Some((at + start, run[start..end].parse().ok()?)));
            all.extend(found);
        }
        at = end;
    }
    all
}
