//! The words, by what they are about, how much they say, and how they join with what stands beside them. From public reports of
//! defacements and of search-engine spam on sites of states and universities, and from what such offers call themselves in each language.
//! What police and newspapers write of the same things is soft (1 or 2); what only sellers write is hard (3). Vietnamese is written
//! with its marks: texts without any are found as well.

mod betting;
mod boasting;
mod list;
mod offers;
mod reports;

pub(super) use self::betting::BETTING;
pub(super) use self::boasting::BOASTING;
pub(super) use self::list::Joint;
pub(super) use self::offers::OFFERS;
pub(super) use self::reports::REPORTS;
