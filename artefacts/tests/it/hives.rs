//! Hives that hivex made: names as alerts write them, what keys mean, logs, and what is hostile in a hive.

use std::ops::ControlFlow;

use artefacts::{Damaged, Kind, Limits, What};

use crate::samples::{assert_has, lines, lines_of, sample};

#[test]
fn names_keys_and_values_as_alerts_write_them() {
    let (lines, read) = lines("C/Windows/System32/config/software", &sample("SOFTWARE"));
    read.unwrap();
    assert_has(
        &lines,
        r"RegistryKey HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run []",
    );
    assert_has(
        &lines,
        r#"RegistryValue HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\McAfee ["C:\Program Files\Common Files\McAfee\McAfee.exe" /s]"#,
    );
    assert_has(
        &lines,
        r"RegistryValue HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\(Default) [default]",
    );
    assert_has(
        &lines,
        "RegistryValue HKLM\\SOFTWARE\\Policies\\Names\\list [một\nhai]",
    );
    assert_has(
        &lines,
        r"RegistryValue HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Run\x86 [C:\x86.exe]",
    );
}

#[test]
fn says_what_is_started_and_by_which_task() {
    let (lines, _) = lines("SOFTWARE", &sample("SOFTWARE"));
    assert_has(
        &lines,
        r#"CommandLine "C:\Program Files\Common Files\McAfee\McAfee.exe" /s []"#,
    );
    assert_has(&lines, r"CommandLine C:\x86.exe []");
    assert_has(&lines, r"ScheduledTask \Microsoft\Windows\DiskPerf []");
    assert_has(&lines, r"CommandLine C:\Windows\diskperf.exe -y []");
}

#[test]
fn calls_the_control_set_in_use_the_current_one() {
    let (lines, read) = lines("SYSTEM", &sample("SYSTEM"));
    read.unwrap();
    let program = r"%SystemRoot%\system32\svchost.exe -k netsvcs";
    assert_has(&lines, &format!("Service DiskMgr [{program}]"));
    assert_has(
        &lines,
        &format!("Service Disk Performance Manager [{program}]"),
    );
    assert_has(
        &lines,
        r"RegistryKey HKLM\SYSTEM\CurrentControlSet\Services\DiskMgr []",
    );
    assert_has(
        &lines,
        r"RegistryKey HKLM\SYSTEM\ControlSet001\Services\Old []",
    );
    assert_has(&lines, r"CommandLine C:\Windows\system32\DiskMgers.dll []");
}

#[test]
fn says_which_programs_windows_saw_and_when() {
    let mut seen = Vec::new();
    let mut each = |trace: &artefacts::Trace<'_>| {
        if trace.what == What::FilePath {
            seen.push((trace.text.to_owned(), trace.at));
        }
        ControlFlow::Continue(())
    };
    let read = |path: &str, each: &mut dyn FnMut(&artefacts::Trace<'_>) -> artefacts::Flow| {
        let content = sample(path);
        artefacts::read(
            Kind::RegistryHive,
            path.as_bytes(),
            &content,
            &Limits::default(),
            each,
        )
        .unwrap();
    };
    read("SYSTEM", &mut each);
    read("NTUSER.DAT", &mut each);
    read("Amcache.hve", &mut each);
    let at = Some(1_470_281_193);
    for path in [
        r"C:\Windows\system32\DiskMgers.dll",
        r"\Device\HarddiskVolume2\Program Files\Common Files\McAfee\McAfee.exe",
        r"%SystemRoot%\System32\cmd.exe",
        r"c:\windows\diskperf.exe",
    ] {
        assert!(seen.contains(&(path.to_owned(), at)), "{path} in {seen:?}");
    }
}

#[test]
fn reads_the_digests_of_programs_that_were_run() {
    let (lines, _) = lines("Amcache.hve", &sample("Amcache.hve"));
    assert_has(&lines, "Sha1 8c073b63d85cbf48bd742a62c7a59eeb064da74d []");
    assert_has(&lines, "Sha1 46844b0acf2bb67adbf2304a61be07738d2ddd64 []");
}

#[test]
fn names_a_user_by_the_folder_of_the_hive() {
    let content = sample("NTUSER.DAT");
    let (lines, _) = lines("/mnt/Users/an.nguyen/NTUSER.DAT", &content);
    assert_has(
        &lines,
        r"RegistryValue HKU\an.nguyen\Software\Microsoft\Windows\CurrentVersion\RunOnce\upd [rundll32 C:\Users\an\upd.dll,Start]",
    );
    assert_has(&lines, r"CommandLine rundll32 C:\Users\an\upd.dll,Start []");
}

#[test]
fn knows_a_renamed_copy_by_what_is_in_it() {
    for (sample_name, wanted) in [
        ("SYSTEM", r"RegistryKey HKLM\SYSTEM []"),
        ("NTUSER.DAT", r"RegistryKey HKU\an []"),
        ("Amcache.hve", "RegistryKey Amcache.hve []"),
        // Nothing in this one tells it; the path that it was loaded from does.
        ("SOFTWARE", r"RegistryKey HKLM\SOFTWARE []"),
    ] {
        assert_has(
            &lines("evidence/Users/an/0001.bin", &sample(sample_name)).0,
            wanted,
        );
    }
}

#[test]
fn completes_a_hive_from_its_log() {
    let (dirty, log) = (sample("dirty"), sample("dirty.LOG1"));
    let run = r"CommandLine C:\x86.exe []";
    let (before, read) = lines("SOFTWARE", &dirty);
    assert!(!before.contains(&run.to_owned()));
    assert!(read.is_err(), "a list of keys is only in the log");
    assert!(artefacts::is_dirty(&dirty));
    let whole = artefacts::with_logs(&dirty, &[b"", &log]).expect("the log belongs to it");
    assert!(!artefacts::is_dirty(&whole));
    let (completed, read) = lines("SOFTWARE", &whole);
    read.unwrap();
    assert_eq!(completed, lines("SOFTWARE", &sample("SOFTWARE")).0);
}

#[test]
fn says_that_a_hive_lacks_what_only_its_logs_have() {
    let mut hive = sample("SOFTWARE");
    let whole = lines("SOFTWARE", &hive).0;
    let sequence = hive[4];
    hive[4] += 1;
    hive[508] ^= sequence ^ (sequence + 1);
    let (read_all_the_same, read) = lines("SOFTWARE", &hive);
    assert!(matches!(read, Err(Damaged::Dirty)), "{read:?}");
    assert_eq!(read_all_the_same, whole);
}

#[test]
fn applies_no_log_whose_checksum_is_wrong_or_that_is_older() {
    let (dirty, mut log) = (sample("dirty"), sample("dirty.LOG1"));
    let last = log.len() - 1;
    log[last] ^= 1;
    assert_eq!(artefacts::with_logs(&dirty, &[&log]), None);
    log[last] ^= 1;
    let mut newer = dirty.clone();
    newer[8] = 9;
    newer[508] ^= 7 ^ 9;
    assert_eq!(artefacts::with_logs(&newer, &[&log]), None);
    assert_eq!(
        artefacts::with_logs(&sample("SOFTWARE"), &[&log]),
        None,
        "it lacks nothing"
    );
}

#[test]
fn visits_a_key_that_leads_back_to_its_parent_once() {
    let mut hive = sample("SOFTWARE");
    let cells = 4096;
    let root = cells + 32;
    // The list of the root's subkeys names the root itself.
    let list = u32::from_le_bytes(hive[root + 4 + 28..][..4].try_into().unwrap()) as usize;
    hive[cells + list + 8..][..4].copy_from_slice(&32_u32.to_le_bytes());
    let (lines, read) = lines("SOFTWARE", &hive);
    assert!(lines.len() < 100, "{lines:?}");
    assert!(
        matches!(read, Err(Damaged::Places { count: 1.., .. })),
        "{read:?}"
    );
}

#[test]
fn ends_when_told_and_at_its_limit() {
    let content = sample("SOFTWARE");
    let mut count = 0;
    let mut each = |_: &artefacts::Trace<'_>| {
        count += 1;
        if count == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let limits = Limits::default();
    artefacts::read(
        Kind::RegistryHive,
        b"SOFTWARE",
        &content,
        &limits,
        &mut each,
    )
    .unwrap();
    assert_eq!(count, 3);
    let limits = Limits { items: 5, ..limits };
    let mut each = |_: &artefacts::Trace<'_>| ControlFlow::Continue(());
    let read = artefacts::read(
        Kind::RegistryHive,
        b"SOFTWARE",
        &content,
        &limits,
        &mut each,
    );
    assert!(matches!(read, Err(Damaged::Limit { .. })), "{read:?}");
}

#[test]
fn takes_a_log_for_no_hive() {
    assert_eq!(
        artefacts::recognise(b"SOFTWARE.LOG1", &sample("dirty.LOG1")),
        None
    );
    let (lines, read) = lines_of(Kind::RegistryHive, "x", b"regf");
    assert!(lines.is_empty() && matches!(read, Err(Damaged::Another { .. })));
}
