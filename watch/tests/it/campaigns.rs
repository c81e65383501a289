//! Campaigns are found among everything else, and honest changes are not taken for them.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use watch::across::{
    Added, AddedKind, Campaign, CampaignKind, CampaignRules, Member, Sighting, Standing, added_by,
    find_campaigns,
};
use watch::{Judgement, Reason, Verdict};

fn added(number: u64) -> Added {
    Added {
        kind: AddedKind::Origin,
        digest: number,
        shown: format!("https://evil-{number}.example"),
        looks: None,
    }
}

fn at(minutes: i64) -> Timestamp {
    let begin: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    begin + SignedDuration::from_mins(minutes)
}

fn sighting(site: usize, minutes: i64, things: &[u64], standing: Standing) -> Sighting {
    Sighting {
        site: format!("s{site}.example"),
        at: at(minutes),
        added: things.iter().copied().map(added).collect(),
        standing,
    }
}

/// Twenty members: every second at one supplier, every fourth in one network, all with one server.
fn members() -> Vec<Member> {
    let member = |number: usize| Member {
        site: format!("s{number}.example"),
        domain: format!("s{number}.example"),
        organisation: format!("organisation {number}"),
        supplier: if number.is_multiple_of(2) {
            "Công ty A"
        } else {
            "Công ty B"
        }
        .to_owned(),
        networks: [if number.is_multiple_of(4) {
            "203.0.113.0/24".to_owned()
        } else {
            format!("198.51.{number}.0/24")
        }]
        .into(),
        software: ["server: nginx".to_owned()].into(),
    };
    (0..20).map(member).collect()
}

fn find(sightings: &[Sighting]) -> Vec<Campaign> {
    find_campaigns(sightings, &members(), &CampaignRules::default())
}

#[test]
fn who_has_the_same_as_those_hit_is_called_first() {
    let hit = [
        sighting(0, 0, &[1, 2], Standing::Alarm),
        sighting(4, 5, &[1, 2], Standing::Alarm),
        sighting(8, 9, &[1], Standing::Alarm),
        sighting(3, 7, &[77], Standing::Alarm),
    ];
    let campaigns = find(&hit);
    assert_eq!(campaigns.len(), 1, "{campaigns:?}");
    let campaign = &campaigns[0];
    assert_eq!(campaign.kind, CampaignKind::Attack);
    assert_eq!(campaign.hit, ["s0.example", "s4.example", "s8.example"]);
    // The network tells most: three of its five members were hit. That all have nginx tells least.
    let shares: Vec<&str> = campaign
        .shares
        .iter()
        .map(|share| share.value.as_str())
        .collect();
    assert_eq!(shares, ["203.0.113.0/24", "Công ty A", "server: nginx"]);
    assert_eq!(campaign.next[..2], ["s12.example", "s16.example"]);
    assert_eq!(campaign.next[2], "s10.example");
    assert_eq!(campaign.next.len(), 17);
    assert_eq!(
        campaign.added.len(),
        2,
        "one thing more that some had is no campaign of its own"
    );
}

#[test]
fn the_statistics_of_one_supplier_are_the_same_change_and_no_attack() {
    // New origins are alarms to the watch; a person approved one of them.
    let mut honest: Vec<Sighting> = (0..5)
        .map(|number| {
            sighting(
                number * 2,
                3 * i64::try_from(number).unwrap(),
                &[5],
                Standing::Alarm,
            )
        })
        .collect();
    assert_eq!(find(&honest)[0].kind, CampaignKind::Attack);
    honest.push(sighting(4, 60, &[5], Standing::InOrder));
    let campaigns = find(&honest);
    assert_eq!(
        (campaigns.len(), campaigns[0].kind),
        (1, CampaignKind::SameChange)
    );
    assert_eq!(campaigns[0].hit.len(), 5);
}

#[test]
fn the_same_a_day_later_on_one_site_alone_or_on_sites_of_one_house_is_no_campaign() {
    let alarm = Standing::Alarm;
    assert!(
        find(&[
            sighting(0, 0, &[1], alarm),
            sighting(1, 24 * 60, &[1], alarm)
        ])
        .is_empty()
    );
    assert!(find(&[sighting(0, 0, &[1], alarm), sighting(0, 5, &[1], alarm)]).is_empty());
    let mut members = members();
    for member in &mut members[..2] {
        member.organisation = "one house".to_owned();
    }
    let hit = [sighting(0, 0, &[1], alarm), sighting(1, 5, &[1], alarm)];
    assert!(find_campaigns(&hit, &members, &CampaignRules::default()).is_empty());
    assert_eq!(find(&hit).len(), 1);
}

/// What is added by a picture in the place of another: stored with this quality.
fn pictured(seed: u32, quality: u8) -> Vec<Added> {
    let picture = RgbImage::from_fn(160, 90, |x, y| {
        let place = x / 20 * 7 + y / 15 * 13 + seed * 29;
        let cell = place.wrapping_mul(2_654_435_761_u32.wrapping_mul(seed + 3));
        Rgb([cell, cell >> 8, cell >> 16].map(|value| u8::try_from(value % 256).unwrap()))
    });
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(&picture)
        .unwrap();
    let looks = pictures::look_at(&bytes, &pictures::Limits::default()).unwrap();
    let reason = Reason::LoadedPicture {
        url: format!("https://so-{quality}.example/banner.jpg"),
        bits: 99,
        is_like_message: false,
        looks: Some(looks.hash),
    };
    added_by(&Judgement::of(Verdict::Defacement, vec![reason]))
}

#[test]
fn the_same_picture_stored_anew_on_several_members_is_one_campaign_and_another_is_none() {
    let seen = |site: usize, minutes: i64, added: Vec<Added>| Sighting {
        added,
        ..sighting(site, minutes, &[], Standing::Alarm)
    };
    let (fine, coarse, other) = (pictured(1, 95), pictured(1, 40), pictured(2, 95));
    assert_ne!(fine[0].digest, coarse[0].digest, "two files");
    let campaigns = find(&[
        seen(0, 0, fine.clone()),
        seen(3, 4, coarse),
        seen(5, 6, other.clone()),
    ]);
    assert_eq!(campaigns.len(), 1);
    assert_eq!(campaigns[0].hit, ["s0.example", "s3.example"]);
    assert_eq!(campaigns[0].kind, CampaignKind::Attack);
    assert!(find(&[seen(0, 0, fine), seen(5, 6, other)]).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn an_attack_is_found_among_any_noise_and_names_exactly_who_was_hit(
        hit in proptest::collection::btree_set(0..20_usize, 2..10),
        noise in proptest::collection::vec((0..20_usize, 0..600_i64), 0..60),
        begins in 0..500_i64,
    ) {
        let mut sightings: Vec<Sighting> = hit
            .iter()
            .enumerate()
            .map(|(order, site)| {
                sighting(*site, begins + i64::try_from(order).unwrap() * 20, &[1], Standing::Alarm)
            })
            .collect();
        // What everybody changes for themselves: no two alike.
        for (number, (site, minutes)) in noise.iter().enumerate() {
            sightings.push(sighting(*site, *minutes, &[1_000 + number as u64], Standing::Unexplained));
        }
        let campaigns = find(&sightings);
        prop_assert_eq!(campaigns.len(), 1);
        let mut named = campaigns[0].hit.clone();
        named.sort();
        let mut expected: Vec<String> = hit.iter().map(|site| format!("s{site}.example")).collect();
        expected.sort();
        prop_assert_eq!(&named, &expected);
        prop_assert!(campaigns[0].next.iter().all(|site| !expected.contains(site)));
        sightings.reverse();
        prop_assert_eq!(find(&sightings), campaigns);
    }
}
