//! What each kind of site has on its pages.

use std::fmt::Write as _;

use super::frame::Design;
use super::kinds::Kind;
use super::site::{Moment, Section, Site, staff_line};
use super::words;
use crate::chance::Chance;
use crate::living::State;

/// Days before the beginning from which there are articles.
const DAYS_BEFORE: u32 = 200;

/// Writes the contents of a page.
pub(super) fn main_part(
    page: &mut String,
    site: &Site,
    section: Section,
    moment: Moment,
    state: &State,
    design: &Design,
) {
    match section {
        Section::Home => home(page, site, moment, state, design),
        Section::About => about(page, site, state, design),
        Section::News => articles(page, site, moment, design, 20),
        Section::Documents => documents(page, site, moment, design),
        Section::Staff => staff(page, site, state),
        Section::Contact => contact(page, site, moment),
        Section::Extra(number) => extra(page, site, number, design),
        Section::Article(day, number) => article(page, site, day, number),
    }
}

fn home(page: &mut String, site: &Site, moment: Moment, state: &State, design: &Design) {
    match site.kind {
        Kind::News => {
            articles(page, site, moment, design, 14);
            most_read(page, site, moment, design);
        }
        Kind::Portal => {
            articles(page, site, moment, design, 8);
            documents(page, site, moment, design);
            tiles(page, site, state);
            second_leaf(page, site, moment, design.prefix);
        }
        Kind::OldCms => old_tables(page, site, moment, state),
        Kind::Images => gallery(page, site, moment, state),
        Kind::SinglePage => single_page(page, site, moment),
        Kind::Static => about(page, site, state, design),
        Kind::School => {
            timetable(page, site, moment);
            articles(page, site, moment, design, 6);
        }
        Kind::Board => board(page, site, moment),
        Kind::Forms => {
            form(page, site, moment);
            tiles(page, site, state);
        }
        Kind::Bilingual => {
            articles(page, site, moment, design, 6);
            english(page, site, moment, design);
        }
    }
}

/// Returns the newest articles: day, number on that day, headline.
fn newest(site: &Site, day: u32, count: usize) -> Vec<(u32, u32, String)> {
    let mut found = Vec::new();
    let rate = site.kind.articles_in_ten_days();
    for day in (0..=day + DAYS_BEFORE).rev() {
        let mut chance = Chance::of(&[site.seed, 20, u64::from(day)]);
        let mut today = rate / 10 + usize::from(chance.below(10) < rate % 10);
        // On weekends few write.
        if day % 7 >= 5 {
            today /= 2;
        }
        for number in (0..today).rev() {
            let mut chance = Chance::of(&[site.seed, 21, u64::from(day), number as u64]);
            found.push((
                day,
                u32::try_from(number).unwrap_or(0),
                words::headline(&mut chance),
            ));
            if found.len() == count {
                return found;
            }
        }
    }
    found
}

fn articles(page: &mut String, site: &Site, moment: Moment, design: &Design, count: usize) {
    let (p, h) = (design.prefix, design.heading);
    let _ = writeln!(
        page,
        "<{} class=\"{p}-news\"><{h}>Tin tức – Sự kiện</{h}>",
        design.block
    );
    for (day, number, headline) in newest(site, moment.day, count) {
        let mut chance = Chance::of(&[site.seed, 22, u64::from(day), u64::from(number)]);
        let picture = chance.below(40);
        let summary = words::paragraph(&mut chance, 1);
        let source = source_of(&mut chance);
        let _ = writeln!(
            page,
            "<div class=\"{p}-item\"><a href=\"{}\"><img src=\"/upload/anh{picture}.png\" alt=\"\"></a><h5><a href=\"{0}\">{headline}</a></h5><p>{summary}{source}</p></div>",
            site.path_of(Section::Article(day, number)),
        );
    }
    let _ = writeln!(page, "</{}>", design.block);
}

/// Returns where an article was taken from: few are, and from many places.
fn source_of(chance: &mut Chance) -> String {
    if !chance.percent(8) {
        return String::new();
    }
    let houses = [
        "baotinhnha",
        "thongtanxa",
        "congbao",
        "truyenhinh",
        "suckhoe",
        "giaoduc",
        "nongthon",
        "phapluat",
    ];
    let house = chance.pick(&houses);
    format!(
        " (Nguồn: <a href=\"https://www.{house}{}.test/\">{house}</a>)",
        chance.between(1, 4)
    )
}

/// A second leaf of a box, that nobody sees until it is asked for.
fn second_leaf(page: &mut String, site: &Site, moment: Moment, p: &str) {
    let _ = write!(
        page,
        "<div class=\"{p}-tabs\"><a href=\"#moi\">Mới nhất</a> <a href=\"#doc\">Đọc nhiều</a><ul class=\"{p}-popup\" id=\"doc\">"
    );
    for (day, number, headline) in newest(site, moment.day, 5) {
        let mut chance = Chance::of(&[site.seed, 36, u64::from(day), u64::from(number)]);
        let _ = write!(
            page,
            "<li><a href=\"{}\">{headline}</a>{}</li>",
            site.path_of(Section::Article(day, number)),
            source_of(&mut chance)
        );
    }
    page.push_str("</ul></div>\n");
}

fn most_read(page: &mut String, site: &Site, moment: Moment, design: &Design) {
    let mut list = newest(site, moment.day, 30);
    Chance::of(&[site.seed, 23, moment.minutes() / 180]).shuffle(&mut list);
    let _ = writeln!(page, "<ol class=\"{}-most\">", design.prefix);
    for (day, number, headline) in list.into_iter().take(5) {
        let _ = writeln!(
            page,
            "<li><a href=\"{}\">{headline}</a></li>",
            site.path_of(Section::Article(day, number))
        );
    }
    page.push_str("</ol>\n");
}

fn about(page: &mut String, site: &Site, state: &State, design: &Design) {
    let (p, h) = (design.prefix, design.heading);
    let _ = writeln!(
        page,
        "<{} class=\"{p}-about\"><{h}>Giới thiệu {}</{h}>",
        design.block, site.name
    );
    for number in 0..8_u64 {
        // The newest correction touches one of the paragraphs.
        let touched = u64::from(state.corrections) % 8 == number;
        let version = if touched {
            u64::from(state.corrections)
        } else {
            0
        };
        let mut chance = Chance::of(&[site.seed, 24, number, version]);
        let _ = writeln!(
            page,
            "<p>{}. {}</p>",
            words::headline(&mut chance),
            words::paragraph(&mut chance, 3)
        );
    }
    let _ = writeln!(
        page,
        "<img src=\"/images/truso.png?v={}\" alt=\"Trụ sở\"></{}>",
        state.pictures, design.block
    );
}

fn documents(page: &mut String, site: &Site, moment: Moment, design: &Design) {
    let _ = writeln!(
        page,
        "<table class=\"{}-docs\"><tr><th>Số/Ký hiệu</th><th>Ngày</th><th>Trích yếu</th></tr>",
        design.prefix
    );
    // One document every three days.
    let newest = (moment.day + DAYS_BEFORE) / 3;
    for number in (newest.saturating_sub(12)..newest).rev() {
        let mut chance = Chance::of(&[site.seed, 25, u64::from(number)]);
        let _ = writeln!(
            page,
            "<tr><td>{}/QĐ-UBND</td><td>{:02}/{:02}/2026</td><td><a href=\"/upload/vb{number}.pdf\">Quyết định về việc {}</a></td></tr>",
            number + 1_000,
            number % 28 + 1,
            number / 28 % 12 + 1,
            words::headline(&mut chance).to_lowercase()
        );
    }
    page.push_str("</table>\n");
}

fn staff(page: &mut String, site: &Site, state: &State) {
    page.push_str("<h2>Cơ cấu tổ chức</h2>\n<table class=\"staff\"><tr><th>Họ và tên</th><th>Chức vụ</th><th>Điện thoại</th></tr>\n");
    for number in 0..8 {
        let (name, post, telephone) = staff_line(site.seed, number, state.staff);
        let _ = writeln!(
            page,
            "<tr><td>{name}</td><td>{post}</td><td>{telephone}</td></tr>"
        );
    }
    page.push_str("</table>\n");
}

fn contact(page: &mut String, site: &Site, moment: Moment) {
    let _ = writeln!(
        page,
        "<h2>Liên hệ</h2><p>{} luôn lắng nghe ý kiến của tổ chức và công dân.</p>",
        site.name
    );
    form(page, site, moment);
}

fn form(page: &mut String, site: &Site, moment: Moment) {
    let mut chance = Chance::of(&[site.seed, 26, moment.request]);
    let _ = writeln!(
        page,
        "<form method=\"post\" action=\"/gui\"><input type=\"hidden\" name=\"__token\" value=\"{}\"><input type=\"hidden\" name=\"__VIEWSTATE\" value=\"{}\">\
        <label>Họ và tên <input name=\"ten\"></label><label>Số căn cước <input name=\"cccd\"></label><label>Mã hồ sơ <input name=\"ma\"></label>\
        <textarea name=\"noidung\"></textarea><button>Gửi</button></form>",
        chance.token(32),
        chance.token(120)
    );
}

fn tiles(page: &mut String, site: &Site, state: &State) {
    page.push_str("<div class=\"tiles\">");
    for (number, label) in [
        "Khai sinh",
        "Đăng ký kinh doanh",
        "Cấp phép xây dựng",
        "Đất đai",
        "Bảo hiểm",
        "Khiếu nại",
    ]
    .iter()
    .enumerate()
    {
        let picture = if number == state.pictures as usize % 6 {
            state.pictures
        } else {
            0
        };
        let _ = write!(
            page,
            "<a href=\"{}\"><img src=\"/images/o{number}.svg?v={picture}\" alt=\"\"><span>{label}</span></a>",
            site.path_of(Section::Documents)
        );
    }
    page.push_str("</div>\n");
}

fn old_tables(page: &mut String, site: &Site, moment: Moment, state: &State) {
    page.push_str("<TABLE width=\"100%\" border=0 cellpadding=2><TR><TD width=180 bgcolor=#eeeeff valign=top><TABLE width=\"100%\">");
    for section in Section::BRANCHES {
        let _ = write!(
            page,
            "<TR><TD><IMG src=\"/images/muiten.png\"><A href=\"{}\"><FONT size=2>{}</FONT></A></TD></TR>",
            site.path_of(section),
            section.label()
        );
    }
    page.push_str("</TABLE></TD><TD valign=top><TABLE width=\"100%\">");
    for (day, number, headline) in newest(site, moment.day, 8) {
        let mut chance = Chance::of(&[site.seed, 27, u64::from(day), u64::from(number)]);
        let _ = writeln!(
            page,
            "<TR><TD><FONT color=#0000aa><B>{headline}</B></FONT> <FONT size=1>({:02}/{:02})</FONT><BR>{} <A href=\"{}\">[Chi tiết]</A></TD></TR>",
            day % 28 + 1,
            day / 28 % 12 + 1,
            words::paragraph(&mut chance, 1),
            site.path_of(Section::Article(day, number))
        );
    }
    let mut chance = Chance::of(&[site.seed, 28, u64::from(state.corrections)]);
    let _ = writeln!(
        page,
        "</TABLE><MARQUEE>{}</MARQUEE></TD></TR></TABLE>",
        words::headline(&mut chance)
    );
}

fn gallery(page: &mut String, site: &Site, moment: Moment, state: &State) {
    page.push_str("<div class=\"gallery\">\n");
    let newest = (moment.day + DAYS_BEFORE) / 4;
    for number in (newest.saturating_sub(24)..newest).rev() {
        let mut chance = Chance::of(&[site.seed, 29, u64::from(number)]);
        let _ = writeln!(
            page,
            "<figure><img src=\"/upload/anh{number}.png?v={}\" alt=\"\"><figcaption>{}</figcaption></figure>",
            state.pictures,
            words::headline(&mut chance)
        );
    }
    page.push_str("</div>\n");
}

fn single_page(page: &mut String, site: &Site, moment: Moment) {
    let _ = write!(
        page,
        "<div id=\"app\"><noscript>Trang này cần JavaScript.</noscript><div class=\"loading\">Đang tải dữ liệu…</div></div>\n<script>window.__STATE__ = {{\"build\":\"{}\",\"items\":[",
        41 + moment.day / 9
    );
    for (day, number, headline) in newest(site, moment.day, 8) {
        let _ = write!(page, "{{\"id\":\"{day}-{number}\",\"t\":\"{headline}\"}},");
    }
    let _ = writeln!(
        page,
        "null]}};</script>\n<script type=\"module\" src=\"/js/app.{:x}.js\"></script>",
        site.seed.wrapping_add(u64::from(moment.day / 9)) % 0xff_ffff
    );
}

fn timetable(page: &mut String, site: &Site, moment: Moment) {
    let week = moment.day / 7;
    let mut chance = Chance::of(&[site.seed, 30, u64::from(week)]);
    let _ = writeln!(
        page,
        "<table class=\"lich\"><caption>Lịch trực tuần {}</caption>",
        week + 30
    );
    for day in ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu"] {
        let _ = writeln!(
            page,
            "<tr><td>{day}</td><td>{}</td></tr>",
            words::person(&mut chance)
        );
    }
    page.push_str("</table>\n");
}

fn board(page: &mut String, site: &Site, moment: Moment) {
    page.push_str(
        "<table class=\"threads\"><tr><th>Chủ đề</th><th>Trả lời</th><th>Bài cuối</th></tr>\n",
    );
    for (day, number, headline) in newest(site, moment.day, 18) {
        let mut chance = Chance::of(&[site.seed, 31, u64::from(day), u64::from(number)]);
        let replies = chance.below(20) as u64 + moment.minutes() / 1_000;
        let mut writers = Chance::of(&[site.seed, 32, u64::from(day), replies]);
        let _ = writeln!(
            page,
            "<tr><td><a href=\"{}\">{headline}</a></td><td>{replies}</td><td>{}</td></tr>",
            site.path_of(Section::Article(day, number)),
            words::person(&mut writers)
        );
    }
    page.push_str("</table>\n");
}

fn english(page: &mut String, site: &Site, moment: Moment, design: &Design) {
    let (p, h) = (design.prefix, design.heading);
    let _ = writeln!(
        page,
        "<{} class=\"{p}-english\" lang=\"en\"><{h}>News in English</{h}><ul>",
        design.block
    );
    let newest = (moment.day + DAYS_BEFORE) / 3;
    for number in (newest.saturating_sub(6)..newest).rev() {
        let mut chance = Chance::of(&[site.seed, 33, u64::from(number)]);
        let _ = writeln!(
            page,
            "<li><a href=\"/en/{number}\">{}</a></li>",
            words::english_headline(&mut chance)
        );
    }
    let _ = writeln!(page, "</ul></{}>", design.block);
}

fn extra(page: &mut String, site: &Site, number: u32, design: &Design) {
    let mut chance = Chance::of(&[site.seed, 34, u64::from(number)]);
    let h = design.heading;
    let _ = writeln!(
        page,
        "<{h}>{}</{h}><p>{}</p>",
        Section::Extra(number).label(),
        words::paragraph(&mut chance, 5)
    );
}

fn article(page: &mut String, site: &Site, day: u32, number: u32) {
    let headline = words::headline(&mut Chance::of(&[
        site.seed,
        21,
        u64::from(day),
        u64::from(number),
    ]));
    let mut chance = Chance::of(&[site.seed, 35, u64::from(day), u64::from(number)]);
    let _ = writeln!(
        page,
        "<article><h1>{headline}</h1><p>{}</p><p>{}</p></article>",
        words::paragraph(&mut chance, 4),
        words::paragraph(&mut chance, 4)
    );
}
