//! How intruders write: boasts and advertisements in seven languages, put together anew for each attack.

use crate::chance::Chance;

const CREWS_A: &[&str] = &[
    "Gh0st",
    "Kızıl",
    "Red",
    "Ha Noi",
    "Garuda",
    "Shadow",
    "Dragon",
    "Sài Gòn",
    "Anka",
    "Tiger",
    "North",
    "Black",
    "L1ght",
    "Cobra",
    "Phoenix",
    "Зеро",
];
const CREWS_B: &[&str] = &[
    "Squad",
    "Crew",
    "Tim",
    "Legion 7",
    "x Team",
    "Kardeşler",
    "Sec",
    "Boyz",
    "Brotherhood",
    "Unit",
    "Underground",
    "1337",
    "VN",
];

const BOASTS: &[&[&str]] = &[
    // Vietnamese, with and without marks
    &[
        "Trang này đã nằm trong tay {c}",
        "Admin ơi dậy mà vá lỗi đi",
        "Dữ liệu của các bạn chúng tôi đã tải về hết",
        "Hệ thống quá yếu, lần sau thuê người giỏi hơn nhé",
        "{c} ghé thăm – không phá hoại, chỉ nhắc nhở",
    ],
    &[
        "{c} da vao duoc server cua ban",
        "Lo hong nay ton tai 3 nam roi ma khong ai sua",
        "Lien he telegram de chuoc lai du lieu",
        "Loi chao tu {c}",
    ],
    // English
    &[
        "{c} got root here",
        "Your admin is sleeping, we are not",
        "No system is safe – {c} 2026",
        "We took this box in four minutes",
        "All your files belong to {c}",
        "Game over, government",
    ],
    &[
        "This website has been seized by {c}",
        "Fix your bugs before we come back",
        "Special thanks to all members of {c}",
    ],
    // Chinese
    &[
        "本站已被{c}入侵",
        "管理员请尽快修补漏洞",
        "南海自古以来就是我们的",
        "{c} 到此一游",
        "不要挑战我们的底线",
    ],
    // Indonesian
    &[
        "Situs ini telah diretas oleh {c}",
        "Maaf admin, keamanan situsmu lemah sekali",
        "Salam dari {c} untuk seluruh dunia",
        "Jangan tidur terus min",
    ],
    // Turkish
    &[
        "Bu site {c} tarafından ele geçirildi",
        "Güvenliğiniz yetersiz, önlem alın",
        "Vatan sana canım feda",
        "{c} buradaydı",
    ],
    // Russian
    &[
        "Сайт взломан группой {c}",
        "Ваша защита – решето",
        "Привет админу от {c}",
        "Мы ничего не удалили, пока",
    ],
    // Arabic
    &[
        "تم اختراق هذا الموقع من قبل {c}",
        "رسالتنا إلى العالم: لن ننسى",
        "أين الحماية أيها المدير",
        "تحية إلى فريق {c}",
    ],
];

const HOUSE_A: &[&str] = &[
    "rong", "Vin", "Zo", "lux", "Tk", "Mibet", "phat", "Nova", "King", "sao", "Hu", "loc", "ALO",
    "Tip", "debe", "xoilac", "Mega", "Bom",
];
const HOUSE_B: &[&str] = &[
    "79", "66", "39", "vip", "99", "club", "99k", "77", "win", "123", "365", "fun", "pro", "456",
];

const SPAM: &[&[&str]] = &[
    // Vietnamese games for money
    &[
        "{h} – Cổng game quốc tế uy tín số 1 châu Á",
        "Đăng ký {h} nhận ngay 88K trải nghiệm",
        "Chơi bài ăn tiền thật rút về Momo 3 phút",
        "Link {h} mới nhất không bị chặn",
        "Tỷ lệ thắng kèo nhà 98%, hoàn trả 1.2% mỗi ngày",
        "Quay hũ {h} trúng 500 triệu",
        "Nạp đầu thưởng 150%, tải app {h} Android/iOS",
    ],
    &[
        "Lô tô siêu tốc {h}, dàn đề 36 số miễn phí",
        "Chốt số 3 miền chuẩn hôm nay",
        "Bắn cá đổi thẻ cào {h}",
        "Xem trực tiếp bóng đá, đặt kèo tại {h}",
        "Đá gà Thomo hôm nay – {h}",
        "Mậu binh, phỏm, sâm lốc đổi tiền thật",
    ],
    &[
        "cong game {h} doi thuong uy tin",
        "tai {h} apk nhan giftcode 50k",
        "nha phat hanh {h} hang dau viet nam",
        "choi la thang cung {h}",
        "{h} khuyen mai thanh vien moi",
    ],
    // English
    &[
        "{h} casino welcome package up to 300%",
        "Bet on football with {h}, best odds guaranteed",
        "Spin and win at {h} today",
        "Crash game aviator {h} predictor",
        "{h} app download – instant withdrawal",
    ],
    // Chinese
    &[
        "澳门新葡京官方网站 {h}",
        "真钱棋牌平台 注册即送38元",
        "足球竞猜 滚球盘口 {h}",
        "电子游艺 爆大奖 {h}",
        "必赢亚洲手机版下载",
        "凯发k8娱乐 {h} 首页",
    ],
    // Indonesian
    &[
        "{h} situs gacor terpercaya hari ini",
        "RTP live tertinggi, scatter hitam anti rungkad",
        "Deposit pulsa tanpa potongan {h}",
        "Link alternatif {h} resmi",
        "Bocoran pola mahjong ways 2",
    ],
    // Turkish
    &[
        "{h} güncel giriş adresi",
        "Deneme bonusu veren siteler 2026 {h}",
        "Kaçak bahis ve canlı iddaa {h}",
        "{h} casino oyna",
    ],
    // Russian
    &[
        "{h} казино – зеркало рабочее на сегодня",
        "Ставки на спорт без верификации {h}",
        "Игровые автоматы на деньги",
        "Промокод {h} фрибет 5000",
    ],
    // Arabic
    &[
        "{h} كازينو اون لاين",
        "رهانات رياضية بالريال",
        "سجل الآن واحصل على مكافأة {h}",
    ],
    // Other trades
    &[
        "Vay tiền nhanh không cần thế chấp, giải ngân 15 phút",
        "Thuốc cường dương thảo dược giá sỉ",
        "Làm bằng đại học, bằng lái xe uy tín toàn quốc",
        "Gái gọi sinh viên {h}",
        "Dịch vụ hack zalo, facebook",
    ],
    &[
        "Buy cheap tadalafil without prescription",
        "Payday loans no credit check",
        "Essay writing service {h}",
        "Replica watches outlet {h}",
    ],
    &[
        "ブランドコピー 激安 専門店 {h}",
        "ルイヴィトン 財布 スーパーコピー",
        "送料無料 ロレックス 偽物 {h}",
    ],
];

/// The words of one attack.
#[derive(Clone, Debug)]
pub struct Wording {
    lines: Vec<String>,
}

impl Wording {
    /// Boasts of one crew in one language.
    pub fn boasts(chance: &mut Chance) -> Self {
        let crew = format!(
            "{}{}{}",
            chance.pick(CREWS_A),
            chance.pick(&["", " ", "_"]),
            chance.pick(CREWS_B)
        );
        Self::of(chance, BOASTS, "{c}", &crew)
    }

    /// Advertisements of one house in one language.
    pub fn advertisements(chance: &mut Chance) -> Self {
        let house = house(chance);
        Self::of(chance, SPAM, "{h}", &house)
    }

    /// Returns the first line: what goes into a title.
    pub fn first(&self) -> &str {
        &self.lines[0]
    }

    /// Returns so many lines, again from the first where there are no more.
    pub fn lines(&self, count: usize) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str).cycle().take(count)
    }

    fn of(chance: &mut Chance, lists: &[&[&str]], mark: &str, name: &str) -> Self {
        let list = lists[chance.below(lists.len())];
        let mut lines: Vec<String> = list.iter().map(|line| line.replace(mark, name)).collect();
        chance.shuffle(&mut lines);
        match chance.below(10) {
            0 => lines = lines.iter().map(|line| lookalikes(line)).collect(),
            1 => lines = lines.iter().map(|line| split(line)).collect(),
            2 => lines = lines.iter().map(|line| line.to_uppercase()).collect(),
            _ => {}
        }
        Self { lines }
    }
}

/// Returns the name of a house.
pub fn house(chance: &mut Chance) -> String {
    format!("{}{}", chance.pick(HOUSE_A), chance.pick(HOUSE_B))
}

/// Returns the host of an intruder.
pub fn evil_host(chance: &mut Chance) -> String {
    let house = house(chance).to_lowercase();
    match chance.below(4) {
        0 => format!("{house}.evil{}.test", chance.between(1, 999)),
        1 => format!("cdn-jquery{}.test", chance.between(1, 999)),
        2 => format!("static.{}-cloud.test", chance.token(6).to_lowercase()),
        _ => format!("{house}-{}.test", chance.token(4).to_lowercase()),
    }
}

/// Writes some letters with those of another alphabet that look the same.
fn lookalikes(line: &str) -> String {
    let alike = |letter| match letter {
        'a' => 'а',
        'e' => 'е',
        'o' => 'о',
        'c' => 'с',
        'p' => 'р',
        'i' => 'і',
        'x' => 'х',
        letter => letter,
    };
    line.chars().map(alike).collect()
}

/// Puts marks that nobody sees, or points, between letters.
fn split(line: &str) -> String {
    let mut out = String::new();
    for (at, letter) in line.chars().enumerate() {
        out.push(letter);
        if at % 3 == 1 {
            out.push('\u{200c}');
        }
    }
    out
}
