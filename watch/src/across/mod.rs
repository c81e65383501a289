//! Across sites: the same addition on several members is one campaign, and who has the same as those hit is called next.

mod added;

mod software;

mod campaigns;

mod prevalence;

pub use self::added::{Added, AddedKind, added_by};
pub use self::campaigns::{
    Campaign, CampaignKind, CampaignRules, Member, Share, ShareKind, Sighting, Standing,
    find_campaigns,
};
pub use self::prevalence::Common;
pub(crate) use self::prevalence::{COUNTED_AS, CountedSite, KeptCounts, Stamp, UsesOfSite};
pub use self::software::{network_of, software_of};
