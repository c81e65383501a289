//! What functions of JavaScript make of constants: the few that intruders put texts together with. Bounded in and out.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// Bytes of one text that are made.
pub(super) const TEXT_BYTES: usize = 256 * 1024;

/// As browsers read base64: with or without its end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// `atob(…)`.
pub(super) fn of_base64(text: &str) -> Option<String> {
    let plain: String = text
        .chars()
        .filter(|letter| !letter.is_ascii_whitespace())
        .take(TEXT_BYTES)
        .collect();
    let bytes = BASE64.decode(plain).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// `unescape(…)` and `decodeURIComponent(…)`.
pub(super) fn of_percent(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len().min(TEXT_BYTES));
    let mut at = 0;
    while at < text.len() && bytes.len() < TEXT_BYTES {
        let rest = &text.as_bytes()[at..];
        let digits = |from: usize, to: usize| {
            let digits = rest.get(from..to)?;
            let digits = std::str::from_utf8(digits).ok()?;
            u32::from_str_radix(digits, 16).ok()
        };
        let wide = rest.starts_with(b"%u").then(|| digits(2, 6)).flatten();
        if let Some(letter) = wide.and_then(char::from_u32) {
            bytes.extend(letter.encode_utf8(&mut [0; 4]).as_bytes());
            at += 6;
        } else if rest[0] == b'%'
            && let Some(byte) = digits(1, 3).and_then(|code| u8::try_from(code).ok())
        {
            bytes.push(byte);
            at += 3;
        } else {
            bytes.push(rest[0]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns what an address of the form `data:text/html;base64,…` carries, where that is text.
pub(crate) fn data_of(address: &str) -> Option<String> {
    let address = address.trim_start();
    let scheme = address.get(..5)?;
    if !scheme.eq_ignore_ascii_case("data:") {
        return None;
    }
    let (kind, data) = address[5..].split_once(',')?;
    let kind = kind.to_ascii_lowercase();
    if kind.starts_with("image/") && !kind.contains("svg") || kind.starts_with("font/") {
        return None;
    }
    let data = &data[..data.floor_char_boundary(TEXT_BYTES)];
    let plain = of_percent(data);
    if kind.ends_with(";base64") {
        of_base64(&plain)
    } else {
        Some(plain)
    }
}
