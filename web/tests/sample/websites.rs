//! Sites under watch in the made-up week: a defacement, hidden betting links, a page nobody can explain, a silent watch.

use domain::{
    EvidenceHead, EvidenceId, OrganisationId, PageCounters, SiteFinding, SiteFindingState,
    SiteReason, SiteVerdict, WatchHealth,
};
use jiff::Timestamp;
use node::{Side, SiteFindingRow, SitesPicture, SitesRow, SitesSum, WatcherRow};
use verdicts::{ChainPlace, Picture, Pictures, Sentence, VerdictPage};

use super::evidence_id;

pub(super) fn sites(now: Timestamp) -> SitesPicture {
    let national = watcher(
        "vn.vncert",
        "Trung tâm Ứng cứu khẩn cấp máy tính Việt Nam",
        Side::Own,
        before(now, 1),
    );
    let mut police = watcher("vn.mps", "Bộ Công an", Side::Below, before(now, 55));
    police.health = WatchHealth::Silent;
    let organisations = vec![
        row(
            "vn.mot",
            "Bộ Giao thông vận tải",
            &national,
            [0, 0, 0, 1, 41],
        ),
        row(
            "vn.mot.airline",
            "Hãng hàng không Sao Vàng",
            &national,
            [2, 0, 0, 0, 17],
        ),
        row(
            "vn.mot.airports",
            "Công ty khai thác cảng hàng không",
            &national,
            [0, 1, 2, 0, 30],
        ),
        row("vn.mps", "Bộ Công an", &police, [0, 0, 12, 0, 0]),
    ];
    let mut pages = PageCounters::default();
    for row in &organisations {
        pages += row.pages;
    }
    SitesPicture {
        pages,
        findings: findings(now, &national),
        findings_left_out: 3,
        watchers: vec![national, police],
        sums: organisations
            .iter()
            .map(|row| SitesSum {
                organisation: row.organisation.clone(),
                name: row.name.clone(),
                pages: row.pages,
            })
            .collect(),
        organisations,
        unplaced: 2,
    }
}

fn findings(now: Timestamp, national: &WatcherRow) -> Vec<SiteFindingRow> {
    let airline = ("vn.mot.airline", "Hãng hàng không Sao Vàng");
    let airports = ("vn.mot.airports", "Công ty khai thác cảng hàng không");
    let titles = [
        ("from", "Trang chủ – Sao Vàng"),
        ("to", "h4ck3d by 1937 \u{202e}gpj"),
    ];
    let hidden = [
        ("path", "body/div[4]"),
        ("text", "cá cược bóng đá, tài xỉu"),
        ("links", "https://bet.example"),
    ];
    let mut found = vec![
        finding(
            0,
            "https://www.saovang.example.vn/",
            SiteVerdict::Defacement,
            before(now, 26),
            vec![
                reason("title", &titles),
                reason("little-left", &[("structure", "4"), ("text", "1")]),
            ],
        ),
        finding(
            1,
            "https://khachhang.saovang.example.vn/tin-tuc/lich-bay",
            SiteVerdict::Injection,
            before(now, 190),
            vec![reason("hidden-text", &hidden)],
        ),
        finding(
            2,
            "https://cang.example.vn/thong-bao",
            SiteVerdict::Unexplained,
            before(now, 75),
            vec![reason(
                "script-origin",
                &[("origin", "https://thong-ke.example")],
            )],
        ),
        finding(
            3,
            "https://cang.example.vn/",
            SiteVerdict::Nothing,
            before(now, 12),
            vec![reason("browser-ended", &[("after", "30 s")])],
        ),
        finding(
            4,
            "https://mt.example.vn/",
            SiteVerdict::Outage,
            before(now, 33),
            Vec::new(),
        ),
        finding(
            5,
            "https://www.saovang.example.vn/en/",
            SiteVerdict::Unexplained,
            before(now, 2_000),
            Vec::new(),
        ),
    ];
    found[0].supplier = Some("Công ty Thiết kế web Ví Dụ".to_owned());
    found[0].contact = Some("Trực ban kỹ thuật, 024 3555 0100".to_owned());
    found[0].reasons_left_out = 9;
    found[5].state = SiteFindingState::Approved;
    found[5].by = Some("Nguyễn Văn A".to_owned());
    found[5].ended_at = Some(before(now, 1_900));
    let owners = [
        airline,
        airline,
        airports,
        airports,
        ("vn.mot", "Bộ Giao thông vận tải"),
        airline,
    ];
    found
        .into_iter()
        .zip(owners)
        .map(|(finding, (organisation, name))| SiteFindingRow {
            also: Vec::new(),
            organisation: id(organisation),
            name: name.to_owned(),
            watcher: national.clone(),
            finding,
        })
        .collect()
}

fn finding(
    index: u8,
    page: &str,
    verdict: SiteVerdict,
    at: Timestamp,
    reasons: Vec<SiteReason>,
) -> SiteFinding {
    SiteFinding {
        id: evidence_id(index),
        newest: evidence_id(index + 32),
        page: page.to_owned(),
        verdict,
        state: SiteFindingState::Open,
        opened_at: at,
        changed_at: at,
        ended_at: None,
        by: None,
        supplier: None,
        contact: None,
        reasons,
        reasons_left_out: 0,
    }
}

fn reason(kind: &str, values: &[(&str, &str)]) -> SiteReason {
    let values = values.iter();
    SiteReason {
        kind: kind.to_owned(),
        values: values
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

fn watcher(of: &str, name: &str, side: Side, heard_at: Timestamp) -> WatcherRow {
    WatcherRow {
        organisation: id(of),
        name: name.to_owned(),
        side,
        via: id(of),
        heard_at,
        health: WatchHealth::Running,
        evidence: Some(EvidenceHead {
            lines: 4_812,
            last: evidence_id(90),
        }),
        is_doubted: false,
        folder: (side == Side::Own).then(|| "/var/lib/tocsin/watch".into()),
    }
}

fn row(of: &str, name: &str, watcher: &WatcherRow, pages: [u64; 5]) -> SitesRow {
    let [alarm, unexplained, no_verdict, fault, fine] = pages;
    SitesRow {
        organisation: id(of),
        name: name.to_owned(),
        watcher: watcher.organisation.clone(),
        pages: PageCounters {
            alarm,
            unexplained,
            no_verdict,
            fault,
            fine,
        },
    }
}

fn id(text: &str) -> OrganisationId {
    text.parse().expect("a valid id")
}

fn before(now: Timestamp, minutes: i64) -> Timestamp {
    Timestamp::from_second(now.as_second() - minutes * 60).expect("in range")
}

/// The evidence of the made-up watch, with everything in it that an attacked site may have written.
#[derive(Debug)]
pub struct Evidence;

impl web::VerdictSource for Evidence {
    fn verdict(
        &self,
        page: &str,
        line: EvidenceId,
    ) -> Result<Option<VerdictPage>, Box<dyn std::error::Error + Send + Sync>> {
        if line == evidence_id(1 + 32) {
            return Err("the contents are gone".into());
        }
        let hostile = "</q><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}";
        let picture = |colour: &str| {
            Some(Picture {
                address: format!("data:image/png;base64,{colour}"),
                ..Picture::default()
            })
        };
        Ok(Some(VerdictPage {
            url: page.to_owned(),
            verdict: "defacement".to_owned(),
            visitor: "watch".to_owned(),
            contact: "024 3555 0100".to_owned(),
            reasons: vec![Sentence::new(
                "reason-title",
                &[("from", "Trang chủ – Sao Vàng"), ("to", hostile)],
            )],
            pictures: Pictures {
                before: picture(GREEN),
                after: picture(RED),
            },
            chain: Some(ChainPlace {
                line: 7,
                digest: line.to_string(),
                previous: String::new(),
            }),
            ..VerdictPage::default()
        }))
    }
}

/// Two pictures of one dot.
const GREEN: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg==";
const RED: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
