//! Which folder to look into first. It changes nothing in what is examined, only when the first findings come: malware
//! lies where anybody may write, where programs start and where the alert says; hardly ever among manuals.

use std::collections::HashSet;

use domain::name_pattern::fold;
use domain::{Alert, Observable};

/// Names of folders that attackers write to, in capitals. Sources: MITRE ATT&CK T1036.005, T1074.001, T1505.003, T1547.001.
const LIKELY: [&str; 24] = [
    "$RECYCLE.BIN",
    "APPDATA",
    "BIN",
    "CRON.D",
    "DEV",
    "DOWNLOADS",
    "ETC",
    "HOME",
    "INETPUB",
    "LOCAL",
    "PROGRAMDATA",
    "PUBLIC",
    "ROAMING",
    "ROOT",
    "RUN",
    "SHM",
    "STARTUP",
    "SYSTEM32",
    "TEMP",
    "TMP",
    "USERS",
    "VAR",
    "WINDOWS",
    "WWW",
];
/// Names of folders full of what nobody writes, in capitals.
const UNLIKELY: [&str; 14] = [
    ".CARGO",
    ".GIT",
    "ASSEMBLY",
    "CACHE",
    "DOC",
    "DRIVERSTORE",
    "FONTS",
    "ICONS",
    "INSTALLER",
    "LOCALE",
    "MAN",
    "NODE_MODULES",
    "SHARE",
    "WINSXS",
];

/// Knows which folders come first.
pub(crate) struct Likelihood {
    /// Folders that an alert's paths go through, folded.
    named: HashSet<String>,
}

impl Likelihood {
    pub(crate) fn new<'a>(alerts: impl Iterator<Item = &'a Alert>) -> Self {
        let mut named = HashSet::new();
        for indicator in alerts.flat_map(|alert| &alert.indicators) {
            for observable in &indicator.observables {
                if let Observable::Path(path) = observable {
                    let sample = fold(&path.sample());
                    let folders = sample.split('/').filter(|part| !part.is_empty());
                    named.extend(folders.map(str::to_owned));
                }
            }
        }
        Self { named }
    }

    /// Returns how likely something lies in a folder of this name; what is more likely is greater.
    pub(crate) fn of(&self, name: &[u8]) -> u8 {
        let Ok(name) = std::str::from_utf8(name) else {
            // No program that was installed calls itself so.
            return 3;
        };
        let name = fold(name);
        if self.named.contains(&name) {
            4
        } else if LIKELY.contains(&name.as_str()) {
            3
        } else if UNLIKELY.contains(&name.as_str()) {
            1
        } else {
            2
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_alert_names_comes_first_and_manuals_last() {
        let mut alert = testkit::alerts::exercise(&[]);
        alert.indicators = vec![domain::Indicator {
            id: "a".to_owned(),
            label: "a".to_owned(),
            role: domain::Role::Payload,
            confidence: domain::Confidence::High,
            size: None,
            observables: vec![
                Observable::new("path", r"C:\Program Files\McAfee\McUtil.dll").unwrap(),
            ],
        }];
        let likelihood = Likelihood::new(std::iter::once(&alert));
        let mut folders = ["share", "opt", "Temp", "mcafee"];
        folders.sort_by_key(|name| likelihood.of(name.as_bytes()));
        assert_eq!(folders, ["share", "opt", "Temp", "mcafee"]);
        assert_eq!(likelihood.of(b"\xff"), likelihood.of(b"tmp"));
    }
}
