//! Scheduled tasks, in each encoding and of each age.

use artefacts::{Damaged, Kind};

use crate::samples::{lines, lines_of, wide};

const TASK: &str = r#"<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><URI>\DiskPerf</URI></RegistrationInfo>
  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>
  <Actions Context="Author">
    <Exec><Command>C:\Windows\diskperf.exe</Command><Arguments>-y &quot;a &amp; b&quot; &#x111;</Arguments></Exec>
    <ComHandler><ClassId>{0}</ClassId></ComHandler>
    <Exec><Command><![CDATA[cmd.exe]]></Command></Exec>
  </Actions>
</Task>"#;
const PATH: &str = "C/Windows/System32/Tasks/Microsoft/DiskPerf";

#[test]
fn reads_a_task_in_every_encoding() {
    let marked = |text: Vec<u8>| [vec![0xff, 0xfe], text].concat();
    for content in [
        marked(wide(TASK)),
        wide(TASK),
        TASK.as_bytes().to_vec(),
        format!("\u{feff}{TASK}").into_bytes(),
    ] {
        let (lines, read) = lines(PATH, &content);
        read.unwrap();
        let first = r#"C:\Windows\diskperf.exe -y "a & b" đ"#;
        assert_eq!(
            lines,
            [
                format!("ScheduledTask \\Microsoft\\DiskPerf [{first}\ncmd.exe]"),
                "ScheduledTask \\DiskPerf []".to_owned(),
                format!("CommandLine {first} []"),
                "CommandLine cmd.exe []".to_owned(),
            ]
        );
    }
}

#[test]
fn keeps_what_stands_before_damage() {
    let cut = &TASK[..TASK.find("<ComHandler>").unwrap() + 5];
    let (lines, read) = lines(PATH, cut.as_bytes());
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with(r"CommandLine C:\Windows\diskperf.exe"))
    );
    assert!(matches!(read, Err(Damaged::Places { .. })), "{read:?}");
}

#[test]
fn takes_other_xml_for_no_task() {
    assert_eq!(
        artefacts::recognise(b"a/Tasks/x.xml", b"<?xml version=\"1.0\"?><html/>"),
        None
    );
    let (lines, read) = lines_of(Kind::ScheduledTask, "x", b"<?xml version=\"1.0\"?><html/>");
    assert!(lines.is_empty() && matches!(read, Err(Damaged::Another { .. })));
}

#[test]
fn is_not_led_deep_by_nesting() {
    let deep = format!(
        "<Task xmlns='http://schemas.microsoft.com/windows/2004/02/mit/task'>{}",
        "<a>".repeat(100_000)
    );
    let (_, read) = lines(PATH, deep.as_bytes());
    assert!(read.is_err());
}

#[test]
fn reads_a_job_of_windows_xp() {
    let mut job = vec![0; 70];
    job[..4].copy_from_slice(&[1, 5, 1, 0]);
    job[20] = 70;
    for text in ["C:\\WINDOWS\\diskperf.exe\0", "-y\0"] {
        job.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
        job.extend(wide(text));
    }
    let (lines, read) = lines("WINDOWS/Tasks/At1.job", &job);
    read.unwrap();
    assert_eq!(
        lines,
        [
            r"ScheduledTask \At1.job [C:\WINDOWS\diskperf.exe -y]",
            r"CommandLine C:\WINDOWS\diskperf.exe -y []"
        ]
    );
}
