//! The ten kinds.

/// What kind of site it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In Vietnamese and in English.
    Bilingual,
    /// A board on which people write.
    Board,
    /// Forms of electronic government.
    Forms,
    /// Mostly pictures.
    Images,
    /// News with advertisements and clocks.
    News,
    /// A system of the years around 2005: tables in tables.
    OldCms,
    /// The portal of a province.
    Portal,
    /// A school.
    School,
    /// Made by scripts in the browser.
    SinglePage,
    /// Files that somebody uploads twice a year.
    Static,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Bilingual,
        Self::Board,
        Self::Forms,
        Self::Images,
        Self::News,
        Self::OldCms,
        Self::Portal,
        Self::School,
        Self::SinglePage,
        Self::Static,
    ];

    /// Returns its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bilingual => "bilingual",
            Self::Board => "board",
            Self::Forms => "forms",
            Self::Images => "images",
            Self::News => "news",
            Self::OldCms => "old-cms",
            Self::Portal => "portal",
            Self::School => "school",
            Self::SinglePage => "single-page",
            Self::Static => "static",
        }
    }

    /// Returns how many articles come in ten days.
    pub fn articles_in_ten_days(self) -> usize {
        match self {
            Self::News => 40,
            Self::Portal => 20,
            Self::Board => 30,
            Self::SinglePage | Self::Bilingual => 10,
            Self::OldCms | Self::School => 5,
            Self::Forms | Self::Images => 3,
            Self::Static => 0,
        }
    }
}
