//! What publishers sign with `tocsin watch announce` is heeded by a single check: it is silent, everything else is not, and what somebody
//! else has signed is refused with the reason.

use fs_err as fs;

use crate::program::{new_key, tocsin_done};
use crate::watch_web::{Desk, HACKED, HONEST};

/// From where the publisher will take a script.
const ORIGIN: &str = "https://cdn.example";

/// A desk whose page was added with the publisher's key.
fn desk_with_publisher() -> Desk {
    let desk = Desk::open(HONEST);
    fs::write(desk.path("pass"), "four words in a row\n").expect("written");
    for name in ["publisher", "stranger"] {
        let out = desk.text(&format!("{name}.key"));
        new_key(name, &out, &desk.text("pass"));
    }
    let (url, key) = (desk.url.clone(), desk.text("publisher.key"));
    let added = desk.run(&[
        "add",
        &url,
        "--approved-by",
        "Nguyễn Văn A",
        "--publisher",
        &key,
    ]);
    assert_eq!(added.code, 0, "{}{}", added.stdout, added.stderr);
    desk
}

fn announce(desk: &Desk, key: &str, more: &[&str]) {
    let (key, pass, to) = (
        desk.text(key),
        desk.text("pass"),
        desk.text("watch/notices"),
    );
    let mut words = vec!["watch", "announce", "--minutes", "30", "--key", &key];
    words.extend(["--passphrase-file", &pass, "--to", &to]);
    words.extend(more);
    let said = tocsin_done(words);
    assert!(said.contains("announced for 127.0.0.1"), "{said}");
}

/// The page with a script from elsewhere, for which somebody is called unless it was announced.
fn with_script(origin: &str) -> String {
    let script = format!("<script src={origin}/x.js></script></html>");
    HONEST.replace("</html>", &script)
}

#[test]
fn an_announced_change_is_silent_and_what_is_announced_by_nobody_is_not() {
    let desk = desk_with_publisher();
    desk.show(&with_script(ORIGIN));
    let before = desk.run(&["check"]);
    assert_eq!(before.code, 1, "{}", before.stdout);
    announce(
        &desk,
        "publisher.key",
        &["--page", &desk.url, "--origin", ORIGIN, "--note", "tin mới"],
    );
    let check = desk.run(&["check"]);
    assert_eq!(check.code, 0, "{}{}", check.stdout, check.stderr);
    assert!(
        check.stdout.contains("announced change"),
        "{}",
        check.stdout
    );
    // From now on it is what was approved.
    let again = desk.run(&["check"]);
    assert_eq!(again.code, 0, "{}", again.stdout);
    let chain = fs::read_to_string(desk.path("watch/evidence.jsonl")).expect("the chain");
    assert!(
        chain.contains("\"event\":\"notice\"") && chain.contains("tin mới"),
        "{chain}"
    );
    // While it is in force, another origin is no announced one, and hidden links are none at all.
    desk.show(&with_script("https://khac.example"));
    let other = desk.run(&["check"]);
    assert_eq!(other.code, 1, "{}", other.stdout);
    desk.show(HACKED);
    let hacked = desk.run(&["check"]);
    assert_eq!(hacked.code, 1, "{}", hacked.stdout);
    assert!(
        hacked.stdout.contains("HIDDEN INJECTION"),
        "{}",
        hacked.stdout
    );
}

#[test]
fn a_notice_for_another_page_excuses_nothing() {
    let desk = desk_with_publisher();
    let elsewhere = format!("{}tin-tuc", desk.url);
    announce(
        &desk,
        "publisher.key",
        &["--page", &elsewhere, "--origin", ORIGIN],
    );
    desk.show(&with_script(ORIGIN));
    let check = desk.run(&["check"]);
    assert_eq!(
        (check.code, check.stderr.as_str()),
        (1, ""),
        "{}",
        check.stdout
    );
}

#[test]
fn a_notice_that_a_stranger_signed_is_refused_and_put_aside() {
    let desk = desk_with_publisher();
    announce(
        &desk,
        "stranger.key",
        &["--page", &desk.url, "--origin", ORIGIN],
    );
    desk.show(&with_script(ORIGIN));
    let check = desk.run(&["check"]);
    assert_eq!(check.code, 1, "{}", check.stdout);
    let says_why = check
        .stderr
        .contains("no publisher of '127.0.0.1' has signed it");
    assert!(says_why, "{}", check.stderr);
    let refused = fs::read_dir(desk.path("watch/notices/refused")).expect("put aside");
    assert_eq!(refused.count(), 1);
    // Said once.
    let again = desk.run(&["check"]);
    assert_eq!((again.code, again.stderr.as_str()), (1, ""));
}
