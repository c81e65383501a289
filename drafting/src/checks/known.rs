//! What every ordinary computer and network has: names that an alert must not mistake for traces of an attack.
//!
//! The lists are short on purpose. A name that is missing here costs a warning less; the checks never rely on them alone.

use domain::name_pattern::fold;

/// Programs that run on every Windows installation, or that countless installers bring. Folded, sorted.
const SYSTEM_NAMES: &[&str] = &[
    "ADVAPI32.DLL",
    "APPLICATIONFRAMEHOST.EXE",
    "ARP.EXE",
    "AT.EXE",
    "ATTRIB.EXE",
    "AUDIODG.EXE",
    "AUTORUN.INF",
    "BCDEDIT.EXE",
    "BITSADMIN.EXE",
    "BOOT.INI",
    "BOOTMGR",
    "CACLS.EXE",
    "CALC.EXE",
    "CERTUTIL.EXE",
    "CHKDSK.EXE",
    "CHROME.EXE",
    "CIPHER.EXE",
    "CLEANMGR.EXE",
    "CMD.EXE",
    "CMSTP.EXE",
    "COMCTL32.DLL",
    "COMPACT.EXE",
    "CONHOST.EXE",
    "CONSENT.EXE",
    "CONTROL.EXE",
    "CSCRIPT.EXE",
    "CSRSS.EXE",
    "CTFMON.EXE",
    "DASHOST.EXE",
    "DEFAULT.ASPX",
    "DEFRAG.EXE",
    "DESKTOP.INI",
    "DFRGUI.EXE",
    "DISKPART.EXE",
    "DISKPERF.EXE",
    "DLLHOST.EXE",
    "DRIVERQUERY.EXE",
    "DWM.EXE",
    "EVENTVWR.EXE",
    "EXCEL.EXE",
    "EXPAND.EXE",
    "EXPLORER.EXE",
    "FC.EXE",
    "FIND.EXE",
    "FINDSTR.EXE",
    "FIREFOX.EXE",
    "FONTDRVHOST.EXE",
    "FSUTIL.EXE",
    "FTP.EXE",
    "GDI32.DLL",
    "GPUPDATE.EXE",
    "HOSTNAME.EXE",
    "HOSTS",
    "HTACCESS",
    "ICACLS.EXE",
    "IEXPLORE.EXE",
    "IMM32.DLL",
    "INDEX.ASP",
    "INDEX.ASPX",
    "INDEX.HTM",
    "INDEX.HTML",
    "INDEX.JSP",
    "INDEX.PHP",
    "INSTALL.EXE",
    "INSTALLER.EXE",
    "IPCONFIG.EXE",
    "JAVA.EXE",
    "JAVAW.EXE",
    "KERNEL32.DLL",
    "LOGONUI.EXE",
    "LSASS.EXE",
    "LSM.EXE",
    "MAIN.EXE",
    "MMC.EXE",
    "MOBSYNC.EXE",
    "MRT.EXE",
    "MSCONFIG.EXE",
    "MSEDGE.EXE",
    "MSHTA.EXE",
    "MSHTML.DLL",
    "MSIEXEC.EXE",
    "MSINFO32.EXE",
    "MSMPENG.EXE",
    "MSPAINT.EXE",
    "MSTSC.EXE",
    "MSVCR100.DLL",
    "MSVCRT.DLL",
    "NBTSTAT.EXE",
    "NET.EXE",
    "NET1.EXE",
    "NETSH.EXE",
    "NETSTAT.EXE",
    "NOTEPAD.EXE",
    "NSLOOKUP.EXE",
    "NTDLL.DLL",
    "NTOSKRNL.EXE",
    "ODBCAD32.EXE",
    "OLE32.DLL",
    "OUTLOOK.EXE",
    "PAGEFILE.SYS",
    "PATHPING.EXE",
    "PERFMON.EXE",
    "PING.EXE",
    "POWERPNT.EXE",
    "POWERSHELL.EXE",
    "POWERSHELL_ISE.EXE",
    "PRINT.EXE",
    "PSR.EXE",
    "README.TXT",
    "REG.EXE",
    "REGEDIT.EXE",
    "REGSVR32.EXE",
    "ROBOCOPY.EXE",
    "ROUTE.EXE",
    "RUNDLL32.EXE",
    "RUNONCE.EXE",
    "RUNTIMEBROKER.EXE",
    "SC.EXE",
    "SCHTASKS.EXE",
    "SDBINST.EXE",
    "SEARCHINDEXER.EXE",
    "SERVICES.EXE",
    "SETHC.EXE",
    "SETUP.EXE",
    "SHELL32.DLL",
    "SHUTDOWN.EXE",
    "SIHOST.EXE",
    "SMSS.EXE",
    "SNIPPINGTOOL.EXE",
    "SORT.EXE",
    "SPOOLSV.EXE",
    "SUBST.EXE",
    "SVCHOST.EXE",
    "SYSTEMINFO.EXE",
    "TAKEOWN.EXE",
    "TASKENG.EXE",
    "TASKHOST.EXE",
    "TASKHOSTW.EXE",
    "TASKKILL.EXE",
    "TASKLIST.EXE",
    "TASKMGR.EXE",
    "TELNET.EXE",
    "THUMBS.DB",
    "TRACERT.EXE",
    "TRUSTEDINSTALLER.EXE",
    "TYPEPERF.EXE",
    "UNINS000.EXE",
    "UNINSTALL.EXE",
    "UNSECAPP.EXE",
    "UPDATE.EXE",
    "USER32.DLL",
    "USERINIT.EXE",
    "UTILMAN.EXE",
    "VERIFIER.EXE",
    "VERSION.DLL",
    "VSSADMIN.EXE",
    "W32TM.EXE",
    "W3WP.EXE",
    "WBADMIN.EXE",
    "WEB.CONFIG",
    "WERFAULT.EXE",
    "WEVTUTIL.EXE",
    "WHOAMI.EXE",
    "WINHTTP.DLL",
    "WININET.DLL",
    "WININIT.EXE",
    "WINLOGON.EXE",
    "WINVER.EXE",
    "WINWORD.EXE",
    "WMIC.EXE",
    "WMIPRVSE.EXE",
    "WP-CONFIG.PHP",
    "WP-LOGIN.PHP",
    "WRITE.EXE",
    "WS2_32.DLL",
    "WSCRIPT.EXE",
    "WUAUCLT.EXE",
    "WUSA.EXE",
    "XCOPY.EXE",
];

/// Tells whether a file of this name lies on ordinary computers.
pub(crate) fn is_system_name(name: &str) -> bool {
    SYSTEM_NAMES.binary_search(&fold(name).as_str()).is_ok()
}

/// Tells whether a system file of this path lies there on ordinary computers.
pub(crate) fn is_ordinary_place(path: &str) -> bool {
    let whole = fold(path).replace('/', "\\");
    let Some((folder, name)) = whole.rsplit_once('\\') else {
        return false;
    };
    let folder = folder
        .rsplit_once([':', '%'])
        .map_or(folder, |(_, rest)| rest);
    is_system_name(name)
        && matches!(
            folder.trim_matches('\\'),
            "" | "WINDOWS"
                | "WINNT"
                | "WINDOWS\\SYSTEM32"
                | "WINDOWS\\SYSWOW64"
                | "WINNT\\SYSTEM32"
                | "SYSTEM32"
                | "SYSWOW64"
                | "WINDOWS\\SYSTEM32\\WBEM"
                | "WINDOWS\\SYSTEM32\\WINDOWSPOWERSHELL\\V1.0"
        )
}

/// Folders that no name merely begins or ends with: whatever touches them without a separator has lost it. Folded.
pub(super) const UNMISTAKABLE_FOLDERS: &[&str] = &[
    "APPDATA",
    "APPLICATION DATA",
    "COMMON FILES",
    "DOCUMENTS AND SETTINGS",
    "INETPUB",
    "LOCAL SETTINGS",
    "LOCALLOW",
    "PROGRAM FILES",
    "PROGRAM FILES (X86)",
    "PROGRAMDATA",
    "START MENU",
    "SYSTEM32",
    "SYSWOW64",
    "TEMPORARY INTERNET FILES",
    "WINSXS",
    "WWWROOT",
];

/// Folders of Windows (and a few of Unix) that are told from other names only by what touches them. Folded.
pub(super) const FOLDERS: &[&str] = &[
    "ACCESSORIES",
    "ADMINISTRATOR",
    "ALL USERS",
    "ASSEMBLY",
    "BIN",
    "CONFIG",
    "CRON.D",
    "DEFAULT",
    "DESKTOP",
    "DOCUMENTS",
    "DOWNLOADS",
    "DRIVERS",
    "ETC",
    "FONTS",
    "HELP",
    "HOME",
    "HTML",
    "IME",
    "INF",
    "INIT.D",
    "INSTALLER",
    "INTERNET EXPLORER",
    "LIB",
    "LIB64",
    "LOCAL",
    "LOG",
    "LOGS",
    "MEDIA",
    "MICROSOFT",
    "MICROSOFT SHARED",
    "MUSIC",
    "OPT",
    "PERFLOGS",
    "PICTURES",
    "PREFETCH",
    "PROGRAMS",
    "PUBLIC",
    "RECYCLER",
    "$RECYCLE.BIN",
    "ROAMING",
    "SBIN",
    "SHARE",
    "SPOOL",
    "SRV",
    "STARTUP",
    "SYSTEM",
    "SYSTEMD",
    "TASKS",
    "TEMP",
    "TEMPLATES",
    "TMP",
    "USERS",
    "USR",
    "VAR",
    "VIDEOS",
    "WBEM",
    "WEB",
    "WINDOWS",
    "WINDOWS DEFENDER",
    "WINDOWS NT",
    "WINDOWSPOWERSHELL",
    "WINNT",
    "WWW",
];

/// Tells whether a name is that of a folder on every Windows.
pub(crate) fn is_folder_name(name: &str) -> bool {
    let folded = fold(name);
    UNMISTAKABLE_FOLDERS.contains(&folded.as_str()) || FOLDERS.contains(&folded.as_str())
}

/// Real names that look as if two folders had fused. Folded.
pub(super) const WHOLE_NAMES: &[&str] = &["SYSTEMTEMP", "WINDOWSAPPS", "WINDOWSPOWERSHELL"];

/// Folders that hold folders and no files, given as the end of a path. Folded.
pub(super) const FOLDERS_OF_FOLDERS: &[&str] = &[
    ":\\DOCUMENTS AND SETTINGS",
    ":\\PROGRAM FILES",
    ":\\PROGRAM FILES (X86)",
    ":\\USERS",
    "%PROGRAMFILES%",
    "%PROGRAMFILES(X86)%",
    "%COMMONPROGRAMFILES%",
    "%COMMONPROGRAMFILES(X86)%",
    "\\APPDATA",
    "\\COMMON FILES",
];

/// Folders whose names begin ordinary file names too, with the only places where what follows them must be their
/// content: (the path of the parent, the folder). Folded.
pub(super) const CHILD_FOLDERS: &[(&str, &str)] = &[
    (":", "USERS"),
    (":", "WINDOWS"),
    (":", "WINNT"),
    (":\\USERS", "PUBLIC"),
    ("\\APPDATA", "LOCAL"),
    ("\\APPDATA", "ROAMING"),
    ("\\APPDATA\\LOCAL", "TEMP"),
    ("\\START MENU\\PROGRAMS", "STARTUP"),
    ("\\SYSTEM32", "DRIVERS"),
    (":\\WINDOWS", "FONTS"),
    (":\\WINDOWS", "TASKS"),
    (":\\WINDOWS", "TEMP"),
    ("%SYSTEMROOT%", "TEMP"),
    ("%WINDIR%", "TEMP"),
];

/// Endings of programs: nothing may follow them within a name.
pub(super) const PROGRAM_ENDINGS: &[&str] = &[
    "DLL", "EXE", "OCX", "SCR", "SYS", "CPL", "VBS", "PS1", "MSI", "LNK",
];

/// Labels and endings that begin like an ending of a program and are words of their own. Folded.
pub(super) const WORDS_LIKE_ENDINGS: &[&str] = &[
    "DLLS",
    "EXEC",
    "EXECS",
    "EXED",
    "EXEMPLAR",
    "EXEMPLE",
    "EXEMPT",
    "EXES",
    "EXETER",
    "LNKD",
    "LNKS",
    "MSIX",
    "MSIXBUNDLE",
    "MSIINSTALLER",
    "MSIT",
    "SCRAPE",
    "SCRATCH",
    "SCRIBD",
    "SCROLL",
    "SCRUM",
    "SYSADMIN",
    "SYSLOG",
    "SYSINTERNALS",
    "SYSMON",
    "SYSCO",
    "VBSCRIPT",
    "VBSEO",
    "PS1XML",
    "EXE_",
    "DLL_",
    "EXELON",
    "SYSNATIVE",
    "SYSPREP",
    "SYSTEX",
    "SCRIPPS",
    "EXEBIT",
    "MSIL",
    "MSIGAMING",
    "SYSWOW64",
    "SYSVOL",
    "SYSTRAY",
];

/// Beginnings of such words. Folded.
pub(super) const STEMS_LIKE_ENDINGS: &[&str] = &["EXECUT", "EXERCI", "SCREEN", "SCRIPT", "SYSTEM"];

/// Endings of file names, in lower case. Ending and top-level domain at once (`com`, `zip`, …) are told apart by the
/// reader of text.
const FILE_ENDINGS: &[&str] = &[
    "7z", "apk", "asp", "aspx", "bak", "bat", "bin", "cab", "cfg", "chm", "cmd", "com", "conf",
    "config", "cpl", "css", "csv", "dat", "db", "dex", "dll", "dmg", "doc", "docm", "docx", "dot",
    "dotm", "drv", "dylib", "elf", "exe", "gif", "gz", "hta", "htm", "html", "hwp", "inf", "ini",
    "iso", "jar", "jpeg", "jpg", "js", "jse", "jsp", "jspx", "lib", "lnk", "log", "macho", "mov",
    "msi", "msix", "ocx", "odt", "one", "pdf", "php", "pl", "plist", "png", "ppt", "pptm", "pptx",
    "ps1", "psm1", "pub", "py", "rar", "reg", "rtf", "scr", "sct", "sh", "so", "sql", "swf", "sys",
    "tar", "temp", "tmp", "txt", "url", "vbe", "vbs", "vhd", "vhdx", "war", "wll", "wsf", "xla",
    "xlam", "xll", "xls", "xlsb", "xlsm", "xlsx", "xml", "xsl", "zip",
];

/// Tells whether names of files end so.
pub(crate) fn is_file_ending(ending: &str) -> bool {
    FILE_ENDINGS
        .binary_search_by(|known| (*known).cmp(ending.to_ascii_lowercase().as_str()))
        .is_ok()
}

/// Names that half the world's computers ask for all day: blocking one blocks work, not an attack.
const WELL_KNOWN_DOMAINS: &[&str] = &[
    "adobe.com",
    "akamai.net",
    "akamaiedge.net",
    "akamaihd.net",
    "amazon.com",
    "amazonaws.com",
    "apple.com",
    "azure.com",
    "azureedge.net",
    "baidu.com",
    "bing.com",
    "chinhphu.vn",
    "cloudflare.com",
    "cloudfront.net",
    "digicert.com",
    "dropbox.com",
    "facebook.com",
    "fbcdn.net",
    "firefox.com",
    "github.com",
    "githubusercontent.com",
    "gmail.com",
    "google.com",
    "google.com.vn",
    "googleapis.com",
    "googleusercontent.com",
    "gstatic.com",
    "icloud.com",
    "instagram.com",
    "linkedin.com",
    "live.com",
    "microsoft.com",
    "microsoftonline.com",
    "mozilla.org",
    "msn.com",
    "office.com",
    "office365.com",
    "outlook.com",
    "paypal.com",
    "root-servers.net",
    "skype.com",
    "telegram.org",
    "tiktok.com",
    "twitter.com",
    "verisign.com",
    "vietnamairlines.com",
    "viettel.vn",
    "vnpt.vn",
    "whatsapp.com",
    "wikipedia.org",
    "windows.com",
    "windows.net",
    "windowsupdate.com",
    "yahoo.com",
    "youtube.com",
    "zalo.me",
];

/// How a name relates to names that everybody needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Such a name itself.
    WellKnown,
    /// Below such a name, or a state body's.
    Below,
    Ordinary,
}

/// Tells how a domain name in lower case relates to names that everybody needs.
pub(super) fn standing(name: &str) -> Standing {
    let bare = name.strip_prefix("www.").unwrap_or(name);
    if WELL_KNOWN_DOMAINS.binary_search(&bare).is_ok() {
        return Standing::WellKnown;
    }
    let mut rest = name;
    while let Some((_, parent)) = rest.split_once('.') {
        if WELL_KNOWN_DOMAINS.binary_search(&parent).is_ok() || matches!(parent, "gov.vn" | "gov") {
            return Standing::Below;
        }
        rest = parent;
    }
    Standing::Ordinary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_where_they_are_searched() {
        assert!(SYSTEM_NAMES.is_sorted());
        assert!(FILE_ENDINGS.is_sorted());
        assert!(WELL_KNOWN_DOMAINS.is_sorted());
    }

    #[test]
    fn knows_ordinary_names_and_places() {
        assert!(is_system_name("SvcHost.exe"));
        assert!(is_system_name("diskperf.exe"));
        assert!(!is_system_name("McUtil.dll"));
        assert!(is_ordinary_place(r"C:\Windows\System32\svchost.exe"));
        assert!(is_ordinary_place(r"%SystemRoot%\explorer.exe"));
        assert!(!is_ordinary_place(r"C:\Users\Public\svchost.exe"));
        assert!(!is_ordinary_place(r"C:\Windows\System32\DiskMgers.dll"));
    }

    #[test]
    fn tells_a_well_known_name_from_one_below_it() {
        assert_eq!(standing("www.google.com"), Standing::WellKnown);
        assert_eq!(standing("login.microsoftonline.com"), Standing::Below);
        assert_eq!(standing("mic.gov.vn"), Standing::Below);
        assert_eq!(standing("playball.ddns.info"), Standing::Ordinary);
    }
}
