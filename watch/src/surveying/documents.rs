//! Documents (PDF) that strangers upload for search engines: their title and the addresses that they link to. Nothing is drawn, and
//! what is packed is unpacked within limits.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use memchr::memmem;
use pages::{PageModel, RegionKey, Use, UseKind};

/// Packed pieces of one document that are unpacked, and bytes of each and of all.
const PIECES_MAX: usize = 200;
const PIECE_BYTES_MAX: u64 = 256 * 1024;
const BYTES_MAX: usize = 4 * 1024 * 1024;
/// Links of one document.
const LINKS_MAX: usize = 500;
/// Bytes of one text in a document that are read.
const TEXT_BYTES_MAX: usize = 2_048;

/// Returns title and links of a document as of a page; nothing where it is none that is understood.
pub(super) fn read_document(body: &[u8]) -> Option<PageModel> {
    let beginning = &body[..body.len().min(1_024)];
    memmem::find(beginning, b"%PDF-")?;
    let unpacked = unpacked(body);
    let mut model = PageModel::default();
    for bytes in [body, &unpacked] {
        if model.title.is_empty()
            && let Some(title) = texts_after(bytes, b"/Title").next()
        {
            model.title = title;
        }
        for url in texts_after(bytes, b"/URI").take(LINKS_MAX) {
            let origin = url::Url::parse(&url).map(|url| url.origin().ascii_serialization());
            if let Ok(origin) = origin {
                model.uses.push(Use {
                    kind: UseKind::Link,
                    origin,
                    url,
                    region: RegionKey::default(),
                    is_hidden: false,
                });
            }
        }
    }
    Some(model)
}

/// Returns what the streams of a document contain that are packed in the common way (ISO 32000, 7.4.4).
fn unpacked(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for at in memmem::find_iter(body, b"stream").take(PIECES_MAX * 2) {
        let rest = &body[at + b"stream".len()..];
        let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
        let Some(rest) = rest.strip_prefix(b"\n") else {
            continue;
        };
        // Pictures are not of interest, and begin otherwise.
        if rest.first().is_none_or(|first| first & 0x0f != 8) {
            continue;
        }
        // Of a damaged piece, what came before counts.
        let _ = ZlibDecoder::new(rest)
            .take(PIECE_BYTES_MAX)
            .read_to_end(&mut out);
        if out.len() >= BYTES_MAX {
            break;
        }
    }
    out
}

/// Returns the texts in brackets that follow a name.
fn texts_after<'b>(bytes: &'b [u8], name: &'static [u8]) -> impl Iterator<Item = String> + use<'b> {
    let places = memmem::find_iter(bytes, name).take(LINKS_MAX * 4);
    places.filter_map(move |at| {
        let rest = bytes[at + name.len()..].trim_ascii_start();
        let rest = rest.strip_prefix(b"(")?;
        let rest = &rest[..rest.len().min(TEXT_BYTES_MAX)];
        let mut text = Vec::new();
        let mut is_escaped = false;
        for byte in rest {
            match byte {
                b'\\' if !is_escaped => is_escaped = true,
                b')' if !is_escaped => return Some(decoded(&text)),
                byte => {
                    text.push(*byte);
                    is_escaped = false;
                }
            }
        }
        None
    })
}

/// Returns a text of a document in characters: UTF-16 where it says so, else bytes.
fn decoded(bytes: &[u8]) -> String {
    match bytes.strip_prefix(&[0xfe, 0xff]) {
        Some(wide) => {
            let units = wide
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units)
                .map(|letter| letter.unwrap_or('\u{fffd}'))
                .collect()
        }
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    #[test]
    fn title_and_links_are_read_whether_packed_or_not() {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder
            .write_all(b"<</S/URI/URI (https://b.example/\\(x\\))>>")
            .unwrap();
        let packed = encoder.finish().unwrap();
        let mut body = b"%PDF-1.7\n1 0 obj<</Title(\xfe\xff\x00A\x1e\xa5)>>\n<</URI(https://a.example/)>>\nstream\r\n".to_vec();
        body.extend(packed);
        body.extend(b"\nendstream\n%%EOF");
        let model = read_document(&body).unwrap();
        assert_eq!(model.title, "Aấ");
        let urls: Vec<&str> = model.uses.iter().map(|one| one.url.as_str()).collect();
        assert_eq!(urls, ["https://a.example/", "https://b.example/(x)"]);
    }

    #[test]
    fn what_is_none_or_is_damaged_or_a_bomb_ends() {
        assert!(read_document(b"").is_none() && read_document(b"PK\x03\x04").is_none());
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![0; 50_000_000]).unwrap();
        let bomb = encoder.finish().unwrap();
        let mut body = b"%PDF-1.7\n".to_vec();
        for _ in 0..100 {
            body.extend(b"stream\n");
            body.extend(&bomb);
        }
        assert!(unpacked(&body).len() <= BYTES_MAX + 256 * 1024);
        assert!(
            read_document(b"%PDF-1.7 /URI(((((((/URI(\\")
                .is_some_and(|model| model.uses.is_empty())
        );
    }
}
