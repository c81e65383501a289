//! What offices write: headlines, sentences and names in Vietnamese and in English, put together by grammars of our own.

mod grammar;

use std::sync::LazyLock;

use self::grammar::Grammar;
use crate::chance::Chance;

static VIETNAMESE: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::of(include_str!("vietnamese.txt")));
static ENGLISH: LazyLock<Grammar> = LazyLock::new(|| Grammar::of(include_str!("english.txt")));

/// Invented places, with the spelling that stands in names of hosts.
pub const PLACES: &[(&str, &str)] = &[
    ("An Lạc", "anlac"),
    ("Bình Hoà", "binhhoa"),
    ("Cẩm Giang", "camgiang"),
    ("Đông Sơn", "dongson"),
    ("Gia Phước", "giaphuoc"),
    ("Hải Thịnh", "haithinh"),
    ("Khánh Vân", "khanhvan"),
    ("Long Điền", "longdien"),
    ("Minh Châu", "minhchau"),
    ("Nam Tân", "namtan"),
    ("Phú Thọ Tây", "phuthotay"),
    ("Quảng Lĩnh", "quanglinh"),
    ("Sơn Hà", "sonha"),
    ("Tân Uyên", "tanuyen"),
    ("Vĩnh Bảo", "vinhbao"),
    ("Xuân Trường", "xuantruong"),
    ("Yên Định", "yendinh"),
    ("Thạnh Mỹ", "thanhmy"),
    ("Hoà Bắc", "hoabac"),
    ("Trà Ôn", "traon"),
    ("Châu Khê", "chaukhe"),
    ("Lạc Thuỷ", "lacthuy"),
];

/// Kinds of offices, with the spelling that stands in names of hosts.
pub const OFFICES: &[(&str, &str)] = &[
    ("Sở Y tế", "soyte"),
    ("Sở Giáo dục và Đào tạo", "sogddt"),
    ("Sở Tài chính", "sotaichinh"),
    ("Uỷ ban nhân dân huyện", "ubnd"),
    ("Sở Nông nghiệp và Môi trường", "sonnmt"),
    ("Cục Thuế", "cucthue"),
    ("Thư viện tỉnh", "thuvien"),
    ("Bệnh viện đa khoa", "bvdk"),
    ("Trung tâm Phục vụ hành chính công", "hcc"),
    ("Đài Phát thanh và Truyền hình", "ptth"),
    ("Trường THPT", "thpt"),
    ("Sở Xây dựng", "soxaydung"),
    ("Ban Quản lý Khu công nghiệp", "bqlkcn"),
    ("Bảo tàng", "baotang"),
];

/// Returns a headline.
pub fn headline(chance: &mut Chance) -> String {
    // Honest, and yet of what intruders also write about: what a tenth of a per cent of the headlines say.
    let rule = if chance.below(1_000) == 0 {
        "awkward"
    } else {
        "headline"
    };
    VIETNAMESE.write(rule, chance)
}

/// Returns so many sentences.
pub fn paragraph(chance: &mut Chance, sentences: usize) -> String {
    let one = |_| VIETNAMESE.write("sentence", chance);
    (0..sentences).map(one).collect::<Vec<_>>().join(" ")
}

/// Returns a headline in English, now and then one for a neighbour.
pub fn english_headline(chance: &mut Chance) -> String {
    let rule = if chance.below(40) == 0 {
        "neighbour"
    } else {
        "headline"
    };
    ENGLISH.write(rule, chance)
}

/// Returns a person's name.
pub fn person(chance: &mut Chance) -> String {
    VIETNAMESE.write("person", chance)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn words_of(text: &str) -> BTreeSet<String> {
        let words = text.split(|letter: char| !letter.is_alphabetic());
        let long = words.filter(|word| word.chars().nth(1).is_some());
        long.map(str::to_lowercase).collect()
    }

    #[test]
    fn an_office_uses_thousands_of_words_and_goes_on_finding_new_ones() {
        let said = |count: u64| -> BTreeSet<String> {
            let of_article = |number| {
                let mut chance = Chance::of(&[9, number]);
                words_of(&format!(
                    "{} {}",
                    headline(&mut chance),
                    paragraph(&mut chance, 8)
                ))
            };
            (0..count).flat_map(of_article).collect()
        };
        let (month, all) = (said(50).len(), said(2_000).len());
        assert!(month > 600 && all > 2_000, "{month} and {all}");
    }

    #[test]
    fn grammars_write_plain_text() {
        for number in 0..5_000 {
            let mut chance = Chance::of(&[10, number]);
            let texts = [
                headline(&mut chance),
                paragraph(&mut chance, 2),
                english_headline(&mut chance),
                person(&mut chance),
                VIETNAMESE.write("awkward", &mut chance),
            ];
            for text in texts {
                // Marks stand on their letters (NFC), and nothing is left of the grammar or would be markup.
                let is_plain = |letter: char| {
                    !"{}|[]<>&\"'\\".contains(letter) && !('\u{300}'..='\u{36f}').contains(&letter)
                };
                assert!(text.chars().all(is_plain), "{text}");
                assert!(
                    !text.is_empty() && !text.contains("  ") && text.len() < 1_200,
                    "{text}"
                );
            }
        }
    }
}
