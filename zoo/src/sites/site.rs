//! One site: its name, address and habits, and the ways to its pages.

use super::kinds::Kind;
use super::words::{self, OFFICES, PLACES};
use crate::chance::Chance;
use crate::living::Life;

/// A site.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "habits of a site that have nothing to do with each other"
)]
pub struct Site {
    /// Counted from 0.
    pub number: usize,
    /// What everything on it follows from.
    pub seed: u64,
    /// What kind it is.
    pub kind: Kind,
    /// The name of its host.
    pub host: String,
    /// What people call it.
    pub name: String,
    /// How it is reached.
    pub scheme: Scheme,
    /// Whether it says `ETag` and answers 304.
    pub has_tags: bool,
    /// Whether it compresses.
    pub compresses: bool,
    /// Whether telephones get another layout.
    pub has_phone_layout: bool,
    /// Whether those who come from a search engine are asked about cookies.
    pub has_cookie_banner: bool,
    /// Whether it tries two variants of a part on its visitors.
    pub has_two_variants: bool,
    /// Whether folders without a page list their files.
    pub lists_folders: bool,
    /// Whose advertisements it shows.
    pub advertisers: Vec<String>,
    /// What happens to it.
    pub life: Life,
}

/// How a site is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Without encryption.
    Http,
    /// With.
    Https,
    /// Without, and is sent on to with.
    HttpToHttps,
}

/// A moment of the simulation.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Counted from 0.
    pub day: u32,
    /// Of the day.
    pub minute: u32,
    /// How many requests the zoo had before.
    pub request: u64,
}

/// A visitor as a server sees one.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The header `User-Agent`.
    pub agent: String,
    /// The header `Referer`.
    pub referrer: String,
}

/// A page of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// The first page.
    Home,
    /// Who they are.
    About,
    /// All news.
    News,
    /// Documents.
    Documents,
    /// Who works there.
    Staff,
    /// Where to find them.
    Contact,
    /// Another branch page, by number.
    Extra(u32),
    /// An article, by day and number.
    Article(u32, u32),
}

impl Moment {
    /// Returns the minutes since the beginning.
    pub fn minutes(self) -> u64 {
        u64::from(self.day) * 1_440 + u64::from(self.minute)
    }
}

impl Seen {
    /// Tells whether it is a telephone.
    pub fn is_phone(&self) -> bool {
        self.agent.contains("Mobile") || self.agent.contains("iPhone")
    }

    /// Tells whether they come from a search engine.
    pub fn is_from_search(&self) -> bool {
        ["google.", "bing.", "coccoc.", "yahoo."]
            .iter()
            .any(|name| self.referrer.contains(name))
    }
}

impl Section {
    /// The sections that every site has, after the first page.
    pub const BRANCHES: [Self; 5] = [
        Self::About,
        Self::News,
        Self::Documents,
        Self::Staff,
        Self::Contact,
    ];

    /// Returns what the menu calls it.
    pub fn label(self) -> String {
        match self {
            Self::Home => "Trang chủ".to_owned(),
            Self::About => "Giới thiệu".to_owned(),
            Self::News => "Tin tức – Sự kiện".to_owned(),
            Self::Documents => "Văn bản".to_owned(),
            Self::Staff => "Cơ cấu tổ chức".to_owned(),
            Self::Contact => "Liên hệ".to_owned(),
            Self::Extra(number) => {
                let labels = [
                    "Chuyển đổi số",
                    "Công khai ngân sách",
                    "Hỏi đáp",
                    "Tuyển dụng",
                    "Lịch công tác",
                    "Góp ý dự thảo",
                ];
                labels[number as usize % labels.len()].to_owned()
            }
            Self::Article(..) => "Bài viết".to_owned(),
        }
    }

    /// Returns the page at the end of a way.
    pub fn of_path(path: &str) -> Option<Self> {
        let slug = match path.split_once("?muc=").or_else(|| path.split_once("?b=")) {
            Some((_, slug)) => slug,
            None => path.trim_start_matches('/').trim_end_matches(".html"),
        };
        Self::of_slug(slug.split('?').next().unwrap_or_default())
    }

    fn slug(self) -> String {
        match self {
            Self::Home => String::new(),
            Self::About => "gioi-thieu".to_owned(),
            Self::News => "tin-tuc".to_owned(),
            Self::Documents => "van-ban".to_owned(),
            Self::Staff => "to-chuc".to_owned(),
            Self::Contact => "lien-he".to_owned(),
            Self::Extra(number) => format!("chuyen-muc-{number}"),
            Self::Article(day, number) => format!("bai-viet-{day}-{number}"),
        }
    }

    fn of_slug(slug: &str) -> Option<Self> {
        let fixed = [Self::Home].into_iter().chain(Self::BRANCHES);
        if let Some(section) = fixed.into_iter().find(|section| section.slug() == slug) {
            return Some(section);
        }
        if let Some(number) = slug.strip_prefix("chuyen-muc-") {
            return number.parse().ok().map(Self::Extra);
        }
        let (day, number) = slug.strip_prefix("bai-viet-")?.split_once('-')?;
        Some(Self::Article(day.parse().ok()?, number.parse().ok()?))
    }
}

impl Site {
    /// Returns the way to a page.
    pub fn path_of(&self, section: Section) -> String {
        let slug = section.slug();
        match (self.kind, section) {
            (_, Section::Home) => "/".to_owned(),
            (Kind::OldCms, _) => format!("/default.aspx?muc={slug}"),
            (Kind::Board, _) => format!("/index.php?b={slug}"),
            (Kind::Static, _) => format!("/{slug}.html"),
            _ => format!("/{slug}"),
        }
    }

    /// Returns the pages that are under watch: the first and two branch pages.
    pub fn watched(&self) -> [Section; 3] {
        let mut branches = Section::BRANCHES;
        Chance::of(&[self.seed, 77]).shuffle(&mut branches);
        [Section::Home, branches[0], branches[1]]
    }
}

/// Makes so many sites from a seed that live for so many days.
pub fn make_sites(seed: u64, count: usize, days: u32) -> Vec<Site> {
    let make = |number: usize| {
        let mut chance = Chance::of(&[seed, 1, number as u64]);
        let kind = Kind::ALL[number % Kind::ALL.len()];
        let (place, place_host) = PLACES[chance.below(PLACES.len())];
        let (office, office_host) = OFFICES[chance.below(OFFICES.len())];
        let site_seed = chance.number();
        let shows_advertisements = kind == Kind::News || chance.percent(10);
        Site {
            number,
            seed: site_seed,
            kind,
            host: format!("{office_host}.{place_host}{number}.test"),
            name: format!("{office} {place}"),
            scheme: match chance.below(10) {
                0..=5 => Scheme::Https,
                6..=7 => Scheme::HttpToHttps,
                _ => Scheme::Http,
            },
            has_tags: kind == Kind::Static || chance.percent(30),
            compresses: chance.percent(60),
            has_phone_layout: chance.percent(25),
            has_cookie_banner: chance.percent(15),
            has_two_variants: chance.percent(10),
            lists_folders: chance.percent(40),
            advertisers: if shows_advertisements {
                advertisers(&mut chance)
            } else {
                Vec::new()
            },
            life: Life::of(site_seed, kind, days),
        }
    };
    (0..count).map(make).collect()
}

fn advertisers(chance: &mut Chance) -> Vec<String> {
    let mut all = [
        "ads.quangcaoviet.test",
        "static.bannermedia.test",
        "pub.mangxahoi.test",
        "s.admicro-sim.test",
    ];
    chance.shuffle(&mut all);
    all[..=chance.below(3)]
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Returns a line about a person for lists of staff.
pub(super) fn staff_line(seed: u64, number: usize, version: u32) -> (String, &'static str, String) {
    // With each version one of the people is another.
    let generation = if version as usize % 8 == number % 8 {
        version
    } else {
        0
    };
    let mut chance = Chance::of(&[seed, 3, number as u64, u64::from(generation)]);
    let posts = [
        "Giám đốc",
        "Phó Giám đốc",
        "Chánh Văn phòng",
        "Trưởng phòng",
        "Phó Trưởng phòng",
        "Chuyên viên",
    ];
    let post = posts[number.min(posts.len() - 1)];
    (
        words::person(&mut chance),
        post,
        format!(
            "0{}.{}",
            chance.between(200, 299),
            chance.between(3_000_000, 3_999_999)
        ),
    )
}
