//! The keys whose values say more than their text: what is started by itself, what was run, what is installed.
//!
//! A table of key paths becomes a tree once; the walk carries its place in the tree along, so that the million keys that mean
//! nothing cost one comparison each.

use std::sync::LazyLock;

/// What a key or a value in a known place means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The key is a service or driver, described by its values `ImagePath` and `DisplayName`.
    Service,
    /// The key's name is the path of a file, with `/` for `\`.
    KeyIsPath,
    /// The value's data is a command line, or a list of them.
    Command,
    /// The value's data is the path of a file.
    Path,
    /// The value's data is the name of a file.
    FileName,
    /// The value's data is four zeros and the SHA-1 of a file.
    Sha1,
    /// The value's data is an address.
    Url,
    /// The value's name is the path of a file.
    NameIsPath,
    /// The value's name is a path in the alphabet turned by 13 places.
    NameIsTurnedPath,
    /// The value's data is a command line, followed by `\1`.
    RunDialogue,
    /// The value is the application compatibility cache.
    CompatibilityCache,
    /// The value is the path of a scheduled task.
    TaskPath,
    /// The value is what a scheduled task does.
    TaskActions,
}

/// Which values of a key have a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// The key itself.
    Key,
    /// Every value.
    All,
    /// The value of that name.
    Named(&'static str),
}

use Meaning::{
    Command, CompatibilityCache, FileName, KeyIsPath, NameIsPath, NameIsTurnedPath, Path,
    RunDialogue, Service, Sha1, TaskActions, TaskPath, Url,
};
use Which::{All, Key, Named};

/// `[software]` is `HKLM\SOFTWARE`, each user's `Software`, and both below `Wow6432Node`; `[classes]` is `Classes` below these;
/// `[control]` is each control set of `HKLM\SYSTEM`; `*` is any key.
///
/// Sources: Microsoft's documentation of each key; for what is not documented, the public descriptions of `Amcache.hve` (ANSSI,
/// "Analysis of the `AmCache`"), of `UserAssist` (D. Stevens) and of the background activity moderator.
const TABLE: &[(&str, Which, Meaning)] = &[
    // Started with Windows or with a session.
    (
        r"[software]\Microsoft\Windows\CurrentVersion\Run",
        All,
        Command,
    ),
    (
        r"[software]\Microsoft\Windows\CurrentVersion\RunOnce",
        All,
        Command,
    ),
    (
        r"[software]\Microsoft\Windows\CurrentVersion\RunOnceEx\*",
        All,
        Command,
    ),
    (
        r"[software]\Microsoft\Windows\CurrentVersion\RunServices",
        All,
        Command,
    ),
    (
        r"[software]\Microsoft\Windows\CurrentVersion\RunServicesOnce",
        All,
        Command,
    ),
    (
        r"[software]\Microsoft\Windows\CurrentVersion\Policies\Explorer\Run",
        All,
        Command,
    ),
    (
        r"[software]\Microsoft\Windows\CurrentVersion\Policies\System",
        Named("Shell"),
        Command,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\Terminal Server\Install\Software\Microsoft\Windows\CurrentVersion\Run",
        All,
        Command,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\Terminal Server\Install\Software\Microsoft\Windows\CurrentVersion\RunOnce",
        All,
        Command,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\Winlogon",
        Named("Shell"),
        Command,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\Winlogon",
        Named("Userinit"),
        Command,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\Winlogon",
        Named("Taskman"),
        Command,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\Winlogon",
        Named("GinaDLL"),
        Command,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\Winlogon\Notify\*",
        Named("DLLName"),
        Command,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\Windows",
        Named("AppInit_DLLs"),
        Command,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\Windows",
        Named("Load"),
        Command,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\Windows",
        Named("Run"),
        Command,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\Image File Execution Options\*",
        Named("Debugger"),
        Command,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\Image File Execution Options\*",
        Named("VerifierDlls"),
        Command,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\SilentProcessExit\*",
        Named("MonitorProcess"),
        Command,
    ),
    (
        r"[software]\Microsoft\Active Setup\Installed Components\*",
        Named("StubPath"),
        Command,
    ),
    (
        r"[software]\Microsoft\Command Processor",
        Named("Autorun"),
        Command,
    ),
    (
        r"[software]\Microsoft\Office test\Special\Perf",
        All,
        Command,
    ),
    (
        r"[software]\Policies\Microsoft\Windows\System\Scripts\*\*\*",
        Named("Script"),
        Command,
    ),
    (
        r"[software]\Microsoft\Windows\CurrentVersion\Group Policy\Scripts\*\*\*",
        Named("Script"),
        Command,
    ),
    (
        r"[software]\Microsoft\Windows\CurrentVersion\App Paths\*",
        Named("(Default)"),
        Path,
    ),
    (
        r"[classes]\CLSID\*\InprocServer32",
        Named("(Default)"),
        Command,
    ),
    (
        r"[classes]\CLSID\*\LocalServer32",
        Named("(Default)"),
        Command,
    ),
    (r"[classes]\*\shell\*\command", Named("(Default)"), Command),
    (
        r"HKU\*\Environment",
        Named("UserInitMprLogonScript"),
        Command,
    ),
    (
        r"HKU\*\Control Panel\Desktop",
        Named("SCRNSAVE.EXE"),
        Command,
    ),
    (
        r"[control]\Control\Session Manager",
        Named("BootExecute"),
        Command,
    ),
    (
        r"[control]\Control\Session Manager\AppCertDlls",
        All,
        Command,
    ),
    (
        r"[control]\Control\Lsa",
        Named("Authentication Packages"),
        Command,
    ),
    (
        r"[control]\Control\Lsa",
        Named("Notification Packages"),
        Command,
    ),
    (
        r"[control]\Control\Lsa",
        Named("Security Packages"),
        Command,
    ),
    (
        r"[control]\Control\Print\Monitors\*",
        Named("Driver"),
        Command,
    ),
    (
        r"[control]\Control\Print\Environments\*\Print Processors\*",
        Named("Driver"),
        Command,
    ),
    (r"[control]\Services\*", Key, Service),
    (r"[control]\Services\*", Named("ImagePath"), Command),
    (r"[control]\Services\*", Named("FailureCommand"), Command),
    (
        r"[control]\Services\*\Parameters",
        Named("ServiceDll"),
        Command,
    ),
    (
        r"[control]\Services\*\NetworkProvider",
        Named("ProviderPath"),
        Command,
    ),
    (
        r"[control]\Services\W32Time\TimeProviders\*",
        Named("DllName"),
        Command,
    ),
    // Scheduled tasks.
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks\*",
        Named("Path"),
        TaskPath,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks\*",
        Named("Actions"),
        TaskActions,
    ),
    // What was run or seen.
    (
        r"[control]\Control\Session Manager\AppCompatCache",
        Named("AppCompatCache"),
        CompatibilityCache,
    ),
    (
        r"[control]\Control\Session Manager\AppCompatibility",
        Named("AppCompatCache"),
        CompatibilityCache,
    ),
    (
        r"[control]\Services\bam\State\UserSettings\*",
        All,
        NameIsPath,
    ),
    (r"[control]\Services\bam\UserSettings\*", All, NameIsPath),
    (
        r"[control]\Services\dam\State\UserSettings\*",
        All,
        NameIsPath,
    ),
    (r"[control]\Services\dam\UserSettings\*", All, NameIsPath),
    (
        r"[software]\Microsoft\Windows\CurrentVersion\Explorer\UserAssist\*\Count",
        All,
        NameIsTurnedPath,
    ),
    (
        r"[software]\Microsoft\Windows\CurrentVersion\Explorer\RunMRU",
        All,
        RunDialogue,
    ),
    (
        r"[software]\Microsoft\Windows\CurrentVersion\Explorer\FeatureUsage\*",
        All,
        NameIsPath,
    ),
    (
        r"[software]\Microsoft\Windows\ShellNoRoam\MUICache",
        All,
        NameIsPath,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\AppCompatFlags\Layers",
        All,
        NameIsPath,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\AppCompatFlags\Compatibility Assistant\Store",
        All,
        NameIsPath,
    ),
    (
        r"[software]\Microsoft\Windows NT\CurrentVersion\AppCompatFlags\Compatibility Assistant\Persisted",
        All,
        NameIsPath,
    ),
    (
        r"[classes]\Local Settings\Software\Microsoft\Windows\Shell\MuiCache",
        All,
        NameIsPath,
    ),
    (
        r"[software]\Microsoft\Internet Explorer\TypedURLs",
        All,
        Url,
    ),
    // What was installed or run, by content.
    (r"Amcache.hve\Root\File\*\*", Named("15"), Path),
    (r"Amcache.hve\Root\File\*\*", Named("101"), Sha1),
    (
        r"Amcache.hve\Root\InventoryApplicationFile\*",
        Named("LowerCaseLongPath"),
        Path,
    ),
    (
        r"Amcache.hve\Root\InventoryApplicationFile\*",
        Named("Name"),
        FileName,
    ),
    (
        r"Amcache.hve\Root\InventoryApplicationFile\*",
        Named("FileId"),
        Sha1,
    ),
    (
        r"Amcache.hve\Root\InventoryApplicationShortcut\*",
        Named("ShortcutPath"),
        Path,
    ),
    (
        r"Amcache.hve\Root\InventoryApplicationShortcut\*",
        Named("ShortcutTargetPath"),
        Path,
    ),
    (r"Amcache.hve\Root\InventoryDriverBinary\*", Key, KeyIsPath),
    (
        r"Amcache.hve\Root\InventoryDriverBinary\*",
        Named("DriverName"),
        FileName,
    ),
    (
        r"Amcache.hve\Root\InventoryDriverBinary\*",
        Named("DriverId"),
        Sha1,
    ),
];

const SOFTWARE: [&str; 4] = [
    r"HKLM\SOFTWARE",
    r"HKLM\SOFTWARE\Wow6432Node",
    r"HKU\*\Software",
    r"HKU\*\Software\Wow6432Node",
];

/// A place in the tree of known keys; the default one is none of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place(u16);

/// The tree: node 0 is "nowhere", node 1 its root.
struct Tree {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    children: Vec<(&'static str, Place)>,
    any: Place,
    meanings: Vec<(Which, Meaning)>,
}

static TREE: LazyLock<Tree> = LazyLock::new(Tree::new);

impl Place {
    /// Returns the place of a path, `HKLM\SOFTWARE`.
    pub(super) fn of(path: &str) -> Self {
        path.split('\\').fold(Self(1), Self::child)
    }

    /// Returns the place of a subkey.
    pub(super) fn child(self, name: &str) -> Self {
        if self == Self::default() {
            return self;
        }
        let node = &TREE.nodes[usize::from(self.0)];
        let mut named = node.children.iter();
        named
            .find(|(child, _)| child.eq_ignore_ascii_case(name))
            .map_or(node.any, |&(_, place)| place)
    }

    /// Returns what the key itself means.
    pub(super) fn key_meaning(self) -> Option<Meaning> {
        self.meaning(|which| which == Key)
    }

    /// Tells whether any value of the key means something.
    pub(super) fn has_meaning(self) -> bool {
        !TREE.nodes[usize::from(self.0)].meanings.is_empty()
    }

    /// Returns what the value of that name means.
    pub(super) fn value_meaning(self, name: &str) -> Option<Meaning> {
        self.meaning(|which| match which {
            All => true,
            Key => false,
            Named(sought) => sought.eq_ignore_ascii_case(name),
        })
    }

    fn meaning(self, fits: impl Fn(Which) -> bool) -> Option<Meaning> {
        let meanings = &TREE.nodes[usize::from(self.0)].meanings;
        let found = meanings.iter().find(|(which, _)| fits(*which));
        found.map(|&(_, meaning)| meaning)
    }
}

impl Tree {
    fn new() -> Self {
        let mut tree = Self {
            nodes: vec![Node::default(), Node::default()],
        };
        for &(path, which, meaning) in TABLE {
            if let Some(rest) = path.strip_prefix(r"[software]\") {
                for software in SOFTWARE {
                    tree.add(&[software, rest], which, meaning);
                }
            } else if let Some(rest) = path.strip_prefix(r"[classes]\") {
                for software in SOFTWARE {
                    tree.add(&[software, "Classes", rest], which, meaning);
                    tree.add(&[software, r"Classes\Wow6432Node", rest], which, meaning);
                }
            } else if let Some(rest) = path.strip_prefix(r"[control]\") {
                tree.add(&[r"HKLM\SYSTEM\*", rest], which, meaning);
            } else {
                tree.add(&[path], which, meaning);
            }
        }
        tree.let_names_be_any();
        tree
    }

    fn add(&mut self, path: &[&'static str], which: Which, meaning: Meaning) {
        let mut at = 1;
        for name in path.iter().flat_map(|part| part.split('\\')) {
            at = self.step(at, name);
        }
        self.nodes[at].meanings.push((which, meaning));
    }

    /// Returns the child of that name, made if there is none.
    fn step(&mut self, at: usize, name: &'static str) -> usize {
        let found = if name == "*" {
            Some(self.nodes[at].any).filter(|&any| any != Place::default())
        } else {
            let mut children = self.nodes[at].children.iter();
            children
                .find(|(child, _)| *child == name)
                .map(|child| child.1)
        };
        if let Some(Place(found)) = found {
            return usize::from(found);
        }
        let made = Place(u16::try_from(self.nodes.len()).expect("the table is small"));
        self.nodes.push(Node::default());
        if name == "*" {
            self.nodes[at].any = made;
        } else {
            self.nodes[at].children.push((name, made));
        }
        usize::from(made.0)
    }

    /// Gives each named key what `*` beside it has: a service called `bam` is a service still.
    fn let_names_be_any(&mut self) {
        let mut at = 0;
        while at < self.nodes.len() {
            let any = self.nodes[at].any;
            if any != Place::default() {
                for index in 0..self.nodes[at].children.len() {
                    let named = usize::from(self.nodes[at].children[index].1.0);
                    self.merge(usize::from(any.0), named);
                }
            }
            at += 1;
        }
    }

    /// Adds everything below `from` to `to`. As deep as the longest path of the table.
    fn merge(&mut self, from: usize, to: usize) {
        let meanings = self.nodes[from].meanings.clone();
        self.nodes[to].meanings.extend(meanings);
        let mut children = self.nodes[from].children.clone();
        if self.nodes[from].any != Place::default() {
            children.push(("*", self.nodes[from].any));
        }
        for (name, child) in children {
            let inside = self.step(to, name);
            self.merge(usize::from(child.0), inside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Meaning, Place};

    #[test]
    fn finds_a_place_whatever_its_case_and_through_every_star() {
        let place = Place::of(r"hklm\software\wow6432node\MICROSOFT\Windows\CurrentVersion\run");
        assert_eq!(place.value_meaning("anything"), Some(Meaning::Command));
        let place = Place::of(r"HKU\bob\Software\Microsoft\Windows\CurrentVersion\Run");
        assert_eq!(place.value_meaning("x"), Some(Meaning::Command));
        let nowhere = Place::of(r"HKLM\SOFTWARE\Nothing\Here");
        assert_eq!((nowhere, nowhere.has_meaning()), (Place::default(), false));
    }

    #[test]
    fn a_key_that_the_table_names_is_also_any_key() {
        let bam = Place::of(r"HKLM\SYSTEM\CurrentControlSet\Services\bam");
        assert_eq!(bam.key_meaning(), Some(Meaning::Service));
        assert_eq!(bam.value_meaning("imagepath"), Some(Meaning::Command));
        assert_eq!(
            bam.child("Parameters").value_meaning("ServiceDll"),
            Some(Meaning::Command)
        );
        let used = bam.child("State").child("UserSettings").child("S-1-5-18");
        assert_eq!(used.value_meaning(r"\Device\x"), Some(Meaning::NameIsPath));
    }

    #[test]
    fn the_software_of_64_bits_is_not_taken_for_a_class() {
        let place = Place::of(r"HKLM\SOFTWARE\Classes\Wow6432Node\CLSID\{0}\InprocServer32");
        assert_eq!(place.value_meaning("(Default)"), Some(Meaning::Command));
        assert_eq!(
            Place::of(r"HKLM\SOFTWARE\Classes\exefile\shell\open\command")
                .value_meaning("(default)"),
            Some(Meaning::Command)
        );
    }
}
