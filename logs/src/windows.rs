//! Which seven bytes to look for, for each thing sought: those that every way to write it has, and that are rarest.

use std::collections::BTreeSet;

use domain::{Digest, NetworkPattern};

use crate::filter::{WINDOW, window_weight};
use crate::notation::{DOTS, is_label_byte};
use crate::rarity::Rarity;

/// What to look for so that no place is missed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Windows: where the thing stands, one of them does.
    pub windows: Vec<[u8; WINDOW]>,
    /// The byte that follows the window, where there is only one window and the byte is known.
    pub next: Option<u8>,
    /// The ways to write it that are shorter than a window.
    pub literals: Vec<Vec<u8>>,
}

/// Chooses for a name in lower case: inside one label where one is long enough, because a label is written the same
/// whatever stands for the dots.
pub fn of_name(name: &str, rarity: &Rarity) -> Chosen {
    let is_inside = |window: &[u8]| window.iter().all(|&byte| is_label_byte(byte));
    if let Some(chosen) = rarest(name.as_bytes(), is_inside, rarity) {
        return chosen;
    }
    let starts = (0..name.len()).filter(|&at| is_label_byte(name.as_bytes()[at]));
    starts
        .map(|start| across_dots(name, start))
        .min_by_key(|chosen| weigh(chosen, rarity))
        .unwrap_or_default()
}

/// Chooses for a digest, from its hexadecimal digits.
pub fn of_digest(digest: &Digest, rarity: &Rarity) -> Chosen {
    rarest(digest.to_string().as_bytes(), |_| true, rarity).unwrap_or_default()
}

/// Chooses the rarest window of those that will do.
fn rarest(text: &[u8], will_do: impl Fn(&[u8]) -> bool, rarity: &Rarity) -> Option<Chosen> {
    let windows = text.windows(WINDOW).enumerate();
    let (start, window) = windows
        .filter(|(_, window)| will_do(window))
        .filter_map(|(start, window)| Some((start, <[u8; WINDOW]>::try_from(window).ok()?)))
        .min_by_key(|(_, window)| window_weight(rarity, *window))?;
    let next = text.get(start + WINDOW).copied();
    Some(Chosen {
        windows: vec![window],
        next: next.filter(|&byte| is_label_byte(byte)),
        literals: Vec::new(),
    })
}

/// Chooses for an IPv6 address or block. Where the first two groups are known, not short and not zero, any way to
/// write it begins with a window; otherwise what its first group is written as, or at least a colon, is looked for.
pub fn of_ipv6(network: &NetworkPattern) -> Chosen {
    let std::net::IpAddr::V6(address) = network.address() else {
        return Chosen::default();
    };
    let [first, second, ..] = address.segments();
    if network.prefix_bits() >= 32 && first >= 0x1000 && second != 0 {
        let shortest = format!("{second:x}");
        let written = (shortest.len()..=4).map(|width| format!("{first:x}:{second:0width$x}:"));
        let windows = written.filter_map(|text| text.as_bytes().first_chunk().copied());
        return Chosen {
            windows: windows.collect(),
            ..Chosen::default()
        };
    }
    let known = u32::from(network.prefix_bits()).min(16);
    let free = (1 << (16 - known)) - 1;
    let first = u32::from(first) & !free;
    let literals = if first == 0 || known < 8 {
        vec![b":".to_vec()]
    } else {
        (first..=first | free)
            .map(|group| format!("{group:x}:").into_bytes())
            .collect()
    };
    Chosen {
        literals,
        ..Chosen::default()
    }
}

/// Returns every way in which the name goes on from `start`, to the length of a window or to its end.
fn across_dots(name: &str, start: usize) -> Chosen {
    let rest = &name[start..];
    let mut written = BTreeSet::from([Vec::new()]);
    for (index, label) in rest.split('.').enumerate() {
        let mut dots: Vec<Vec<u8>> = vec![Vec::new()];
        if index > 0 {
            dots = DOTS.iter().map(|dot| dot.to_vec()).collect();
            dots.push(format!("({})", label.len()).into_bytes());
        }
        written = written
            .iter()
            .flat_map(|text| dots.iter().map(move |dot| [text, dot.as_slice()].concat()))
            .map(|text| [&text, label.as_bytes()].concat())
            .map(|text| text[..text.len().min(WINDOW)].to_vec())
            .collect();
        if written.iter().all(|text| text.len() == WINDOW) {
            break;
        }
    }
    let mut chosen = Chosen::default();
    for text in written {
        match text.first_chunk::<WINDOW>() {
            Some(window) => chosen.windows.push(*window),
            None => chosen.literals.push(text),
        }
    }
    chosen
}

/// A literal costs a second pass over the text, and the shorter it is the more places have it.
fn weigh(chosen: &Chosen, rarity: &Rarity) -> u64 {
    const LITERAL: u64 = 1_000_000_000;
    let windows = chosen
        .windows
        .iter()
        .map(|&window| window_weight(rarity, window));
    let literals = chosen
        .literals
        .iter()
        .map(|literal| LITERAL << (4 * (WINDOW - literal.len())));
    windows.chain(literals).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Chosen {
        of_name(name, &Rarity::new())
    }

    #[test]
    fn a_long_label_is_looked_for_by_its_rarest_part() {
        let chosen = of("www.microsoftxqz.com");
        assert_eq!(chosen.windows, [*b"softxqz"]);
        assert!(chosen.literals.is_empty());
    }

    #[test]
    fn short_labels_are_looked_for_in_every_notation() {
        let chosen = of("air.dcsvn.org");
        assert!(chosen.literals.is_empty());
        assert!(chosen.windows.len() >= 8, "{chosen:?}");
    }

    #[test]
    fn a_name_shorter_than_a_window_is_looked_for_as_it_is() {
        let chosen = of("bit.ly");
        assert_eq!(chosen.literals, [b"bit.ly".to_vec()]);
        assert!(chosen.windows.contains(b"bit[.]l"));
    }

    #[test]
    fn an_ipv6_block_is_looked_for_by_its_first_groups() {
        let of = |text: &str| of_ipv6(&text.parse().unwrap());
        assert_eq!(of("2001:db8::/32").windows, [*b"2001:db", *b"2001:0d"]);
        assert_eq!(of("2001::/32").literals, [b"2001:".to_vec()]);
        assert_eq!(of("2000::/12").literals.len(), 16);
        assert_eq!(of("::1").literals, [b":".to_vec()]);
        assert_eq!(of("2000::/3").literals, [b":".to_vec()]);
    }
}
