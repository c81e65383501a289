//! Words that intruders put on other people's pages: bets and games for money, and boasting. In Vietnamese with and without
//! marks, English, Indonesian and Chinese. One word says little; several different ones are seldom honest.

use serde::{Deserialize, Serialize};

use crate::texts::folded;

/// What a word is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Bets, lotteries, games for money.
    Betting,
    /// Somebody says that the page is theirs now.
    Boasting,
}

/// A word of intruders that stands in a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Term {
    /// What it is about.
    pub subject: Subject,
    /// The word, without marks.
    pub word: String,
    /// How much it says: 3 is seldom honest on a page of the state, 1 often is.
    pub weight: u32,
}

/// Returns every word of intruders in a text, each once, in order of the lists.
pub fn find_terms(text: &str) -> Vec<Term> {
    let folded = folded(text);
    let mut terms = Vec::new();
    for (subject, weight, words) in LISTS {
        for word in *words {
            if has_word(&folded, word) {
                terms.push(Term {
                    subject: *subject,
                    word: (*word).to_owned(),
                    weight: *weight,
                });
            }
        }
    }
    for word in folded.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        let is_known = |term: &Term| term.word == word;
        if looks_like_house(word) && !terms.iter().any(is_known) && terms.len() < 200 {
            terms.push(Term {
                subject: Subject::Betting,
                word: word.to_owned(),
                weight: 1,
            });
        }
    }
    terms
}

/// Tells whether `word` stands in `text` with no letter or digit beside it. Chinese has no spaces between words.
fn has_word(text: &str, word: &str) -> bool {
    let is_joined =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    text.match_indices(word).any(|(at, _)| {
        !word.is_ascii()
            || !(is_joined(text[..at].chars().next_back())
                || is_joined(text[at + word.len()..].chars().next()))
    })
}

/// Tells whether a word is built like the name of a betting house: letters and a lucky number, or ending in `bet`.
fn looks_like_house(word: &str) -> bool {
    if word.len() < 4 || word.len() > 12 {
        return false;
    }
    let letters = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number = &word[letters.len()..];
    let is_lucky = matches!(number, "88" | "68" | "79" | "789" | "888" | "666" | "86");
    let has_only_letters = letters.bytes().all(|byte| byte.is_ascii_lowercase());
    (is_lucky && has_only_letters && (2..=7).contains(&letters.len()))
        || (number.is_empty()
            && word.len() > 5
            && word.ends_with("bet")
            && !matches!(word, "alphabet" | "sorbet" | "gibbet" | "barbet"))
}

type List = (Subject, u32, &'static [&'static str]);

const LISTS: &[List] = &[
    (
        Subject::Betting,
        3,
        &[
            "nha cai",
            "ca cuoc",
            "ca do bong da",
            "keo nha cai",
            "soi keo",
            "soi cau",
            "tai xiu",
            "no hu",
            "xoc dia",
            "song bac",
            "song bai",
            "casino truc tuyen",
            "danh bai doi thuong",
            "game bai doi thuong",
            "ban ca doi thuong",
            "bach thu lo",
            "danh de online",
            "lo de online",
            "ghi lo de",
            "ty le keo",
            "ty le ca cuoc",
            "rut tien nhanh",
            "nap tien nhan thuong",
            "tang 100k",
            "slot game",
            "game slot",
            "da ga truc tiep",
            "xo so online",
            "link vao nha cai",
            "dai ly nha cai",
        ],
    ),
    (
        Subject::Betting,
        3,
        &[
            "online casino",
            "sports betting",
            "sportsbook",
            "betting odds",
            "live baccarat",
            "online slots",
            "slot gacor",
            "judi slot",
            "judi online",
            "situs slot",
            "togel",
            "maxwin",
            "bandar bola",
            "poker online",
            "free spins",
            "no deposit bonus",
        ],
    ),
    (
        Subject::Betting,
        3,
        &[
            "博彩",
            "赌场",
            "賭場",
            "娱乐城",
            "娛樂城",
            "体育投注",
            "老虎机",
            "老虎機",
            "百家乐",
            "百家樂",
            "真人荷官",
            "注册送",
            "六合彩",
            "时时彩",
            "开户送",
            "赌博",
            "买球",
            "外围",
        ],
    ),
    (
        Subject::Betting,
        2,
        &[
            "kubet", "thabet", "jun88", "new88", "shbet", "hi88", "789bet", "okvip", "f8bet",
            "sunwin", "hitclub", "go88", "rikvip", "fun88", "fb88", "188bet", "bk8", "w88", "m88",
            "v9bet", "vn88", "bong88", "sbobet", "ae888", "dafabet", "1xbet", "22bet", "b52 club",
            "8xbet", "bet365",
        ],
    ),
    (
        Subject::Betting,
        1,
        &[
            "casino",
            "baccarat",
            "poker",
            "jackpot",
            "gambling",
            "betting",
            "roulette",
            "slot",
            "khuyen mai",
            "nap rut",
            "hoan tra",
            "bong da truc tuyen",
            "ty so truc tuyen",
            "xo so",
            "doi thuong",
            "gacor",
            "彩票",
            "棋牌",
        ],
    ),
    (
        Subject::Boasting,
        3,
        &[
            "hacked by",
            "h4cked by",
            "hack3d by",
            "h4ck3d by",
            "defaced by",
            "owned by hacker",
            "pwned by",
            "0wned by",
            "pwn3d",
            "h4ck3d",
            "hack3d",
            "you have been hacked",
            "your site has been hacked",
            "site hacked",
            "your security is",
            "security is an illusion",
            "stamped by",
            "touched by",
            "greetz to",
            "greetz",
            "greets to",
            "cyber army",
            "cyber team",
            "hacker team",
            "hackteam",
            "1937cn",
            "da bi hack",
            "bi hack boi",
            "hack boi",
            "we are legion",
            "expect us",
            "被黑",
            "黑客",
            "hacked",
        ],
    ),
    (
        Subject::Boasting,
        1,
        &[
            "was here",
            "anonymous",
            "defaced",
            "pwned",
            "owned",
            "hacker",
            "hackers",
            "patch your",
            "zone-h",
            "stop war",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        find_terms(text).into_iter().map(|term| term.word).collect()
    }

    #[test]
    fn marks_case_and_joined_letters_make_no_difference_where_they_mean_none() {
        assert_eq!(words("NHÀ CÁI uy tín"), ["nha cai"]);
        assert_eq!(words("Nha\u{200b} cai"), ["nha cai"]);
        assert_eq!(words("nhà cáiX"), Vec::<String>::new());
        assert_eq!(words("全球博彩网"), ["博彩"]);
        assert_eq!(words("vào ABC88 ngay"), ["abc88"]);
    }

    #[test]
    fn what_an_office_writes_of_itself_is_not_taken_for_an_intruder() {
        let honest = "Sở Thông tin và Truyền thông tổ chức hội nghị triển khai nhiệm vụ năm 2026. \
            Nhà văn hoá, cái đẹp, tài liệu, nổ máy, số 68 Nguyễn Huệ. The alphabet of 1988.";
        assert_eq!(words(honest), Vec::<String>::new());
    }
}
