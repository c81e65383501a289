//! `tocsin alert sign` and `verify`.

use anyhow::{Context as _, bail};
use documents::{
    Envelope, Expiry, Root, Verified, verify_alert, verify_alert_signatures, verify_catalogue,
};
use domain::Alert;
use texts::Texts;

use super::{AlertFile, SignArguments, VerifyArguments, drafting, looks_signed, show};
use crate::commands::{Context, key, root, write_output};
use crate::exit_code::{self, Code};
use crate::input;

/// Runs `tocsin alert sign`.
pub fn sign(arguments: &SignArguments, context: &Context) -> anyhow::Result<Code> {
    let file = &arguments.file;
    let bytes = input::read_alert(file)?;
    let given = AlertFile::parse(&bytes);
    // Before anything else is said about a draft: a damaged value makes it unreadable, and the checks say which.
    if !matches!(given, Ok(AlertFile::Signed(_)))
        && !looks_signed(&bytes)
        && let Some(problems) = drafting::check_draft(file, &bytes, &arguments.accepted, context)?
    {
        let refused = Texts::of(context.language).text("sign-refused");
        eprintln!("{refused}\n{}", problems.trim_end());
        return Ok(exit_code::FOUND);
    }
    let given = given.with_context(|| format!("could not sign '{}'", file.display()))?;
    let (alert, signed_before) = match given {
        AlertFile::Signed(envelope) => (envelope.read_unverified()?, Some(envelope)),
        AlertFile::Draft(alert) => (*alert, None),
    };
    let out = match (&arguments.out, &signed_before) {
        (Some(out), _) => out,
        (None, Some(_)) => file,
        (None, None) => bail!(
            "'{}' is a draft; say with --out where the signed alert goes",
            file.display()
        ),
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
    write_output(Some(out), &envelope.to_bytes())?;
    println!(
        "{}  {} (signatures: {})",
        envelope.id(),
        out.display(),
        envelope.signers().count()
    );
    Ok(exit_code::DONE)
}

/// Runs `tocsin alert verify`.
pub fn verify(arguments: &VerifyArguments, context: &Context) -> anyhow::Result<Code> {
    let texts = Texts::of(context.language);
    let bytes = input::read_alert(&arguments.file)?;
    let root = root::read(&arguments.root)?;
    let catalogue = match &arguments.catalogue {
        Some(file) => Some(input::read_catalogue(file)?),
        None => None,
    };
    let expiry = Expiry::Enforced(context.clock.now());
    let alert = match verified(&bytes, &root, catalogue.as_deref(), expiry) {
        Ok(alert) => alert,
        Err(error) => {
            let values = [("reason", format!("{error:#}").into())];
            eprintln!("{}", texts.text_with("verify-refused", &values));
            return Ok(exit_code::FOUND);
        }
    };
    let values = [("id", alert.id().to_string().into())];
    println!("{}", texts.text_with("verify-done", &values));
    print!("{}", show::summary(alert.value(), context.language));
    for signer in alert.signers() {
        let values = [("key", signer.to_string().into())];
        println!("{}", texts.text_with("verify-signed-by", &values));
    }
    if catalogue.is_none() {
        println!("{}", texts.text("verify-not-in-force"));
    }
    Ok(exit_code::DONE)
}

fn verified(
    bytes: &[u8],
    root: &Verified<Root>,
    catalogue: Option<&[u8]>,
    expiry: Expiry,
) -> anyhow::Result<Verified<Alert>> {
    let Some(catalogue) = catalogue else {
        return Ok(verify_alert_signatures(bytes, root, expiry)?);
    };
    let catalogue =
        verify_catalogue(catalogue, root, None, expiry).context("could not use the catalogue")?;
    Ok(verify_alert(bytes, root, &catalogue, expiry)?)
}
