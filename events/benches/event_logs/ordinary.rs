//! Events as a host writes them all day: processes, libraries, files, registry, connections, logons, scripts.

use crate::making::Event;

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
const PROGRAMS: [(&str, &str); 8] = [
    (
        r"C:\Windows\System32\svchost.exe",
        r"C:\Windows\system32\svchost.exe -k netsvcs -p -s Schedule",
    ),
    (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r#""C:\Program Files\Google\Chrome\Application\chrome.exe" --type=renderer --lang=vi --device-scale-factor=1.25 --num-raster-threads=2 --renderer-client-id=17"#,
    ),
    (
        r"C:\Windows\System32\backgroundTaskHost.exe",
        r#""C:\Windows\system32\backgroundTaskHost.exe" -ServerName:App.AppXmtcan0h2tfbfy7k9kn8hbxb6dmzz1zh0.mca"#,
    ),
    (
        r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE",
        r#""C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE" /n "D:\Cong van\2026\Bao cao thang 7.docx" /o """#,
    ),
    (
        r"C:\Windows\System32\taskhostw.exe",
        "taskhostw.exe Install $(Arg0)",
    ),
    (r"C:\Windows\explorer.exe", r"C:\Windows\Explorer.EXE"),
    (
        r"C:\Program Files\Windows Defender\MpCmdRun.exe",
        r#""C:\Program Files\Windows Defender\mpcmdrun.exe" -wdenable"#,
    ),
    (
        r"C:\Windows\System32\SearchProtocolHost.exe",
        r#""C:\Windows\system32\SearchProtocolHost.exe" Global\UsGthrFltPipeMssGthrPipe_S-1-5-21 1 -2147483646"#,
    ),
];
const SCRIPT: &str = "function Get-DiskReport {\n    param([string]$Computer = $env:COMPUTERNAME)\n    $disks = Get-CimInstance -ClassName Win32_LogicalDisk -ComputerName $Computer -Filter 'DriveType = 3'\n    foreach ($disk in $disks) {\n        [pscustomobject]@{\n            Name = $disk.DeviceID\n            FreeGB = [math]::Round($disk.FreeSpace / 1GB, 1)\n            SizeGB = [math]::Round($disk.Size / 1GB, 1)\n        }\n    }\n}\nGet-DiskReport | Sort-Object Name | Format-Table -AutoSize\n";

/// Returns events without end, each a little different from those before.
pub fn events() -> impl Iterator<Item = Event> {
    (0_u64..).map(|number| {
        let kind = number % 20;
        let (image, command) = PROGRAMS[usize::try_from(number / 20 % 8).unwrap_or(0)];
        match kind {
            0..=3 => process(number, image, command),
            4..=6 => library(number, image),
            7..=9 => file(number, image),
            10..=12 => registry(number, image),
            13 => query(number, image),
            14 | 15 => connection(number, image),
            16 => logon(number),
            17 => audited_process(number, image, command),
            18 => script(number),
            _ => service(),
        }
    })
}

fn guid(number: u64) -> String {
    format!(
        "{{0197231E-5D9C-6929-{:04X}-{number:012X}}}",
        number % 65_521
    )
}

fn hashes(number: u64) -> String {
    let digest = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!(
        "SHA1={digest:016X}{digest:016X}{digest:08X},MD5={digest:016X}{digest:016X},SHA256={digest:016X}{digest:016X}{digest:016X}{digest:016X},IMPHASH={digest:016X}{digest:016X}"
    )
}

fn process(number: u64, image: &str, command: &str) -> Event {
    let (id, hashes, pid) = (guid(number), hashes(number), (number % 30_000).to_string());
    Event::new(
        SYSMON,
        1,
        &[
            ("RuleName", "-"),
            ("UtcTime", "2026-07-28 08:30:20.964"),
            ("ProcessGuid", &id),
            ("ProcessId", &pid),
            ("Image", image),
            ("FileVersion", "10.0.19041.1 (WinBuild.160101.0800)"),
            ("Description", "Host Process for Windows Services"),
            ("Product", "Microsoft® Windows® Operating System"),
            ("Company", "Microsoft Corporation"),
            ("OriginalFileName", "host.exe"),
            ("CommandLine", command),
            ("CurrentDirectory", r"C:\Windows\system32\"),
            ("User", r"CQ\nhanvien"),
            ("LogonGuid", &id),
            ("LogonId", "0x3b5e64"),
            ("TerminalSessionId", "1"),
            ("IntegrityLevel", "Medium"),
            ("Hashes", &hashes),
            ("ParentProcessGuid", &id),
            ("ParentProcessId", "812"),
            ("ParentImage", r"C:\Windows\System32\services.exe"),
            ("ParentCommandLine", r"C:\Windows\system32\services.exe"),
            ("ParentUser", r"NT AUTHORITY\SYSTEM"),
        ],
    )
}

fn library(number: u64, image: &str) -> Event {
    let (id, hashes, pid) = (guid(number), hashes(number), (number % 30_000).to_string());
    let loaded = format!(r"C:\Windows\System32\api-ms-win-core-{}.dll", number % 97);
    Event::new(
        SYSMON,
        7,
        &[
            ("RuleName", "-"),
            ("UtcTime", "2026-07-28 08:30:20.964"),
            ("ProcessGuid", &id),
            ("ProcessId", &pid),
            ("Image", image),
            ("ImageLoaded", &loaded),
            ("FileVersion", "10.0.19041.1 (WinBuild.160101.0800)"),
            ("Description", "ApiSet Stub DLL"),
            ("Product", "Microsoft® Windows® Operating System"),
            ("Company", "Microsoft Corporation"),
            ("OriginalFileName", "apisetstub"),
            ("Hashes", &hashes),
            ("Signed", "true"),
            ("Signature", "Microsoft Windows"),
            ("SignatureStatus", "Valid"),
            ("User", r"CQ\nhanvien"),
        ],
    )
}

fn file(number: u64, image: &str) -> Event {
    let (id, pid) = (guid(number), (number % 30_000).to_string());
    let target = format!(
        r"C:\Users\nhanvien\AppData\Local\Google\Chrome\User Data\Default\Cache\Cache_Data\f_{number:06x}"
    );
    Event::new(
        SYSMON,
        11,
        &[
            ("RuleName", "-"),
            ("UtcTime", "2026-07-28 08:30:20.964"),
            ("ProcessGuid", &id),
            ("ProcessId", &pid),
            ("Image", image),
            ("TargetFilename", &target),
            ("CreationUtcTime", "2026-07-28 08:30:20.964"),
            ("User", r"CQ\nhanvien"),
        ],
    )
}

fn registry(number: u64, image: &str) -> Event {
    let (id, pid) = (guid(number), (number % 30_000).to_string());
    let target = format!(
        r"HKU\S-1-5-21-1004336348-1177238915-682003330-1001\SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\RecentDocs\.docx\{}",
        number % 200
    );
    Event::new(
        SYSMON,
        13,
        &[
            ("RuleName", "-"),
            ("EventType", "SetValue"),
            ("UtcTime", "2026-07-28 08:30:20.964"),
            ("ProcessGuid", &id),
            ("ProcessId", &pid),
            ("Image", image),
            ("TargetObject", &target),
            ("Details", "Binary Data"),
            ("User", r"CQ\nhanvien"),
        ],
    )
}

fn query(number: u64, image: &str) -> Event {
    let (id, pid) = (guid(number), (number % 30_000).to_string());
    let name = format!("edge-{}.example.gov.vn", number % 500);
    Event::new(
        SYSMON,
        22,
        &[
            ("RuleName", "-"),
            ("UtcTime", "2026-07-28 08:30:20.964"),
            ("ProcessGuid", &id),
            ("ProcessId", &pid),
            ("QueryName", &name),
            ("QueryStatus", "0"),
            (
                "QueryResults",
                "type:  5 edge.example.gov.vn;::ffff:203.113.131.1;",
            ),
            ("Image", image),
            ("User", r"CQ\nhanvien"),
        ],
    )
}

fn connection(number: u64, image: &str) -> Event {
    let (id, pid) = (guid(number), (number % 30_000).to_string());
    let address = format!("203.113.{}.{}", number % 256, number / 256 % 256);
    Event::new(
        SYSMON,
        3,
        &[
            ("RuleName", "-"),
            ("UtcTime", "2026-07-28 08:30:20.964"),
            ("ProcessGuid", &id),
            ("ProcessId", &pid),
            ("Image", image),
            ("User", r"CQ\nhanvien"),
            ("Protocol", "tcp"),
            ("Initiated", "true"),
            ("SourceIsIpv6", "false"),
            ("SourceIp", "10.1.2.3"),
            ("SourceHostname", "pc-1.cq.local"),
            ("SourcePort", "51515"),
            ("SourcePortName", "-"),
            ("DestinationIsIpv6", "false"),
            ("DestinationIp", &address),
            ("DestinationHostname", "-"),
            ("DestinationPort", "443"),
            ("DestinationPortName", "https"),
        ],
    )
}

fn logon(number: u64) -> Event {
    let id = guid(number);
    Event::new(
        "Security",
        4624,
        &[
            ("SubjectUserSid", "S-1-5-18"),
            ("SubjectUserName", "PC-1$"),
            ("SubjectDomainName", "CQ"),
            ("SubjectLogonId", "0x3e7"),
            ("TargetUserSid", "S-1-5-18"),
            ("TargetUserName", "SYSTEM"),
            ("TargetDomainName", "NT AUTHORITY"),
            ("TargetLogonId", "0x3e7"),
            ("LogonType", "5"),
            ("LogonProcessName", "Advapi  "),
            ("AuthenticationPackageName", "Negotiate"),
            ("WorkstationName", "-"),
            ("LogonGuid", &id),
            ("TransmittedServices", "-"),
            ("LmPackageName", "-"),
            ("KeyLength", "0"),
            ("ProcessId", "0x32c"),
            ("ProcessName", r"C:\Windows\System32\services.exe"),
            ("IpAddress", "-"),
            ("IpPort", "-"),
            ("ImpersonationLevel", "%%1833"),
            ("RestrictedAdminMode", "-"),
            ("TargetOutboundUserName", "-"),
            ("TargetOutboundDomainName", "-"),
            ("VirtualAccount", "%%1843"),
            ("TargetLinkedLogonId", "0x0"),
            ("ElevatedToken", "%%1842"),
        ],
    )
}

fn audited_process(number: u64, image: &str, command: &str) -> Event {
    let pid = format!("{:#x}", number % 30_000);
    Event::new(
        "Security",
        4688,
        &[
            ("SubjectUserSid", "S-1-5-18"),
            ("SubjectUserName", "PC-1$"),
            ("SubjectDomainName", "CQ"),
            ("SubjectLogonId", "0x3e7"),
            ("NewProcessId", &pid),
            ("NewProcessName", image),
            ("TokenElevationType", "%%1936"),
            ("ProcessId", "0x32c"),
            ("CommandLine", command),
            ("TargetUserSid", "S-1-0-0"),
            ("TargetUserName", "-"),
            ("TargetDomainName", "-"),
            ("TargetLogonId", "0x0"),
            ("ParentProcessName", r"C:\Windows\System32\services.exe"),
            ("MandatoryLabel", "S-1-16-16384"),
        ],
    )
}

fn script(number: u64) -> Event {
    let id = guid(number);
    Event::new(
        "Microsoft-Windows-PowerShell/Operational",
        4104,
        &[
            ("MessageNumber", "1"),
            ("MessageTotal", "1"),
            ("ScriptBlockText", SCRIPT),
            ("ScriptBlockId", &id),
            ("Path", r"C:\Scripts\report.ps1"),
        ],
    )
}

fn service() -> Event {
    Event::new(
        "System",
        7036,
        &[("param1", "Windows Update"), ("param2", "running")],
    )
}
