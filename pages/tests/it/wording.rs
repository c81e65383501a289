//! Words of intruders are found however they are written, and not where honest pages write the same.

use pages::{Subject, find_terms, find_terms_in_address};

fn weight(text: &str) -> u32 {
    let terms = find_terms(text);
    let says = terms
        .iter()
        .filter(|term| term.subject != Subject::Promises);
    says.map(|term| term.weight).sum()
}

fn words(text: &str) -> Vec<String> {
    find_terms(text).into_iter().map(|term| term.word).collect()
}

#[test]
fn words_are_found_in_every_disguise() {
    let cases = [
        "Hacked by X",
        "HACKED BY X",
        "h4ck3d by someone",
        "H@cked by someone",
        "h.a.c.k.e.d b.y n.o.b.o.d.y",
        "H A C K E D",
        "H_A_C_K_E_D",
        "h\u{200b}ack\u{2060}ed b\u{ad}y",
        "\u{43d}\u{430}\u{441}ked by", // Cyrillic н, а, с
        "h\u{3b1}cked by",             // Greek α
        "bu site \u{435}l\u{435} ge\u{e7}\u{456}rildi", // Cyrillic е, і; more of them than letters
        "ｈａｃｋｅｄ ｂｙ",
        "𝗛𝗮𝗰𝗸𝗲𝗱 𝗯𝘆",
        "ⓗⓐⓒⓚⓔⓓ by",
        "h\u{336}a\u{336}c\u{336}k\u{336}e\u{336}d\u{336} by",
        "<<hacked-by>>",
        "#hackedby",
        "pwn3d",
        "Nhà cái uy tín",
        "NHÀ CÁI UY TÍN",
        "nha cai uy tin",
        "Nha\u{300} ca\u{301}i uy ti\u{301}n",
        "nhacaiuytin",
        "nhà-cái-uy-tín",
        "n h à c á i u y t í n",
        "nh4 c4i uy t1n",
        "nổ\u{200c} hũ",
        "tài xỉu online",
        "全球博彩网",
        "線上賭場",
        "situs slot gacor",
        "canlı bahis siteleri",
        "CANLI BAHİS SİTELERİ",
        "лучшее онлайн казино",
        "буke взломан сайт",
        "تم اختراق الموقع",
        "diretas oleh saya",
        "đã bị hack",
        "เว็บพนันออนไลน์",
    ];
    for text in cases {
        assert!(weight(text) >= 3, "{text}: {:?}", find_terms(text));
    }
}

#[test]
fn what_is_disguised_is_told_from_what_is_not() {
    let disguised = |text: &str| find_terms(text).iter().any(|term| term.is_disguised);
    assert!(disguised("h4cked by") && disguised("c\u{430}sino") && disguised("p o k e r"));
    assert!(!disguised("hacked by") && !disguised("casino") && !disguised("nha cai uy tin"));
}

#[test]
fn what_an_office_writes_is_not_taken_for_an_intruder() {
    let cases = [
        "Sở Thông tin và Truyền thông tổ chức hội nghị triển khai nhiệm vụ năm 2026.",
        "Nhà văn hoá, cái đẹp, tài liệu, nổ máy, số 68 Nguyễn Huệ. The alphabet of 1988.",
        "Công an huyện triệt phá đường dây đánh bạc, lô đề, cá độ bóng đá qua mạng",
        "Cảnh báo lừa đảo trên không gian mạng, cá cược, tài xỉu",
        "Nhà cải tạo, nhà cai nghiện, xây nhà. Cái cũ bỏ đi",
        "Trồng cây keo, kéo lưới, kẹo dừa; 10 đề tài khoa học; nó hư",
        "Chốt sổ bảo hiểm xã hội; quốc lộ QL68; Nghị định ND88; xe 79A",
        "Ủy ban nhân dân tỉnh Bạc Liêu; sông Bạc",
        "liên hệ: lan88@example.gov.vn",
        "The department of health works with the police to stop illegal gambling",
        "C Ộ N G H O À X Ã H Ộ I",
        "Covid19, A4, 24/7, mp3, H5N1, 3G, 4G, 5G",
        "Whacked, shacked, alphabet",
    ];
    for text in cases {
        assert!(weight(text) < 2, "{text}: {:?}", find_terms(text));
    }
}

#[test]
fn a_word_of_the_list_is_shown_with_its_marks() {
    assert_eq!(words("NHA CAI")[0], "nhà cái");
    assert_eq!(words("vào ABC88 ngay"), ["abc88"]);
    assert_eq!(words("nhà cáiX"), Vec::<String>::new());
}

#[test]
fn addresses_tell_what_is_sold_behind_them() {
    let weight = |address: &str| {
        find_terms_in_address(address)
            .iter()
            .map(|term| term.weight)
            .sum::<u32>()
    };
    for address in [
        "https://nhacaiuytin.example.vip/",
        "https://so.example.gov.vn/upload/soi-keo-hom-nay.html",
        "https://slotgacor.example.com/x",
        "//play.example.casino",
        "https://a.example/%e5%8d%9a%e5%bd%a9/",
        "https://abc88.example.win/",
    ] {
        assert!(
            weight(address) >= 3,
            "{address}: {:?}",
            find_terms_in_address(address)
        );
    }
    for address in [
        "https://so.example.gov.vn/tin-tuc/hoi-nghi-2026.html",
        "https://vnexpress.example.net/triet-pha-duong-day-danh-bac",
        "https://alphabet.example/",
        "https://user:pass@host.example:88/?a=b#c",
        "mailto:a@b",
        "%",
        "",
    ] {
        assert!(
            weight(address) < 3,
            "{address}: {:?}",
            find_terms_in_address(address)
        );
    }
}
