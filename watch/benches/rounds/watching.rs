//! The running watch itself: its schedule, its visits, its folder.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::SystemClock;
use jiff::Timestamp;
use visit::{Limits, Manners, Names, Permission, VisitSettings, Web};
use watch::keeping::{Target, WatchFolder};
use watch::rounds::{CaseRules, Look, Rhythm, Running, RunningSettings, Told};
use watch::{Approver, Depth, Means, SiteMemory, SurveyPlan, check};

use crate::serving::Served;
use crate::{Kind, spent};

/// What is measured.
pub struct Round {
    /// Sites, a page each.
    pub sites: usize,
    /// From one look at a page to the next.
    pub period_ms: u64,
    /// How long, after every page was looked at once.
    pub seconds: u64,
}

/// Lets the watch run, and prints what it did after its first round.
pub fn measure(served: &Served, folder: &Path, kind: Kind, round: &Round) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let urls: Vec<String> = (0..round.sites)
        .map(|number| served.url(kind, number))
        .collect();
    let is_fast = round.period_ms < 60_000;
    let place = folder.join(format!("watch-{kind:?}-{}", round.sites));
    let hosts = (0..round.sites).map(|number| format!("s{number}.bench.test"));
    let web = web(
        served,
        hosts.collect(),
        if is_fast {
            Duration::ZERO
        } else {
            Duration::from_secs(1)
        },
    );
    runtime.block_on(async {
        let watch_folder = WatchFolder::open(&place).unwrap();
        add(&web, &watch_folder, &urls).await;
        let settings = |once| RunningSettings {
            rhythm: Rhythm {
                period: Duration::from_millis(round.period_ms),
                pause: if is_fast {
                    Duration::ZERO
                } else {
                    Duration::from_secs(1)
                },
                ..Rhythm::default()
            },
            rules: CaseRules::default(),
            surveys: Some(SurveyPlan::at(0)),
            beside: 64,
            seed: [1; 32],
            once,
        };
        let common = watch_folder.common().unwrap();
        let means = Means {
            common: Some(&common),
            ..Means::new(&web, Timestamp::UNIX_EPOCH)
        };
        let clock = Arc::new(SystemClock);
        // Once everything, so that what follows finds nothing changed.
        let mut alarms = 0;
        let mut count_alarms =
            |told: &Told<'_>| alarms += u64::from(matches!(told, Told::Case { .. }));
        let mut first = Running::new(
            means,
            watch_folder,
            clock.clone(),
            settings(Some(Look::Quick)),
            &mut count_alarms,
        )
        .unwrap();
        first.run(std::future::pending()).await.unwrap();
        drop(first);
        assert_eq!(alarms, 0, "something is wrong with the sites");
        let watch_folder = WatchFolder::open(&place).unwrap();
        let (mut looks, mut unchanged, mut late) = (0, 0, Duration::ZERO);
        let mut listen = |told: &Told<'_>| {
            if let Told::Progress {
                looks: all,
                unchanged: same,
                pace,
                ..
            } = told
            {
                (looks, unchanged, late) = (*all, *same, pace.latest);
            }
        };
        let (before, _) = spent();
        let mut running =
            Running::new(means, watch_folder, clock, settings(None), &mut listen).unwrap();
        let lasts = Duration::from_secs(round.seconds);
        running.run(tokio::time::sleep(lasts)).await.unwrap();
        drop(running);
        let (cpu, peak) = spent();
        assert!(
            unchanged * 100 >= looks * 99,
            "{unchanged} of {looks} unchanged"
        );
        println!(
            "{looks} {} {} {peak} {}",
            lasts.as_secs_f64(),
            cpu - before,
            late.as_millis()
        );
    });
}

fn web(served: &Served, hosts: BTreeSet<String>, pause: Duration) -> Web {
    let settings = VisitSettings {
        contact: "https://bench.test/watch".to_owned(),
        limits: Limits::default(),
        manners: Manners { pause },
        permission: Permission { hosts },
        authorities: vec![served.authority.clone()],
    };
    Web::new(Names::of_servers(&[served.names]).unwrap(), settings).unwrap()
}

/// Puts the pages under watch: they are all alike, so one look is enough for the page, and each site learns who answers at its own.
async fn add(web: &Web, folder: &WatchFolder, urls: &[String]) {
    let approver = Approver {
        by: "the measurement".to_owned(),
        ..Approver::default()
    };
    let means = Means::new(web, Timestamp::UNIX_EPOCH);
    let mut seen = check(&means, &urls[0], &SiteMemory::default(), None, Depth::Quick).await;
    for url in urls {
        url.clone_into(&mut seen.url);
        let mut memory = SiteMemory::default();
        memory.approve(&seen, &approver);
        memory.facts.addresses.clear();
        folder.keep_memory(url, &memory).unwrap();
    }
    let targets: Vec<Target> = urls
        .iter()
        .map(|url| Target {
            url: url.clone(),
            ..Target::default()
        })
        .collect();
    folder.keep_targets(&targets).unwrap();
}
