//! Two alerts: dispatch 238 of 3 August 2016, exactly as it was meant, and an exercise with harmless markers.

use domain::{
    Action, Alert, AlertText, Combination, Confidence, Digest, Indicator, Language, Observable,
    OrganisationId, Role, Severity, SizeRange, Tlp, Verb, Within,
};

use crate::at;

/// Returns who issues both alerts: the national coordinator.
pub fn authority() -> OrganisationId {
    "vn.vncert".parse().expect("a valid id")
}

/// Returns dispatch 238/VNCERT-ĐPƯC. It expires in 2036, so that it can be swept for today.
pub fn dispatch_238() -> Alert {
    Alert {
        schema: 1,
        authority: authority(),
        number: "238/VNCERT-ĐPƯC".to_owned(),
        version: 1,
        exercise: false,
        severity: Severity::Critical,
        tlp: Tlp::Clear,
        issued_at: at("2016-08-03T09:00:00Z"),
        expires_at: at("2036-08-01T00:00:00Z"),
        deadline_at: Some(at("2016-08-05T09:00:00Z")),
        audience: Vec::new(),
        texts: dispatch_238_texts(),
        indicators: dispatch_238_indicators(),
        combinations: vec![Combination {
            id: "mcafee-with-mcutil".to_owned(),
            all_of: vec!["mcafee".to_owned(), "mcutil".to_owned()],
            within: Within::Folder,
        }],
        rules: Vec::new(),
        actions: actions(&[Verb::Inform, Verb::Sweep, Verb::Isolate, Verb::Block]),
        questions: Vec::new(),
        supersedes: None,
    }
}

/// Returns an exercise alert for markers, each a file name with the SHA-256 of its content.
pub fn exercise(markers: &[(&str, [u8; 32])]) -> Alert {
    let indicators = markers
        .iter()
        .enumerate()
        .map(|(index, (name, sha256))| Indicator {
            id: format!("marker-{}", index + 1),
            label: (*name).to_owned(),
            role: Role::Payload,
            confidence: Confidence::High,
            size: None,
            observables: vec![
                observable("file-name", name),
                Observable::Digest(Digest::Sha256(*sha256)),
            ],
        })
        .collect();
    Alert {
        schema: 1,
        authority: authority(),
        number: "DT-01/VNCERT-ĐPƯC".to_owned(),
        version: 1,
        exercise: true,
        severity: Severity::Low,
        tlp: Tlp::Clear,
        issued_at: at("2016-08-04T01:00:00Z"),
        expires_at: at("2036-08-01T00:00:00Z"),
        deadline_at: Some(at("2016-08-10T09:00:00Z")),
        audience: Vec::new(),
        texts: vec![
            text(
                Language::Vi,
                "DIỄN TẬP: rà soát tệp đánh dấu",
                "Đây là nội dung diễn tập, không phải sự cố thật.\n\
                 Đề nghị các đơn vị rà soát các tệp đánh dấu vô hại nêu trong danh sách và báo cáo kết quả.",
            ),
            text(
                Language::En,
                "EXERCISE: sweep for marker files",
                "This is an exercise, not a real incident.\n\
                 Organisations are asked to sweep for the harmless marker files listed and to report what they found.",
            ),
        ],
        indicators,
        combinations: Vec::new(),
        rules: Vec::new(),
        actions: actions(&[Verb::Inform, Verb::Sweep, Verb::Isolate]),
        questions: Vec::new(),
        supersedes: None,
    }
}

fn dispatch_238_texts() -> Vec<AlertText> {
    vec![
        text(
            Language::Vi,
            "Ngăn chặn kết nối đến máy chủ điều khiển và bóc gỡ mã độc",
            "VNCERT yêu cầu lãnh đạo đơn vị chỉ đạo thực hiện gấp các việc sau:\n\
             1. Theo dõi và ngăn chặn kết nối đến các tên miền nêu trong danh sách.\n\
             2. Rà soát các tệp mã độc theo đường dẫn, kích thước và mã băm; cô lập và bóc gỡ khi phát hiện.\n\
             3. Báo cáo tình hình về VNCERT trước 16 giờ 00 ngày 05 tháng 8 năm 2016.",
        ),
        text(
            Language::En,
            "Block the control servers and remove the malware",
            "VNCERT asks the head of each organisation to have the following done at once:\n\
             1. Watch for and block connections to the domains listed.\n\
             2. Sweep for the malware by path, size and digest; isolate and remove it where it is found.\n\
             3. Report to VNCERT before 16:00 on 5 August 2016.",
        ),
    ]
}

fn dispatch_238_indicators() -> Vec<Indicator> {
    vec![
        domain("playball", "playball.ddns.info", Role::Payload),
        domain("nvedia", "nvedia.ddns.info", Role::Payload),
        domain("air-dcsvn", "air.dcsvn.org", Role::Payload),
        domain("dcsvn", "*.dcsvn.org", Role::Context),
        Indicator {
            id: "mcafee".to_owned(),
            label: "McAfee.exe".to_owned(),
            role: Role::AbusedLegitimate,
            confidence: Confidence::High,
            size: kilobytes(13_728),
            observables: vec![
                observable("path", r"C:\Program Files\Common Files\McAfee\McAfee.exe"),
                observable("md5", "884d46c01c762ad6ddd2759fd921bf71"),
                observable("sha1", "d201b130232e0ea411daa23c1ba2892fe6468712"),
            ],
        },
        Indicator {
            id: "mcutil".to_owned(),
            label: "McUtil.dll".to_owned(),
            role: Role::Payload,
            confidence: Confidence::High,
            size: kilobytes(350),
            observables: vec![
                observable("path", r"C:\Program Files\Common Files\McAfee\McUtil.dll"),
                observable("md5", "c52464e9df8b3d08fc612a0f11fe53b2"),
                observable("sha1", "e464d10ad93600232d7a24856d69f00510949a40"),
            ],
        },
        Indicator {
            id: "diskmgers".to_owned(),
            label: "DiskMgers.dll".to_owned(),
            role: Role::Payload,
            confidence: Confidence::High,
            size: kilobytes(8_500),
            observables: vec![
                observable("path", r"C:\Windows\system32\DiskMgers.dll"),
                observable("md5", "9bf793ef195cc62f8a61093f77b03158"),
                observable("sha1", "46844b0acf2bb67adbf2304a61be07738d2ddd64"),
            ],
        },
        Indicator {
            id: "diskperf".to_owned(),
            label: "diskperf.exe".to_owned(),
            role: Role::Payload,
            confidence: Confidence::High,
            size: None,
            observables: vec![
                observable("file-name", "diskperf.exe"),
                observable("md5", "29e656e1256fc998b7ce8494656b3ef8"),
                observable("sha1", "8c073b63d85cbf48bd742a62c7a59eeb064da74d"),
            ],
        },
    ]
}

fn domain(id: &str, name: &str, role: Role) -> Indicator {
    Indicator {
        id: id.to_owned(),
        label: name.to_owned(),
        role,
        confidence: Confidence::High,
        size: None,
        observables: vec![observable("domain", name)],
    }
}

/// Returns the sizes that whoever rounded to hundredths of a kilobyte can have meant, one hundredth of tolerance on
/// both sides. A kilobyte is 1024 bytes, as Windows shows it.
fn kilobytes(hundredths: u64) -> Option<SizeRange> {
    SizeRange::new(
        (hundredths - 1) * 1024 / 100,
        ((hundredths + 1) * 1024).div_ceil(100),
    )
}

fn observable(kind: &str, value: &str) -> Observable {
    Observable::new(kind, value).expect("the test's observables are valid")
}

fn actions(verbs: &[Verb]) -> Vec<Action> {
    verbs
        .iter()
        .map(|&verb| Action {
            verb,
            deadline_at: None,
        })
        .collect()
}

fn text(language: Language, title: &str, body: &str) -> AlertText {
    AlertText {
        language,
        title: title.to_owned(),
        body: body.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alerts_agree_with_themselves() {
        assert_eq!(dispatch_238().check(), Ok(()));
        assert_eq!(exercise(&[("marker.txt", [7; 32])]).check(), Ok(()));
    }

    #[test]
    fn sizes_hold_every_size_that_rounds_to_the_stated_one() {
        let mcutil = kilobytes(350).expect("in order");
        assert_eq!((mcutil.min_bytes(), mcutil.max_bytes()), (3573, 3595));
        assert!(mcutil.contains(3584));
        assert!(kilobytes(13_728).expect("in order").contains(140_576));
    }
}
