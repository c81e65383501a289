//! Sizes as people write them. K is 1,024, as Windows shows it.

use domain::SizeRange;

use crate::material::Flaw;
use crate::problem::ProblemCode;

/// Why a size cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SizeError {
    /// It can be read in two ways: `1,024 KB`.
    Ambiguous,
    /// A rounded size and one in bytes that do not agree.
    Contradiction,
    /// Not a size.
    Malformed,
}

pub(super) fn check(value: &str) -> Vec<Flaw> {
    match parse_size(value) {
        Ok(_) => Vec::new(),
        Err(SizeError::Ambiguous) => vec![Flaw::refused(ProblemCode::SizeAmbiguous)],
        Err(SizeError::Contradiction) => {
            vec![Flaw::refused(ProblemCode::SizeMalformed).with("reason", "contradiction")]
        }
        Err(SizeError::Malformed) => {
            vec![Flaw::refused(ProblemCode::SizeMalformed).with("reason", "malformed")]
        }
    }
}

/// Reads `3584`, `137.28 KB`, `3,50 KB`, `85.00KB (87,040 bytes)` or `3574-3594 bytes`. A rounded size becomes the range
/// of sizes that are rounded or cut off to it.
pub(crate) fn parse_size(text: &str) -> Result<SizeRange, SizeError> {
    let text = text.trim().trim_end_matches(['.', ',', ';']);
    if let Some((rounded, rest)) = text.split_once('(') {
        let exact = rest.strip_suffix(')').ok_or(SizeError::Malformed)?;
        let (a, b) = (parse_size(rounded)?, parse_size(exact)?);
        let (wide, narrow) = if span(a) >= span(b) { (a, b) } else { (b, a) };
        let agrees =
            wide.min_bytes() <= narrow.max_bytes() && narrow.min_bytes() <= wide.max_bytes();
        return if agrees {
            Ok(narrow)
        } else {
            Err(SizeError::Contradiction)
        };
    }
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || " .,-".contains(c)))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit_bytes = unit_bytes(unit.trim()).ok_or(SizeError::Malformed)?;
    if let Some((low, high)) = number.split_once('-') {
        let whole = |text: &str| parse_number(text.trim(), unit_bytes);
        let (low, high) = (whole(low)?, whole(high)?);
        return SizeRange::new(low.min_bytes(), high.max_bytes()).ok_or(SizeError::Malformed);
    }
    parse_number(number.trim(), unit_bytes)
}

fn span(range: SizeRange) -> u64 {
    range.max_bytes() - range.min_bytes()
}

fn unit_bytes(unit: &str) -> Option<u64> {
    Some(match unit.to_lowercase().as_str() {
        "" | "b" | "byte" | "bytes" => 1,
        "k" | "kb" | "kib" | "kbyte" | "kbytes" | "kilobyte" | "kilobytes" => 1 << 10,
        "m" | "mb" | "mib" | "mbyte" | "mbytes" | "megabyte" | "megabytes" => 1 << 20,
        "g" | "gb" | "gib" | "gigabyte" | "gigabytes" => 1 << 30,
        _ => return None,
    })
}

fn parse_number(text: &str, unit_bytes: u64) -> Result<SizeRange, SizeError> {
    let groups: Vec<&str> = text.split([',', '.', ' ']).collect();
    let all_digits = |group: &&str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    if !groups.iter().all(all_digits) {
        return Err(SizeError::Malformed);
    }
    let separators: Vec<char> = text.chars().filter(|c| !c.is_ascii_digit()).collect();
    let (whole, fraction) = match groups.as_slice() {
        [whole] => ((*whole).to_owned(), ""),
        // Bytes have no fractions: every separator groups thousands.
        _ if unit_bytes == 1 => (thousands(&groups)?, ""),
        [whole, last] if separators[0] != ' ' => {
            if last.len() == 3 && whole.len() <= 3 && *whole != "0" {
                return Err(SizeError::Ambiguous);
            }
            ((*whole).to_owned(), *last)
        }
        // `1,234.56 KB`: the last separator differs from the others.
        [grouped @ .., last] if grouped.len() > 1 && separators.last() != separators.first() => {
            (thousands(grouped)?, *last)
        }
        grouped => (thousands(grouped)?, ""),
    };
    let decimals = u32::try_from(fraction.len()).map_err(|_| SizeError::Malformed)?;
    if whole.len() > 15 || decimals > 9 {
        return Err(SizeError::Malformed);
    }
    let scale = 10u128.pow(decimals);
    let units: u128 = format!("{whole}{fraction}")
        .parse()
        .map_err(|_| SizeError::Malformed)?;
    if unit_bytes == 1 {
        let bytes = u64::try_from(units).map_err(|_| SizeError::Malformed)?;
        return Ok(SizeRange::exactly(bytes));
    }
    // One unit of the last digit to either side: rounded up, rounded down, or cut off.
    let unit = u128::from(unit_bytes);
    let low = (units.saturating_sub(1) * unit).div_ceil(scale);
    let high = (units + 1) * unit / scale;
    let bytes = |number: u128| u64::try_from(number).map_err(|_| SizeError::Malformed);
    SizeRange::new(bytes(low)?, bytes(high)?).ok_or(SizeError::Malformed)
}

fn thousands(groups: &[&str]) -> Result<String, SizeError> {
    let (first, rest) = groups.split_first().ok_or(SizeError::Malformed)?;
    if first.len() <= 3 && rest.iter().all(|group| group.len() == 3) {
        Ok(groups.concat())
    } else {
        Err(SizeError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(min: u64, max: u64) -> SizeRange {
        SizeRange::new(min, max).expect("in order")
    }

    #[test]
    fn reads_sizes_as_people_write_them() {
        let read = |text: &str| parse_size(text).expect(text);
        assert_eq!(read("137.28 KB"), range(140_565, 140_584));
        assert_eq!(read("3,50KB"), range(3574, 3594));
        assert_eq!(read("85.00KB (87,040 bytes)"), range(87_040, 87_040));
        assert_eq!(read("87 040 B"), range(87_040, 87_040));
        assert_eq!(read("87.040 bytes"), range(87_040, 87_040));
        assert_eq!(read("3584"), range(3584, 3584));
        assert_eq!(read("3574-3594 bytes"), range(3574, 3594));
        assert_eq!(read("1,234.5 KB"), range(1_264_026, 1_264_230));
        assert_eq!(read("85 KB"), range(86_016, 88_064));
    }

    #[test]
    fn refuses_what_can_be_read_in_two_ways_or_in_none() {
        use SizeError as E;
        for (text, error) in [
            ("1,024 KB", E::Ambiguous),
            ("85.00 KB (90,000 bytes)", E::Contradiction),
            ("", E::Malformed),
            ("KB", E::Malformed),
            ("12 apples", E::Malformed),
            ("1..2 KB", E::Malformed),
            ("137.28 KB3.50 KB", E::Malformed),
            ("99999999999999999999 GB", E::Malformed),
            ("9-3 bytes", E::Malformed),
            ("1,23 bytes", E::Malformed),
        ] {
            assert_eq!(parse_size(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_range_holds_every_size_that_is_written_so(bytes in 0u64..1 << 34, decimals in 0u32..3) {
            // Oracle: the size cut off, in integers.
            let scale = 10u64.pow(decimals);
            let cut = bytes * scale / 1024;
            let width = decimals as usize;
            let text = if decimals == 0 { format!("{cut} KB") } else { format!("{}.{:0width$} KB", cut / scale, cut % scale) };
            prop_assert!(parse_size(&text).expect(&text).contains(bytes), "{} is {}", bytes, text);
            let rounded = (bytes * scale + 512) / 1024;
            let text = if decimals == 0 { format!("{rounded} KB") } else { format!("{}.{:0width$} KB", rounded / scale, rounded % scale) };
            prop_assert!(parse_size(&text).expect(&text).contains(bytes), "{} is {}", bytes, text);
        }

        #[test]
        fn never_panics(text in "\\PC*") {
            let _ = parse_size(&text);
        }
    }
}
