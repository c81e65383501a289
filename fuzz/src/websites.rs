//! Targets of what a watch of web sites reads from strangers: pages, pictures, `robots.txt`, site maps, listings and documents;
//! and of what publishers sign: notices of changes, and manifests of files.

use std::io::Cursor;

use documents::{ChangeNotice, Envelope, NoticePage, SigningKey};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use jiff::{SignedDuration, Timestamp};

use crate::targets::Parser;

/// The page that everything is said to be.
const PAGE: &str = "https://so.example.gov.vn/upload/tin/";
/// A site map, a listing and what stands in documents.
const SURVEYED: [&str; 6] = [
    "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://so.example.gov.vn/upload/tin/1.html?a=1&amp;b=2</loc></url><url><loc><![CDATA[/2]]></loc></url></urlset>",
    "<sitemapindex><sitemap><loc>https://so.example.gov.vn/a.xml.gz</loc></sitemap></sitemapindex>",
    "<rss><channel><item><link>//so.example.gov.vn//a/../b?utm_source=x</link></item></channel></rss>",
    "https://so.example.gov.vn/upload/tin/x.html\r\nhttp://www.so.example.gov.vn:8080/%C3%A1/\n",
    "<title>Index of /upload/tin/</title><h1>Index of /upload/tin/</h1><pre><a href=../>../</a>\n<a href=x.html>x.html</a> 1\n<a href='a/'>a/</a>\n<a href='%2e%2e/b'>b</a>",
    "%PDF-1.4\n1 0 obj<</Title (B\\303\\241o c\\341o \\(1\\))/URI (https://elsewhere.example/)>>endobj 2 0 obj<</Title <FEFF0053>>>endobj\n",
];
/// What sites ask of visitors.
const ROBOTS: &str = "\u{feff}User-agent: *\nDisallow: /quan-tri/\nAllow: /*.css$\nCrawl-delay: 1e3\nSitemap: https://so.example.gov.vn/sitemap.xml\n\nUser-agent: Tocsin-Watch # us\nDisallow: /a*b*c*d$\nDisallow: /%7Ea%2Fb\n";
/// Bytes of a picture that are looked at for one whose sides anybody can choose.
const PIXELS_MAX: u64 = 2_000_000;

/// As a page, as a script, a style sheet and a text of it; and what differs from the page before.
pub fn pages() -> Parser {
    let mut before = pages::PageModel::default();
    Box::new(move |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let sheets = [text.clone().into_owned()];
        let read = |style_sheets| {
            let source = pages::Source {
                url: PAGE,
                content_type: None,
                body: bytes,
                style_sheets,
            };
            pages::parse(&source, &pages::Limits::default())
        };
        let page = read(&[]);
        assert!(pages::compare(&page, &page).is_nothing());
        // What is kept of a page is the page.
        let kept = serde_json::to_vec(&page).expect("a page can be kept");
        let again: pages::PageModel = serde_json::from_slice(&kept).expect("what was kept");
        assert!(again == page, "another page comes back");
        pages::compare(&before, &page);
        pages::compare(&page, &before);
        pages::compare(&page, &read(&sheets));
        pages::read_script(&text);
        pages::find_terms(&text);
        pages::find_terms_in_address(&text);
        pages::tongue_of(&text);
        pages::vietnamese_share(&text);
        before = page;
    })
}

/// Pages in which places, styles and scripts are deep inside each other.
pub fn page_seeds() -> Vec<Vec<u8>> {
    let nested = format!(
        "<title>Sở Y tế</title>{}nhà cái uy tín",
        "<div style='opacity:.1;transform:scale(0)'>".repeat(60)
    );
    let tabled = "<table><tr><td><form action=//a.example><input type=password><select><option>x</table><frameset>".repeat(20);
    let styled = "<style>@import url(//b.example/c.css);@media (min-width:1px){.a:not(.b)>li~p::before{content:'\\0041';color:rgb(0 0 0/0);clip-path:inset(100%)}}</style><p class='a b' hidden>slot</p>".repeat(10);
    let scripted = "<script>var _0x=['\\x68\\x74\\u0074','p','://'];(function(a,b){var c=a[0]+a[1]+a[2];location['hr'+'ef']=c+'elsewhere.example';document.write(unescape('%3Cscript%3E'))})(_0x)</script>".repeat(8);
    let scripts = (0..200).fold(String::new(), |text, number| {
        format!("{text}<p class=k{number}>Учреждение 学校 โรงเรียน {number}</p>")
    });
    let sixteen: Vec<u8> = nested.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe".as_slice(), &sixteen].concat();
    let texts = [nested, tabled, styled, scripted, scripts];
    texts
        .map(String::into_bytes)
        .into_iter()
        .chain([marked])
        .collect()
}

/// As a picture, and as the tiles that are kept of one.
pub fn pictures() -> Parser {
    let limits = pictures::Limits {
        pixels: PIXELS_MAX,
        ..pictures::Limits::default()
    };
    Box::new(move |bytes| {
        if let Ok(picture) = pictures::look_at(bytes, &limits) {
            assert!(picture.pixels() <= PIXELS_MAX);
            let _ = picture.distance(&picture).likeness();
        }
        if let Ok(tiles) = pictures::look_at_tiles(bytes, &limits, (40, 64)) {
            assert!(tiles.changed(&tiles).iter().all(|changed| !changed));
        }
        if let Ok(tiles) = serde_json::from_slice::<pictures::Tiles>(bytes) {
            let again = serde_json::to_vec(&tiles).expect("tiles can be kept");
            assert_eq!(serde_json::from_slice(&again).ok(), Some(tiles));
        }
    })
}

/// A picture in each format that is read, small and long.
pub fn picture_seeds() -> Vec<Vec<u8>> {
    let formats = [
        ImageFormat::Gif,
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
    ];
    let mut seeds = vec![b"\"2x1:000102030405060708090a0b0c0d0e0f10111213\"".to_vec()];
    for (width, height) in [(33, 17), (300, 1)] {
        let pixels = RgbImage::from_fn(width, height, |x, y| {
            Rgb([x.to_le_bytes()[0], y.to_le_bytes()[0], 7])
        });
        let picture = DynamicImage::ImageRgb8(pixels);
        for format in formats {
            let mut bytes = Cursor::new(Vec::new());
            picture
                .write_to(&mut bytes, format)
                .expect("a picture in memory can be written");
            seeds.push(bytes.into_inner());
        }
    }
    seeds
}

/// As what a site asks of visitors, and its lines as paths.
pub fn robots() -> Parser {
    Box::new(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        for visitor in ["Tocsin-Watch", "", "*"] {
            let robots = visit::Robots::parse(&text, visitor);
            assert!(robots.pause.is_none_or(|pause| pause.as_secs() <= 60));
            for path in text.lines().take(16) {
                let _ = robots.allows(path);
            }
            for folder in robots.forbidden_folders().take(16) {
                assert!(folder.ends_with('/') && folder.len() > 1);
            }
        }
    })
}

/// The least and the most that a file has.
pub fn robots_seeds() -> Vec<Vec<u8>> {
    let stars = format!("User-agent: *\nDisallow: /{}b$\n", "*a".repeat(200));
    let path = format!("/{}\n", "a".repeat(2_000));
    vec![
        ROBOTS.as_bytes().to_vec(),
        format!("{stars}{path}").into_bytes(),
    ]
}

/// As everything that a survey reads.
pub fn surveying() -> Parser {
    Box::new(|bytes| {
        watch::read_as_everything(bytes, PAGE);
    })
}

/// Site maps, listings and documents.
pub fn surveying_seeds() -> Vec<Vec<u8>> {
    SURVEYED.map(|text| text.as_bytes().to_vec()).into()
}

/// As a notice that nobody has signed, and as one that its publisher has.
pub fn notices() -> Parser {
    const NOTICE_BYTES_MAX: usize = 1 << 20;
    let key = SigningKey::from_seed(&[7; 32]);
    let publisher = key.public_key();
    let now = Timestamp::UNIX_EPOCH;
    Box::new(move |bytes| {
        let mut board = watch::NoticeBoard::default();
        let _ = board.take(bytes, |_| vec![publisher], now);
        let parsed = documents::strict_json::parse::<ChangeNotice>(bytes, NOTICE_BYTES_MAX);
        let Ok(notice) = parsed else {
            return;
        };
        let _ = notice.pages.iter().filter(|page| page.means(PAGE)).count();
        let Ok(envelope) = Envelope::sign(&notice, &[&key]) else {
            return;
        };
        let signed = envelope.to_bytes();
        let is_taken = board.take(&signed, |_| vec![publisher], now).is_ok();
        assert!(!is_taken || notice.until > now);
        // None is used twice.
        assert!(board.take(&signed, |_| vec![publisher], now).is_err());
        assert!(board.of_host(&notice.host, now).len() <= 1);
    })
}

/// A notice, and the envelope around it.
pub fn notice_seeds() -> Vec<Vec<u8>> {
    let now = Timestamp::UNIX_EPOCH;
    let notice = ChangeNotice {
        schema: documents::SCHEMA,
        host: "so.example.gov.vn".to_owned(),
        number: 1,
        from: now - SignedDuration::from_mins(1),
        until: now + SignedDuration::from_mins(1),
        pages: vec![NoticePage::Below {
            url: PAGE.to_owned(),
        }],
        sha256: None,
        texts: vec!["Lịch tiêm chủng".to_owned()],
        origins: vec!["https://cdn.example".to_owned()],
        may_be_down: true,
        note: "new design".to_owned(),
    };
    let plain = serde_json::to_vec(&notice).expect("a notice can be written");
    let key = SigningKey::from_seed(&[7; 32]);
    let signed = Envelope::sign(&notice, &[&key]).expect("a notice that is right");
    vec![plain, signed.to_bytes()]
}

/// As a manifest, and as the lines below a head that its publisher has signed.
pub fn site_manifest() -> Parser {
    let signed = signed_manifest();
    let end = signed.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let head = signed[..=end].to_vec();
    let trusted = [SigningKey::from_seed(&[7; 32]).public_key()];
    let now = Timestamp::UNIX_EPOCH;
    Box::new(move |bytes| {
        let _ = webroot::read_manifest(&mut &*bytes, &trusted, now);
        let spoilt = [head.as_slice(), bytes].concat();
        let read = webroot::read_manifest(&mut spoilt.as_slice(), &trusted, now);
        assert!(read.is_err() || spoilt == signed, "only what was signed");
    })
}

/// A manifest whole, and its lines without the head.
pub fn manifest_seeds() -> Vec<Vec<u8>> {
    let signed = signed_manifest();
    let end = signed.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    vec![signed[end + 1..].to_vec(), signed]
}

fn signed_manifest() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = folder.path().join("upload");
    fs_err::create_dir(&inner).expect("a folder");
    for name in ["a.php", "tệp \"1\".html", "b"] {
        fs_err::write(inner.join(name), name).expect("room for a file");
    }
    std::os::unix::fs::symlink("upload/b", folder.path().join("c")).expect("a link");
    let signing = webroot::Signing {
        site: "so.example.gov.vn".to_owned(),
        version: 1,
        made_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
        owner: None,
        free: Vec::new(),
    };
    let key = SigningKey::from_seed(&[7; 32]);
    let mut signed = Vec::new();
    webroot::sign(folder.path(), signing, &key, None, &mut signed).expect("a folder to sign");
    signed
}
