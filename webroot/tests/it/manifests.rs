//! Attacks on the manifest: each is named after what it tries.

use std::sync::LazyLock;

use documents::SigningKey;
use proptest::prelude::*;
use testkit::{at, signing_key};
use webroot::{Floor, FloorError, FreeFolder, FreeRule, ManifestError, read_manifest, sign};

use crate::site::{Site, read, sign_folder, signing};

fn refusal(bytes: &[u8]) -> ManifestError {
    let trusted = [signing_key("publisher").public_key()];
    let now = at("2026-11-02T00:00:00Z");
    read_manifest(&mut &*bytes, &trusted, now).expect_err("must be refused")
}

fn signed_by(key: &SigningKey, site: &Site) -> Vec<u8> {
    let mut out = Vec::new();
    sign(&site.root, signing(1), key, None, &mut out).unwrap();
    out
}

#[test]
fn what_is_signed_is_read_again() {
    let site = Site::new();
    let manifest = read(&site.sign(7));
    assert_eq!((manifest.head().version, manifest.len()), (7, 7));
    assert_eq!(manifest.signer(), signing_key("publisher").public_key());
    assert_eq!(manifest.below(b"app").len(), 1);
    assert!(manifest.find(b"app/main.php").is_some() && manifest.find(b"app/main").is_none());
}

#[test]
fn the_signature_of_a_stranger_is_refused() {
    let bytes = signed_by(&signing_key("stranger"), &Site::new());
    assert!(matches!(refusal(&bytes), ManifestError::Seal(_)));
}

#[test]
fn a_stranger_who_names_the_key_of_the_publisher_is_refused() {
    let (trusted, stranger) = (signing_key("publisher"), signing_key("stranger"));
    let text = String::from_utf8(signed_by(&stranger, &Site::new())).unwrap();
    let forged = text.replace(
        &stranger.public_key().to_string(),
        &trusted.public_key().to_string(),
    );
    assert!(matches!(refusal(forged.as_bytes()), ManifestError::Seal(_)));
}

#[test]
fn entries_added_changed_removed_or_appended_are_refused() {
    let text = String::from_utf8(Site::new().sign(1)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.last().unwrap();
    let more = format!("{text}{}\n", last.replace("start.html", "zzz.html"));
    let fewer = text.replace(&format!("{last}\n"), "");
    let changed = text.replace("\"target\":\"index.html\"", "\"target\":\"/etc/passwd\"");
    let blank = format!("{text}\n");
    let cut = &text[..text.len() - 1];
    for forged in [&more, &fewer, &changed, &blank, cut] {
        assert!(matches!(
            refusal(forged.as_bytes()),
            ManifestError::Digest | ManifestError::Entry { .. }
        ));
    }
}

#[test]
fn the_entries_of_another_version_are_refused() {
    let site = Site::new();
    let old = String::from_utf8(site.sign(1)).unwrap();
    site.write("index.html", b"<h1>2</h1>");
    let new = String::from_utf8(site.sign(2)).unwrap();
    let mixed = format!(
        "{}\n{}",
        new.split_once('\n').unwrap().0,
        old.split_once('\n').unwrap().1
    );
    assert!(matches!(refusal(mixed.as_bytes()), ManifestError::Digest));
}

#[test]
fn an_expired_manifest_is_refused() {
    let site = Site::new();
    let mut signing = signing(1);
    signing.expires_at = Some(at("2026-11-01T12:00:00Z"));
    let mut bytes = Vec::new();
    sign(
        &site.root,
        signing,
        &signing_key("publisher"),
        None,
        &mut bytes,
    )
    .unwrap();
    assert!(matches!(refusal(&bytes), ManifestError::Expired(_)));
}

#[test]
fn an_older_version_and_a_second_one_of_the_same_are_refused() {
    let site = Site::new();
    let floor = Floor::new(&site.folder.path().join("floor"));
    let one = read(&site.sign(1));
    site.write("index.html", b"2");
    let two = read(&site.sign(2));
    site.write("index.html", b"another 2");
    let other_two = read(&site.sign(2));
    floor.accept(&one).unwrap();
    floor.accept(&two).unwrap();
    floor.accept(&two).unwrap();
    assert!(matches!(
        floor.accept(&one),
        Err(FloorError::Rollback {
            found: 1,
            floor: 2,
            ..
        })
    ));
    assert!(matches!(
        floor.accept(&other_two),
        Err(FloorError::Equivocation(2))
    ));
    assert_eq!(floor.version("syt.example").unwrap(), 2);
}

/// One publisher signs for many sites. Whoever brings the files of another one brings its manifest as well.
#[test]
fn the_manifest_of_another_site_is_refused_for_a_folder() {
    let (site, other) = (Site::new(), Site::new());
    let floor = Floor::new(&site.folder.path().join("floor"));
    let ours = read(&site.sign(5));
    let mut wish = signing(7);
    wish.site = "other.example".to_owned();
    let mut bytes = Vec::new();
    sign(
        &other.root,
        wish,
        &signing_key("publisher"),
        None,
        &mut bytes,
    )
    .unwrap();
    let theirs = read(&bytes);
    floor.bind(&site.root, &ours).unwrap();
    floor.bind(&site.root, &ours).unwrap();
    assert!(matches!(
        floor.bind(&site.root, &theirs),
        Err(FloorError::OtherSite { .. })
    ));
    floor.bind(&other.root, &theirs).unwrap();
}

#[test]
fn a_site_with_nothing_that_can_be_signed_is_said() {
    let site = Site::new();
    std::os::unix::net::UnixListener::bind(site.path("socket")).unwrap();
    let refused = sign(
        &site.root,
        signing(1),
        &signing_key("publisher"),
        None,
        &mut Vec::new(),
    );
    assert!(refused.unwrap_err().to_string().contains("'socket'"));
}

#[test]
fn patterns_that_lead_elsewhere_are_refused() {
    for bad in ["", "/", "../x", "a/../b", "/uploads", "uploads/", "a\nb"] {
        assert!(FreeFolder::new(bad, FreeRule::Anything).is_err(), "{bad:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_manifest_with_any_byte_changed_is_refused(at in any::<prop::sample::Index>(), flip in 1_u8..=255) {
        static SIGNED: LazyLock<Vec<u8>> = LazyLock::new(|| sign_folder(&Site::new().root, 1, None));
        let mut bytes = SIGNED.clone();
        let length = bytes.len();
        bytes[at.index(length)] ^= flip;
        refusal(&bytes);
    }

    #[test]
    fn any_bytes_are_refused_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        refusal(&bytes);
    }
}
