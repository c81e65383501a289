//! Words that intruders put on other people's pages: bets, medicines, loans, adult offers, boasting; in the languages that they
//! write in and in the letters that they hide words behind. One word says little; several different ones are seldom honest.

mod disguises;
mod folding;
mod houses;
mod lists;
mod searching;

use serde::{Deserialize, Serialize};

pub use self::searching::{find_terms, find_terms_in_address};

/// What a word is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Company and films for adults.
    Adult,
    /// Bets, lotteries, games for money.
    Betting,
    /// Somebody says that the page is theirs now.
    Boasting,
    /// Money that is lent at once.
    Loans,
    /// Medicines that are sold without a prescription.
    Medicines,
    /// Promises that such offers are sold with: register, deposit, bonus. By themselves they say nothing.
    Promises,
}

impl Subject {
    /// Every subject.
    pub const ALL: [Self; 6] = [
        Self::Adult,
        Self::Betting,
        Self::Boasting,
        Self::Loans,
        Self::Medicines,
        Self::Promises,
    ];
}

/// A word of intruders that stands in a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Term {
    /// What it is about.
    pub subject: Subject,
    /// The word as it is in the list, with its marks; names of houses as they stand in the text, in lower case.
    pub word: String,
    /// How much it says: 3 is seldom honest on a page of the state, 1 often is.
    pub weight: u32,
    /// Whether it was written so that programs should not find it: with letters of other alphabets, digits for letters, letters
    /// one by one.
    #[serde(default)]
    pub is_disguised: bool,
}
