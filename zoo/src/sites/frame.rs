//! What stands around the contents of each page: head, header, menu, banners, column column, foot, scripts.

use std::fmt::Write as _;

use super::contents::main_part;
use super::kinds::Kind;
use super::site::{Moment, Section, Seen, Site};
use super::words;
use crate::chance::Chance;
use crate::living::{COUNTING_HOUSE, FILM_HOUSE, State, partner_host};

/// How a design names and nests things.
pub(super) struct Design {
    pub(super) prefix: &'static str,
    pub(super) block: &'static str,
    pub(super) heading: &'static str,
    menu_below: bool,
    side_first: bool,
    colour: u32,
}

/// Writes a page.
pub fn render(site: &Site, section: Section, moment: Moment, seen: &Seen) -> String {
    let state = site.life.state(moment.day);
    let design = Design::of(site, &state);
    let mut page = String::with_capacity(16 * 1024);
    head(&mut page, site, section, moment, &state, &design);
    let is_phone = site.has_phone_layout && seen.is_phone();
    if is_phone {
        phone_body(&mut page, site, section, moment, &state, &design);
    } else {
        body(&mut page, site, section, moment, &state, &design, seen);
    }
    closing_scripts(&mut page, site, moment, &state);
    page.push_str("</body>\n</html>\n");
    page
}

impl Design {
    fn of(site: &Site, state: &State) -> Self {
        let mut chance = Chance::of(&[site.seed, 4, u64::from(state.design)]);
        Self {
            prefix: chance.pick(&[
                "portal", "egov", "main", "vt", "cms", "dnn", "lt", "web", "xp", "tt",
            ]),
            block: chance.pick(&["div", "section", "div", "article"]),
            heading: chance.pick(&["h2", "h3", "h2", "h4"]),
            menu_below: chance.percent(40),
            side_first: chance.percent(30),
            colour: chance.between(0x10_1010, 0xe0_e0e0),
        }
    }
}

fn head(
    page: &mut String,
    site: &Site,
    section: Section,
    moment: Moment,
    state: &State,
    design: &Design,
) {
    let Site { name, host, .. } = site;
    let title = match section {
        Section::Home => title_of(site, state),
        section => format!("{} - {name}", section.label()),
    };
    let doctype = if site.kind == Kind::OldCms {
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">"
    } else {
        "<!DOCTYPE html>"
    };
    let p = design.prefix;
    let _ = write!(
        page,
        "{doctype}\n<html lang=\"vi\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
        <meta name=\"description\" content=\"{name}: tin tức, văn bản, thủ tục hành chính\">\n\
        <link rel=\"stylesheet\" href=\"/css/style.css?v={}\">\n<link rel=\"icon\" href=\"/images/icon.png\">\n\
        <style>.{p}-sub{{display:none}} .{p}-nav li:hover .{p}-sub{{display:block}} .sr-only{{position:absolute;width:1px;height:1px;\
        overflow:hidden;clip:rect(0,0,0,0)}} .{p}-popup{{display:none}} body{{color:#222;background:#fff}} .{p}-top{{background:#{:06x}}}</style>\n",
        state.design, design.colour
    );
    let _ = writeln!(
        page,
        "<script type=\"application/ld+json\">{{\"@context\":\"https://schema.org\",\"@type\":\"GovernmentOrganization\",\"name\":\"{name}\",\
        \"url\":\"https://{host}/\",\"dateModified\":\"2026-{:02}-{:02}\"}}</script>",
        moment.day / 28 % 12 + 1,
        moment.day % 28 + 1
    );
    let mut chance = Chance::of(&[site.seed, 5, moment.request]);
    let _ = writeln!(
        page,
        "<script>var _csrf = \"{}\"; window.__site = {{ id: {}, ts: {} }};</script>",
        chance.token(40),
        site.number,
        moment.minutes() * 60
    );
    if state.statistics {
        let _ = writeln!(
            page,
            "<script async src=\"https://{COUNTING_HOUSE}/dem.js\"></script>"
        );
    }
    page.push_str("</head>\n");
}

fn title_of(site: &Site, state: &State) -> String {
    match state.titles {
        0 => format!("Trang chủ - {}", site.name),
        1 => format!("{} - Cổng thông tin điện tử", site.name),
        count => format!("Cổng thông tin điện tử {} (phiên bản {count})", site.name),
    }
}

fn body(
    page: &mut String,
    site: &Site,
    section: Section,
    moment: Moment,
    state: &State,
    design: &Design,
    seen: &Seen,
) {
    let p = design.prefix;
    let _ = writeln!(page, "<body class=\"{p}-body\">");
    page.push_str("<a class=\"sr-only\" href=\"#noidung\">Bỏ qua đến nội dung chính</a>\n");
    if let Some(day) = state.notice {
        let mut chance = Chance::of(&[site.seed, 6, u64::from(day)]);
        let _ = writeln!(
            page,
            "<div class=\"{p}-notice\" role=\"alert\">Thông báo: {}</div>",
            words::headline(&mut chance)
        );
    }
    if site.has_cookie_banner && seen.is_from_search() {
        let _ = writeln!(
            page,
            "<div class=\"{p}-cookie\">Trang này dùng cookie để cải thiện trải nghiệm. <button>Đồng ý</button></div>"
        );
    }
    let menu = menu_of(site, state, design);
    if !design.menu_below {
        page.push_str(&menu);
    }
    let _ = writeln!(
        page,
        "<div class=\"{p}-top\" id=\"header\"><img src=\"/images/banner.png?v={}\" alt=\"{name}\" width=\"980\" height=\"120\">\
        <h1>{name}</h1><p class=\"{p}-slogan\">Trách nhiệm – Kỷ cương – Phục vụ nhân dân</p></div>",
        state.pictures,
        name = site.name
    );
    if design.menu_below {
        page.push_str(&menu);
    }
    clock(page, site, moment, p);
    advertisement(page, site, moment, 0);
    let column = side_column(site, moment, state, design);
    if design.side_first {
        page.push_str(&column);
    }
    let _ = writeln!(page, "<main id=\"noidung\" class=\"{p}-content\">");
    if site.has_two_variants && section == Section::Home {
        variants(page, site, moment, p);
    }
    main_part(page, site, section, moment, state, design);
    page.push_str("</main>\n");
    if !design.side_first {
        page.push_str(&column);
    }
    advertisement(page, site, moment, 1);
    foot(page, site, moment, state, p);
}

/// Telephones get less of everything, under other names.
fn phone_body(
    page: &mut String,
    site: &Site,
    section: Section,
    moment: Moment,
    state: &State,
    design: &Design,
) {
    let _ = writeln!(
        page,
        "<body class=\"m-body\">\n<div class=\"m-head\"><img src=\"/images/logo.png\" alt=\"\"><b>{}</b><span class=\"m-burger\">☰</span></div>",
        site.name
    );
    page.push_str("<div class=\"m-main\">\n");
    main_part(page, site, section, moment, state, design);
    page.push_str("</div>\n");
    let _ = writeln!(
        page,
        "<div class=\"m-foot\">{} · <a href=\"/?view=full\">Xem bản đầy đủ</a></div>",
        site.name
    );
}

fn menu_of(site: &Site, state: &State, design: &Design) -> String {
    let p = design.prefix;
    let mut menu = format!("<nav class=\"{p}-nav\"><ul>");
    let fixed = [Section::Home].into_iter().chain(Section::BRANCHES);
    for section in fixed.chain((0..state.branches).map(Section::Extra)) {
        let _ = write!(
            menu,
            "<li><a href=\"{}\">{}</a>",
            site.path_of(section),
            section.label()
        );
        if section == Section::Documents {
            let _ = write!(
                menu,
                "<ul class=\"{p}-sub\"><li><a href=\"{0}#luat\">Luật – Nghị định</a></li><li><a href=\"{0}#chidao\">Văn bản chỉ đạo</a></li></ul>",
                site.path_of(section)
            );
        }
        menu.push_str("</li>");
    }
    menu.push_str("</ul></nav>\n");
    menu
}

fn clock(page: &mut String, site: &Site, moment: Moment, p: &str) {
    if matches!(site.kind, Kind::Static | Kind::SinglePage) {
        return;
    }
    let days = [
        "Thứ Hai",
        "Thứ Ba",
        "Thứ Tư",
        "Thứ Năm",
        "Thứ Sáu",
        "Thứ Bảy",
        "Chủ Nhật",
    ];
    let _ = writeln!(
        page,
        "<div class=\"{p}-clock\">{}, ngày {:02}/{:02}/2026 <span>{:02}:{:02}</span></div>",
        days[moment.day as usize % 7],
        moment.day % 28 + 1,
        moment.day / 28 + 1,
        moment.minute / 60,
        moment.minute % 60
    );
}

fn advertisement(page: &mut String, site: &Site, moment: Moment, slot: u64) {
    if site.advertisers.is_empty() {
        return;
    }
    // Who advertises changes with every request, within the house's contracts.
    let mut chance = Chance::of(&[site.seed, 7, moment.request, slot]);
    let house = &site.advertisers[chance.below(site.advertisers.len())];
    let number = chance.between(1_000, 9_999);
    // Each house has one manner.
    let manner = house
        .bytes()
        .fold(0_usize, |sum, byte| sum + usize::from(byte))
        % 3;
    let _ = match manner {
        0 => writeln!(
            page,
            "<div class=\"ad-slot\"><iframe src=\"https://{house}/khung?z={number}\" width=\"728\" height=\"90\"></iframe></div>"
        ),
        1 => writeln!(
            page,
            "<div class=\"ad-slot\"><script async src=\"https://{house}/hien.js?z={number}\"></script></div>"
        ),
        _ => writeln!(
            page,
            "<div class=\"ad-slot\"><a href=\"https://{house}/bam?z={number}\"><img src=\"https://{house}/anh/{number}.jpg\" alt=\"Quảng cáo\"></a></div>"
        ),
    };
}

fn variants(page: &mut String, site: &Site, moment: Moment, p: &str) {
    let is_second = Chance::of(&[site.seed, 8, moment.request]).percent(50);
    let _ = if is_second {
        writeln!(
            page,
            "<div class=\"{p}-hero-b\"><h2>Nộp hồ sơ trực tuyến, nhận kết quả tại nhà</h2><button>Bắt đầu</button></div>"
        )
    } else {
        writeln!(
            page,
            "<div class=\"{p}-hero-a\"><p>Dịch vụ công trực tuyến</p><a href=\"{}\">Xem danh mục thủ tục</a></div>",
            site.path_of(Section::Documents)
        )
    };
}

fn side_column(site: &Site, moment: Moment, state: &State, design: &Design) -> String {
    let p = design.prefix;
    let mut column = format!("<aside class=\"{p}-side\">\n");
    let mut chance = Chance::of(&[site.seed, 9]);
    let _ = write!(
        column,
        "<{0} class=\"{p}-links\"><{1}>Liên kết website</{1}><ul>",
        design.block, design.heading
    );
    let partners = chance.below(4) + 2 + state.partners as usize;
    for number in 0..partners {
        let (place, host) = words::PLACES[(site.number + number * 5) % words::PLACES.len()];
        let _ = write!(
            column,
            "<li><a href=\"https://{}/\">Cổng thông tin {place}</a></li>",
            partner_host(host)
        );
    }
    let _ = writeln!(column, "</ul></{}>", design.block);
    if !matches!(site.kind, Kind::Static) {
        // Two of several banners, others with each request.
        let mut chance = Chance::of(&[site.seed, 10, moment.request]);
        for _ in 0..2 {
            let number = chance.below(6);
            let _ = writeln!(
                column,
                "<div class=\"{p}-banner\"><a href=\"{}\"><img src=\"/images/banner{number}.png\" alt=\"\"></a></div>",
                site.path_of(Section::Extra(0))
            );
        }
        let _ = writeln!(
            column,
            "<div class=\"{p}-weather\">{}: {}°C, độ ẩm {}%</div>",
            site.name,
            24 + (moment.day * 7 + moment.minute / 60) % 12,
            60 + (moment.day * 5 + moment.minute / 90) % 35
        );
    }
    if state.film {
        let _ = writeln!(
            column,
            "<iframe src=\"https://{FILM_HOUSE}/nhung/k3d9\" width=\"300\" height=\"170\"></iframe>"
        );
    }
    let _ = writeln!(
        column,
        "<div class=\"{p}-popup\"><h5>Khảo sát mức độ hài lòng</h5><p>Xin ông/bà dành ít phút trả lời.</p></div>"
    );
    column.push_str("</aside>\n");
    column
}

fn foot(page: &mut String, site: &Site, moment: Moment, state: &State, p: &str) {
    let mut chance = Chance::of(&[site.seed, 11, u64::from(state.foot)]);
    let _ = writeln!(
        page,
        "<footer class=\"{p}-foot\"><p>Bản quyền thuộc {}. Chịu trách nhiệm chính: {}</p><p>Địa chỉ: số {} đường {} – Điện thoại: 0{} {}</p>",
        site.name,
        words::person(&mut chance),
        chance.between(1, 300),
        words::PLACES[chance.below(words::PLACES.len())].0,
        chance.between(200, 299),
        chance.between(3_000_000, 3_999_999)
    );
    if site.kind != Kind::Static {
        let _ = writeln!(
            page,
            "<p class=\"{p}-count\">Đang trực tuyến: {} – Lượt truy cập: {}</p>",
            moment.request % 37 + 1,
            1_000_000 + moment.request
        );
    }
    page.push_str("</footer>\n");
}

fn closing_scripts(page: &mut String, site: &Site, moment: Moment, state: &State) {
    let mut chance = Chance::of(&[site.seed, 12, moment.request]);
    let _ = writeln!(
        page,
        "<script src=\"/js/site.js?v={}\"></script>",
        state.design
    );
    if site.kind != Kind::Static {
        let _ = writeln!(
            page,
            "<script>(function(w){{ w.visit = w.visit || []; w.visit.push(['{}', {}, \"/\"]); }})(window);</script>",
            chance.token(16),
            moment.request
        );
    }
    if site.number.is_multiple_of(7) {
        // Honest houses do this too.
        page.push_str(
            "<script>var s = document.createElement('script'); s.src = 'https://chat.hotrotructuyen.test/w.js'; document.body.appendChild(s);</script>\n",
        );
    }
}
