//! Where in the registry a hive belongs: by its file's name, by its root's content, or by the path it was loaded from.

use super::cells::Hive;

/// Hives that lie in `System32\config` and are loaded below `HKLM` under their own name.
const MACHINE_HIVES: [&str; 8] = [
    "SYSTEM",
    "SOFTWARE",
    "SAM",
    "SECURITY",
    "COMPONENTS",
    "DRIVERS",
    "ELAM",
    "BBI",
];
/// What tells a hive by the subkeys of its root: all of them must be there.
const ROOT_CONTENTS: [(&[&str], Place); 11] = [
    (&["Select", "MountedDevices"], Place::Machine("SYSTEM")),
    (&["Select", "ControlSet001"], Place::Machine("SYSTEM")),
    (&["Microsoft", "Classes"], Place::Machine("SOFTWARE")),
    (&["Policy", "RXACT"], Place::Machine("SECURITY")),
    (&["SAM"], Place::Machine("SAM")),
    (
        &["DerivedData", "CanonicalData"],
        Place::Machine("COMPONENTS"),
    ),
    (&["DriverDatabase"], Place::Machine("DRIVERS")),
    (&["Objects", "Description"], Place::Machine("BCD00000000")),
    (&["Software", "Control Panel"], Place::User),
    (&["Software", "Environment"], Place::User),
    (&["Local Settings"], Place::Classes),
];

/// Where a hive is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Below `HKLM`, under that name.
    Machine(&'static str),
    /// A user's `HKCU`.
    User,
    /// A user's `HKCU\Software\Classes`.
    Classes,
    /// Nowhere: what Windows keeps about programs that were run.
    Amcache,
}

/// Returns what stands before the path of a key in the hive: `HKLM\SOFTWARE`, `HKU\<user>`, or the file's name for a hive that
/// belongs nowhere.
pub(super) fn prefix(path: &[u8], hive: &Hive<'_>) -> String {
    let path = String::from_utf8_lossy(path).replace('\\', "/");
    let loaded_from = hive.file_name().replace('\\', "/");
    let name = file_name(&path);
    let place = by_name(name)
        .or_else(|| by_content(hive))
        .or_else(|| by_name(file_name(&loaded_from)));
    match place {
        Some(Place::Machine(name)) => format!("HKLM\\{name}"),
        Some(Place::Amcache) => "Amcache.hve".to_owned(),
        Some(Place::User) => format!("HKU\\{}", user(&path, &loaded_from)),
        Some(Place::Classes) => format!("HKU\\{}\\Software\\Classes", user(&path, &loaded_from)),
        None if name.is_empty() => "?".to_owned(),
        None => name.to_owned(),
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn by_name(name: &str) -> Option<Place> {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    if is("NTUSER.DAT") || is("NTUSER.MAN") || is("DEFAULT") {
        return Some(Place::User);
    }
    if is("UsrClass.dat") {
        return Some(Place::Classes);
    }
    if is("Amcache.hve") {
        return Some(Place::Amcache);
    }
    if is("BCD") {
        return Some(Place::Machine("BCD00000000"));
    }
    let machine = MACHINE_HIVES.iter().find(|hive| is(hive));
    machine.map(|hive| Place::Machine(hive))
}

fn by_content(hive: &Hive<'_>) -> Option<Place> {
    let root = hive.key(hive.root()?)?;
    let has = |name: &&str| hive.find_subkey(&root, name).is_some();
    if let Some((_, place)) = ROOT_CONTENTS
        .iter()
        .find(|(names, _)| names.iter().all(has))
    {
        return Some(*place);
    }
    let inner = hive.find_subkey(&root, "Root")?;
    let amcache = ["InventoryApplicationFile", "File", "Programs"];
    let is_amcache = amcache
        .iter()
        .any(|name| hive.find_subkey(&inner, name).is_some());
    is_amcache.then_some(Place::Amcache)
}

/// Returns whose hive it is: `.DEFAULT`, a service account's SID, or the name of the user's folder; `?` where nothing says it.
fn user(path: &str, loaded_from: &str) -> String {
    for path in [path, loaded_from] {
        if file_name(path).eq_ignore_ascii_case("DEFAULT") {
            return ".DEFAULT".to_owned();
        }
        let folders: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        let after = |names: &[&str]| {
            let at = folders
                .iter()
                .rposition(|folder| names.iter().any(|name| folder.eq_ignore_ascii_case(name)))?;
            // The last component is the hive itself, never a user.
            folders.get(at + 1).filter(|_| at + 2 < folders.len())
        };
        if let Some(account) = after(&["ServiceProfiles"]) {
            return match account.to_ascii_uppercase().as_str() {
                "LOCALSERVICE" => "S-1-5-19".to_owned(),
                "NETWORKSERVICE" => "S-1-5-20".to_owned(),
                _ => (*account).to_owned(),
            };
        }
        let in_system = |folder: &&str| folder.eq_ignore_ascii_case("systemprofile");
        if folders.iter().any(in_system) {
            return ".DEFAULT".to_owned();
        }
        if let Some(user) = after(&["Users", "Documents and Settings", "Profiles"]) {
            return (*user).to_owned();
        }
    }
    let folder = path.rsplit('/').nth(1).filter(|folder| !folder.is_empty());
    folder.unwrap_or("?").to_owned()
}

#[cfg(test)]
mod tests {
    use super::user;

    #[test]
    fn names_the_user_by_the_folder_wherever_the_disk_is_mounted() {
        for (path, expected) in [
            ("/mnt/c/Users/bob/NTUSER.DAT", "bob"),
            (
                "/home/x/Users/y/Documents and Settings/An Nguyễn/ntuser.dat",
                "An Nguyễn",
            ),
            (
                "C/Users/bob/AppData/Local/Microsoft/Windows/UsrClass.dat",
                "bob",
            ),
            ("/m/Windows/System32/config/DEFAULT", ".DEFAULT"),
            (
                "/m/Windows/System32/config/systemprofile/NTUSER.DAT",
                ".DEFAULT",
            ),
            (
                "/m/Windows/ServiceProfiles/LocalService/NTUSER.DAT",
                "S-1-5-19",
            ),
            ("collected/alice/NTUSER.DAT", "alice"),
            ("/Users/NTUSER.DAT", "Users"),
            ("NTUSER.DAT", "?"),
        ] {
            assert_eq!(user(path, ""), expected, "{path}");
        }
        assert_eq!(user("x.bin", "/??/C:/Users/eve/ntuser.dat"), "eve");
    }
}
