//! `tocsin root`: an authority's root document, which says whose signatures count.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use documents::{Envelope, Expiry, PublicKey, RoleKeys, Root, Verified, verify_first_root};
use domain::OrganisationId;
use jiff::{SignedDuration, Timestamp};

use super::{Context, key, write_output};
use crate::exit_code::{self, Code};
use crate::input;

/// `tocsin root …`
#[derive(Subcommand)]
pub enum RootCommand {
    /// Make and sign an authority's first root document.
    #[command(after_help = NEW_EXAMPLES)]
    New(NewRoot),
    /// Show what a root document says, and its id, which is what others pin.
    #[command(after_help = "Example:\n  tocsin root show root.json")]
    Show {
        /// The root document.
        file: PathBuf,
    },
}

const NEW_EXAMPLES: &str = "\
Example:
  tocsin root new --authority vn.cert --name 'National CERT' --root-key root.key \\
      --officer lan.key --officer minh.key --officer hoa.key --catalogue 1f0c… --out root.json

--officer and --catalogue take a key file or a public key as `tocsin key show` prints it.
The catalogue key is the node's own: `tocsin node key --folder …` prints it.";

/// Arguments of `tocsin root new`.
#[derive(Args)]
pub struct NewRoot {
    /// The authority's organisation id.
    #[arg(long, value_name = "ID")]
    authority: OrganisationId,
    /// Its name for people.
    #[arg(long)]
    name: String,
    /// The key that signs this root and the next one. May be given several times.
    #[arg(long = "root-key", required = true, value_name = "FILE")]
    root_keys: Vec<PathBuf>,
    /// An officer who may sign alerts. At least two.
    #[arg(long = "officer", required = true, value_name = "KEY")]
    officers: Vec<String>,
    /// How many officers must sign an alert.
    #[arg(long, default_value_t = 2, value_name = "COUNT")]
    threshold: u32,
    /// Who signs the catalogue: the authority's node.
    #[arg(long = "catalogue", required = true, value_name = "KEY")]
    catalogue: Vec<String>,
    /// For how many days it is valid.
    #[arg(long, default_value_t = 3650)]
    days: u32,
    /// Take the passphrase of the root keys from the first line of this file instead of asking.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Runs `tocsin root …`.
pub fn run(command: RootCommand, context: &Context) -> anyhow::Result<Code> {
    match command {
        RootCommand::New(arguments) => new(&arguments, context.clock.now()),
        RootCommand::Show { file } => show(&file),
    }
}

/// Reads a root document that the person at the command line vouches for.
pub fn read(file: &Path) -> anyhow::Result<Verified<Root>> {
    let bytes = input::read_root(file)?;
    let what = || format!("could not use the root '{}'", file.display());
    let pin = Envelope::parse(&bytes).with_context(what)?.id();
    verify_first_root(&bytes, pin, Expiry::Ignored).with_context(what)
}

fn new(arguments: &NewRoot, now: Timestamp) -> anyhow::Result<Code> {
    if arguments.out.try_exists()? {
        bail!(
            "'{}' is there already; a root is never overwritten",
            arguments.out.display()
        );
    }
    let passphrase_file = arguments.passphrase_file.as_deref();
    let signing = arguments
        .root_keys
        .iter()
        .map(|file| key::open(file, passphrase_file))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let threshold_of_all = u32::try_from(signing.len())?;
    let root = Root {
        schema: documents::SCHEMA,
        authority: arguments.authority.clone(),
        name: arguments.name.clone(),
        version: 1,
        issued_at: now,
        expires_at: now.checked_add(SignedDuration::from_hours(24 * i64::from(arguments.days)))?,
        root: RoleKeys {
            keys: signing
                .iter()
                .map(documents::SigningKey::public_key)
                .collect(),
            threshold: threshold_of_all,
        },
        officers: RoleKeys {
            keys: read_keys(&arguments.officers)?,
            threshold: arguments.threshold,
        },
        catalogue: RoleKeys {
            keys: read_keys(&arguments.catalogue)?,
            threshold: 1,
        },
    };
    let envelope = Envelope::sign(&root, &signing.iter().collect::<Vec<_>>())?;
    write_output(Some(&arguments.out), &envelope.to_bytes())?;
    println!("{}  {}", envelope.id(), arguments.name);
    Ok(exit_code::DONE)
}

fn read_keys(texts: &[String]) -> anyhow::Result<Vec<PublicKey>> {
    texts.iter().map(|text| read_key(text)).collect()
}

fn read_key(text: &str) -> anyhow::Result<PublicKey> {
    if let Ok(key) = text.parse() {
        return Ok(key);
    }
    key::read_public(Path::new(text))
        .with_context(|| format!("'{text}' is neither a public key nor a key file"))
}

fn show(file: &Path) -> anyhow::Result<Code> {
    let root = read(file)?;
    println!(
        "{}, {}, version {}",
        root.name, root.authority, root.version
    );
    println!("id          {}", root.id());
    println!("issued      {}", root.issued_at);
    println!("expires     {}", root.expires_at);
    for (role, keys) in [
        ("root", &root.root),
        ("officers", &root.officers),
        ("catalogue", &root.catalogue),
    ] {
        println!("{role:<11} {} of {}", keys.threshold, keys.keys.len());
        for key in &keys.keys {
            println!("            {key}");
        }
    }
    Ok(exit_code::DONE)
}
