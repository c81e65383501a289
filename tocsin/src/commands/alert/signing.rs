//! `tocsin alert sign` and `verify`.

use anyhow::{Context as _, bail};
use documents::{
    Envelope, Expiry, Kind, Verified, verify_alert, verify_alert_signatures, verify_catalogue,
};
use domain::Alert;
use fs_err as fs;

use super::{SignArguments, VerifyArguments, drafting, read_draft, show};
use crate::commands::{Context, key, root, write_output};
use crate::exit_code::{self, Code};

/// Runs `tocsin alert sign`.
pub fn sign(arguments: &SignArguments, context: &Context) -> anyhow::Result<Code> {
    let bytes = fs::read(&arguments.file)?;
    let signed_before = Envelope::parse(&bytes).ok();
    let out = match (&arguments.out, &signed_before) {
        (Some(out), _) => out.clone(),
        (None, Some(_)) => arguments.file.clone(),
        (None, None) => bail!(
            "'{}' is a draft; say with --out where the signed alert goes",
            arguments.file.display()
        ),
    };
    let alert = match &signed_before {
        Some(envelope) if envelope.kind() != Kind::Alert => {
            bail!(
                "'{}' is a {}, not an alert",
                arguments.file.display(),
                envelope.kind()
            )
        }
        Some(envelope) => envelope.read_unverified()?,
        None => {
            if let Some(problems) =
                drafting::check_draft(&arguments.file, &bytes, &arguments.accepted, context)?
            {
                return drafting::refuse(&problems);
            }
            read_draft(&bytes)?
        }
    };
    eprint!("{}", show::summary(&alert, context.language));
    let key = key::open(&arguments.key, arguments.passphrase_file.as_deref())?;
    let envelope = match signed_before {
        Some(mut envelope) => {
            envelope.add_signature(&key)?;
            envelope
        }
        None => Envelope::sign::<Alert>(&alert, &[&key])?,
    };
    write_output(Some(&out), &envelope.to_bytes())?;
    println!(
        "{}  {} ({} signatures)",
        envelope.id(),
        out.display(),
        envelope.signers().count()
    );
    Ok(exit_code::DONE)
}

/// Runs `tocsin alert verify`.
pub fn verify(arguments: &VerifyArguments, context: &Context) -> anyhow::Result<Code> {
    let bytes = fs::read(&arguments.file)?;
    let alert = match verified(&bytes, arguments, context) {
        Ok(alert) => alert,
        Err(error) => {
            eprintln!("refused: {error:#}");
            return Ok(exit_code::FOUND);
        }
    };
    println!("verified  {}", alert.id());
    println!(
        "{}",
        show::summary(alert.value(), context.language).trim_end()
    );
    for signer in alert.signers() {
        println!("signed by {signer}");
    }
    if arguments.catalogue.is_none() {
        println!("whether it is in force was not checked: give --catalogue");
    }
    Ok(exit_code::DONE)
}

fn verified(
    bytes: &[u8],
    arguments: &VerifyArguments,
    context: &Context,
) -> anyhow::Result<Verified<Alert>> {
    let root = root::read(&arguments.root)?;
    let expiry = Expiry::Enforced(context.clock.now());
    let Some(catalogue) = &arguments.catalogue else {
        return Ok(verify_alert_signatures(bytes, &root, expiry)?);
    };
    let catalogue = verify_catalogue(&fs::read(catalogue)?, &root, None, expiry)
        .with_context(|| format!("could not use the catalogue '{}'", catalogue.display()))?;
    Ok(verify_alert(bytes, &root, &catalogue, expiry)?)
}
