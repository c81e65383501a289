//! Domain names beyond ASCII, as the domain name system writes them (RFC 3492).

/// Returns the name as the domain name system has it: labels beyond ASCII as RFC 3492 writes them.
pub(crate) fn to_ascii(value: &str) -> Option<String> {
    let lower = value.to_lowercase();
    if lower.is_ascii() {
        return Some(lower);
    }
    if lower.chars().count() > 253 {
        return None;
    }
    let labels: Option<Vec<String>> = lower
        .split('.')
        .map(|label| {
            if label.is_ascii() {
                Some(label.to_owned())
            } else if label.chars().all(|c| c.is_alphanumeric() || c == '-') {
                punycode(label).map(|code| format!("xn--{code}"))
            } else {
                None
            }
        })
        .collect();
    Some(labels?.join("."))
}

/// RFC 3492 §6.3, with the parameters of §5.
fn punycode(label: &str) -> Option<String> {
    const BASE: u32 = 36;
    let digit = |value: u32| {
        b"abcdefghijklmnopqrstuvwxyz0123456789"
            .get(value as usize)
            .map(|digit| char::from(*digit))
    };
    let mut output: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(output.len()).ok()?;
    if basic > 0 {
        output.push('-');
    }
    let length = u32::try_from(label.chars().count()).ok()?;
    let (mut n, mut delta, mut bias, mut handled) = (128u32, 0u32, 72u32, basic);
    while handled < length {
        let next = label.chars().map(u32::from).filter(|c| *c >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(handled + 1)?)?;
        n = next;
        for c in label.chars().map(u32::from) {
            if c < n {
                delta = delta.checked_add(1)?;
            }
            if c != n {
                continue;
            }
            let mut q = delta;
            let mut k = BASE;
            loop {
                let threshold = k.saturating_sub(bias).clamp(1, 26);
                if q < threshold {
                    break;
                }
                output.push(digit(threshold + (q - threshold) % (BASE - threshold))?);
                q = (q - threshold) / (BASE - threshold);
                k += BASE;
            }
            output.push(digit(q)?);
            bias = adapt(delta, handled + 1, handled == basic);
            delta = 0;
            handled += 1;
        }
        delta = delta.checked_add(1)?;
        n += 1;
    }
    Some(output)
}

/// RFC 3492 §6.1.
fn adapt(delta: u32, points: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_names_beyond_ascii_as_the_domain_name_system_does() {
        for (name, ascii) in [
            ("bücher.de", "xn--bcher-kva.de"),
            ("MÜNCHEN.com", "xn--mnchen-3ya.com"),
            ("他们为什么不说中文.com", "xn--ihqwcrb4cv8a8dqg056pqjye.com"),
            ("plain.org", "plain.org"),
        ] {
            assert_eq!(to_ascii(name).as_deref(), Some(ascii));
        }
        assert_eq!(to_ascii("a b.é"), Some("a b.xn--9ca".to_owned()));
        assert_eq!(to_ascii("é/x.com"), None);
    }
}
