//! The sites alone, on one day of their lives, for as long as somebody wants to look at them: for demonstrations, and to try the
//! watch out by hand.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::attacks::{Attack, Class};
use crate::chance::Chance;
use crate::serving::{Served, World, serve};
use crate::sites::{Section, make_sites};

/// The minute of the day while all is well, and the one under attack. The honest contents of both are the same.
const PEACE: u32 = 600;
const ATTACK: u32 = 720;
/// How often it is looked whether somebody wants an attack.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What is to be served.
#[derive(Clone, Debug)]
pub struct Scene {
    /// What everything follows from.
    pub seed: u64,
    /// How many sites.
    pub sites: usize,
    /// Which day it is.
    pub day: u32,
    /// What the sites suffer when they are attacked.
    pub class: Class,
    /// The folder for what visitors need to know.
    pub folder: PathBuf,
}

/// Serves the sites until the program is ended. In the folder stand `sites.csv`, `authorities.pem` and `watch-options`, which
/// `tocsin watch web` takes. While there is a file `attack` in it, the sites are attacked.
pub fn stand(scene: &Scene) -> Result<()> {
    let sites = make_sites(scene.seed, scene.sites, scene.day + 1);
    let attacks: Vec<Attack> = sites
        .iter()
        .map(|site| attack_on(scene, site.number))
        .collect();
    let world = Arc::new(World::new(sites, &attacks));
    world.set_time(scene.day, PEACE);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let served = serve(&world).await.context("open the zoo")?;
        write_down(&scene.folder, &world, &served)?;
        println!(
            "zoo: the sites stand; what visitors need is in '{}'",
            scene.folder.display()
        );
        let signal = scene.folder.join("attack");
        loop {
            let is_wanted = signal.try_exists()?;
            world.set_time(scene.day, if is_wanted { ATTACK } else { PEACE });
            tokio::time::sleep(LOOK_EVERY).await;
        }
    })
}

fn attack_on(scene: &Scene, site: usize) -> Attack {
    let day = u64::from(scene.day) * 1_440;
    Attack {
        class: scene.class,
        seed: Chance::of(&[scene.seed, 98, site as u64]).number(),
        site,
        from: day + u64::from(PEACE) + 1,
        to: day + 1_440,
        section: Some(Section::Home).filter(|_| is_of_a_page(scene.class)),
    }
}

/// Tells whether an attack is on one page rather than on the whole site.
fn is_of_a_page(class: Class) -> bool {
    !matches!(class, Class::UploadPages | Class::Dns | Class::Certificate)
}

fn write_down(folder: &Path, world: &World, served: &Served) -> Result<()> {
    fs_err::create_dir_all(folder)?;
    let mut sites = "url,organisation,supplier,contact\n".to_owned();
    for site in &world.sites {
        let supplier = ["Công ty Phần mềm Sao Mai", "Trung tâm Lưu trữ Bình Minh"][site.number % 2];
        for section in site.watched() {
            let url = world.url_of(site, section);
            let telephone = 240_000 + site.number;
            writeln!(sites, "{url},{},{supplier},0{telephone}", site.name)?;
        }
    }
    fs_err::write(folder.join("sites.csv"), sites)?;
    let authorities = folder.join("authorities.pem");
    fs_err::write(&authorities, served.authorities.concat())?;
    let mut options = format!(
        "--resolver {} --authority {} --pause-ms 0 --contact https://zoo.test/watch",
        served.names,
        authorities.display()
    );
    for host in world.hosts() {
        write!(options, " --allow-host {host}")?;
    }
    fs_err::write(folder.join("watch-options"), options)?;
    Ok(())
}
