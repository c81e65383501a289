//! What honestly happens to a site: edits, some of them announced, renewals, moves, outages.

use crate::chance::Chance;
use crate::sites::{Kind, PLACES};

/// An honest event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edit {
    /// A word or a sentence in a lasting text is corrected.
    Correction,
    /// Somebody else stands in the list of staff.
    Staff,
    /// A picture is replaced by another.
    Picture,
    /// A branch page, and its entry in the menu.
    NewBranch,
    /// Another telephone number, address or name in the foot of every page.
    Foot,
    /// A link to another office.
    Partner,
    /// A notice above everything, for some days.
    NoticeBar,
    /// A film of an honest house in a frame.
    Film,
    /// An honest counter of visits, by a script of its house.
    Statistics,
    /// Another title of the first page.
    Title,
    /// A new design of all pages.
    Redesign,
    /// Another certificate of the same authority with the same key.
    RenewalSameKey,
    /// Another certificate of the same authority with another key.
    RenewalNewKey,
    /// Another address; the key stays.
    Move,
    /// Nobody answers from one minute to another.
    Outage(u32, u32),
    /// A page says that there is maintenance, with 503.
    Maintenance(u32, u32),
}

/// When something happens.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// Counted from 0; it happens before the day's first check.
    pub day: u32,
    /// What.
    pub edit: Edit,
    /// Whether a notice said so before.
    pub is_announced: bool,
}

/// All that happens to a site.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// In order of days.
    pub events: Vec<Event>,
}

/// What has become of a site by some day.
#[derive(Clone, Copy, Debug, Default)]
pub struct State {
    /// How often texts were corrected.
    pub corrections: u32,
    /// Changes of staff.
    pub staff: u32,
    /// Changes of pictures.
    pub pictures: u32,
    /// Branch pages beyond the usual.
    pub branches: u32,
    /// Changes of the foot.
    pub foot: u32,
    /// Offices beyond the usual ones that are linked to.
    pub partners: u32,
    /// The day of the notice above everything.
    pub notice: Option<u32>,
    /// Whether there is a film.
    pub film: bool,
    /// Whether there is a counter by somebody else.
    pub statistics: bool,
    /// Changes of the title.
    pub titles: u32,
    /// Changes of the design.
    pub design: u32,
    /// Certificates.
    pub certificates: u32,
    /// Keys.
    pub keys: u32,
    /// Addresses.
    pub addresses: u32,
}

impl Edit {
    /// Returns its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Correction => "correction",
            Self::Staff => "staff",
            Self::Picture => "picture",
            Self::NewBranch => "new-branch",
            Self::Foot => "foot",
            Self::Partner => "partner",
            Self::NoticeBar => "notice-bar",
            Self::Film => "film",
            Self::Statistics => "statistics",
            Self::Title => "title",
            Self::Redesign => "redesign",
            Self::RenewalSameKey => "renewal-same-key",
            Self::RenewalNewKey => "renewal-new-key",
            Self::Move => "move",
            Self::Outage(..) => "outage",
            Self::Maintenance(..) => "maintenance",
        }
    }

    /// Returns the origins that pages use from then on, as a careful publisher lists them.
    pub fn brings(self) -> Vec<String> {
        match self {
            Self::Film => vec![format!("https://{FILM_HOUSE}")],
            Self::Statistics => vec![format!("https://{COUNTING_HOUSE}")],
            Self::Partner => PLACES
                .iter()
                .map(|(_, host)| format!("https://{}", partner_host(host)))
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// Whose films are shown.
pub const FILM_HOUSE: &str = "www.phimtailieu.test";
/// Who counts visits.
pub const COUNTING_HOUSE: &str = "thongke.demtruycap.test";

/// Returns the host of another office.
pub fn partner_host(place: &str) -> String {
    format!("www.{place}.lienket.test")
}

/// How often each happens, in a thousand sites on one day, and in how many of a hundred cases it is announced.
const RATES: [(Edit, usize, usize); 16] = [
    (Edit::Correction, 30, 10),
    (Edit::Staff, 12, 10),
    (Edit::Picture, 25, 0),
    (Edit::NewBranch, 5, 20),
    (Edit::Foot, 3, 20),
    (Edit::Partner, 4, 10),
    (Edit::NoticeBar, 6, 10),
    (Edit::Film, 1, 20),
    (Edit::Statistics, 1, 50),
    (Edit::Title, 1, 20),
    (Edit::Redesign, 2, 50),
    (Edit::RenewalSameKey, 5, 0),
    (Edit::RenewalNewKey, 6, 0),
    (Edit::Move, 2, 30),
    (Edit::Outage(0, 0), 8, 0),
    (Edit::Maintenance(0, 0), 5, 20),
];

impl Life {
    /// Makes the life of a site from its seed.
    pub fn of(seed: u64, kind: Kind, days: u32) -> Self {
        let mut events = Vec::new();
        for day in 1..days {
            let mut chance = Chance::of(&[seed, 2, u64::from(day)]);
            for (edit, rate, announced) in RATES {
                // Nobody looks after files as often as after a portal.
                let rate = if kind == Kind::Static {
                    rate.div_ceil(3)
                } else {
                    rate
                };
                if chance.below(1_000) >= rate {
                    continue;
                }
                let from = chance.between(0, 1_300);
                let to = from + chance.between(20, 400);
                let edit = match edit {
                    Edit::Outage(..) => Edit::Outage(from, to),
                    Edit::Maintenance(..) => Edit::Maintenance(from, to),
                    edit => edit,
                };
                let is_announced = chance.percent(announced);
                events.push(Event {
                    day,
                    edit,
                    is_announced,
                });
            }
        }
        Self { events }
    }

    /// Returns what happens on a day.
    pub fn on(&self, day: u32) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.day == day)
    }

    /// Returns what has become of the site.
    pub fn state(&self, day: u32) -> State {
        let mut state = State::default();
        for event in self.events.iter().filter(|event| event.day <= day) {
            match event.edit {
                Edit::Correction => state.corrections += 1,
                Edit::Staff => state.staff += 1,
                Edit::Picture => state.pictures += 1,
                Edit::NewBranch => state.branches += 1,
                Edit::Foot => state.foot += 1,
                Edit::Partner => state.partners += 1,
                Edit::NoticeBar => state.notice = Some(event.day),
                Edit::Film => state.film = true,
                Edit::Statistics => state.statistics = true,
                Edit::Title => state.titles += 1,
                Edit::Redesign => state.design += 1,
                Edit::RenewalSameKey => state.certificates += 1,
                Edit::RenewalNewKey => {
                    state.certificates += 1;
                    state.keys += 1;
                }
                Edit::Move => state.addresses += 1,
                Edit::Outage(..) | Edit::Maintenance(..) => {}
            }
        }
        // Four days, then it is taken down.
        state.notice = state.notice.filter(|since| day < since + 4);
        state
    }

    /// Returns the outage or maintenance of a moment.
    pub fn disturbance(&self, day: u32, minute: u32) -> Option<Edit> {
        let found = self.on(day).find(|event| match event.edit {
            Edit::Outage(from, to) | Edit::Maintenance(from, to) => (from..to).contains(&minute),
            _ => false,
        });
        found.map(|event| event.edit)
    }
}
