//! `tocsin watch web export`: evidence for people who do not have Tocsin and need not trust it. Everything in the archive has its
//! digest in `SHA256SUMS`, which the organisation can sign; how to prove the rest stands in `VERIFY.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use documents::SigningKey;
use domain::Language;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use texts::Texts;
use verdicts::{Urgency, render_page, visible, visible_origin};
use watch::keeping::{Archive, Link, Proof, check_of, host_of, rest_address, survey_of};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::case::{Which, name_of_place, verdict_page};
use super::output::{print_said, say, verdict_key, word_of};
use crate::commands::{Context, key};
use crate::exit_code::{self, Code};

/// Verdicts that get a page of their own; of more, the newest.
const PAGES_MAX: usize = 200;
/// Lines of the summary; of more, the newest.
const SUMMARY_MAX: usize = 5_000;
/// What comes before the 32 bytes of an Ed25519 key in the form that OpenSSL reads (RFC 8410).
const KEY_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// What is wished of `export`.
pub struct ExportWish {
    /// The archive.
    pub out: PathBuf,
    /// From when on.
    pub since: Option<Timestamp>,
    /// Of which pages; of all where none is named.
    pub urls: Vec<String>,
    /// What to sign with.
    pub key: Option<PathBuf>,
    /// The passphrase of the key.
    pub passphrase_file: Option<PathBuf>,
}

/// What was chosen of the chain.
struct Chosen {
    /// The lines as they stand in the file, those of others shortened.
    lines: Vec<u8>,
    /// Checks and surveys, as they are summed up.
    checks: Vec<Seen>,
    /// Names of contents that belong to it.
    contents: BTreeSet<String>,
    /// How many lines are there whole.
    whole: u64,
    /// How many of them are of the time that is meant.
    of_time: u64,
    proof: Proof,
    /// Whose the sites are, by host.
    owners: BTreeMap<String, String>,
}

/// A check or survey in the summary.
struct Seen {
    number: u64,
    at: Timestamp,
    url: String,
    verdict: watch::Verdict,
    organisation: String,
}

/// Writes the archive. What is named by the chain and cannot be read any more is listed, and the exit code says so.
pub fn export(archive: &Archive, wish: &ExportWish, context: &Context) -> anyhow::Result<Code> {
    if wish.out.try_exists()? {
        bail!(
            "'{}' is there already; choose another name",
            wish.out.display()
        );
    }
    let signer = match &wish.key {
        Some(file) => Some(key::open(file, wish.passphrase_file.as_deref())?),
        None => None,
    };
    let chosen = choose(archive, wish)?;
    if chosen.of_time == 0 {
        bail!("the evidence has nothing of that; 'tocsin watch web list' says what is under watch");
    }
    let folder = wish.out.parent().filter(|folder| *folder != Path::new(""));
    let mut pack = Pack::new(folder.unwrap_or(Path::new(".")))?;
    pack.add("evidence.jsonl", &chosen.lines)?;
    let mut missing = Vec::new();
    for name in &chosen.contents {
        match archive.contents.load(name) {
            Ok(bytes) => pack.add(&format!("contents/{name}"), &bytes)?,
            Err(error) => missing.push(format!("{name}  {error}\n")),
        }
    }
    if !missing.is_empty() {
        pack.add("MISSING.txt", missing.concat().as_bytes())?;
    }
    let paged = add_pages(archive, &chosen, &mut pack)?;
    for (language, tag) in [(Language::En, "en"), (Language::Vi, "vi")] {
        let summary = summary(&chosen, &paged, missing.len(), language, context)?;
        pack.add(&format!("summary.{tag}.html"), summary.as_bytes())?;
    }
    pack.add(
        "verify.py",
        include_bytes!("../../../templates/evidence/verify.py"),
    )?;
    pack.add(
        "VERIFY.en.txt",
        include_bytes!("../../../templates/evidence/VERIFY.en.txt"),
    )?;
    pack.add(
        "VERIFY.vi.txt",
        include_bytes!("../../../templates/evidence/VERIFY.vi.txt"),
    )?;
    let bytes = pack.finish(signer.as_ref(), &wish.out)?;
    let count = |number: u64| texts::count(number, context.language);
    let values = [
        ("file", wish.out.display().to_string()),
        ("lines", count(chosen.whole)),
        (
            "contents",
            count((chosen.contents.len() - missing.len()) as u64),
        ),
        ("size", texts::byte_size(bytes, context.language)),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    print_said(&say(context, "watch-exported", &values));
    print_said(&say(
        context,
        "watch-exported-last",
        &[("last", &chosen.proof.last)],
    ));
    if missing.is_empty() {
        return Ok(exit_code::DONE);
    }
    let number = count(missing.len() as u64);
    print_said(&say(
        context,
        "watch-exported-missing",
        &[("count", &number)],
    ));
    Ok(exit_code::INCOMPLETE)
}

/// Goes through the chain once. What was approved is taken along whenever that was: verdicts refer to it.
fn choose(archive: &Archive, wish: &ExportWish) -> anyhow::Result<Chosen> {
    let urls: Result<BTreeSet<String>, String> =
        wish.urls.iter().map(|url| name_of_place(url)).collect();
    let urls = urls.map_err(anyhow::Error::msg)?;
    let owners = archive.targets()?.into_iter();
    let owners = owners.map(|target| (host_of(&target.url), target.organisation));
    let mut chosen = Chosen {
        lines: Vec::new(),
        checks: Vec::new(),
        contents: BTreeSet::new(),
        whole: 0,
        of_time: 0,
        proof: Proof {
            lines: 0,
            last: String::new(),
        },
        owners: owners.collect(),
    };
    let mut withheld = Vec::new();
    chosen.proof = archive.read_lines(&mut |link, bytes| {
        let is_meant = urls.is_empty()
            || urls.contains(&link.entry.target)
            || urls.contains(link.about().as_ref());
        let is_old = wish.since.is_some_and(|since| link.entry.at < since);
        if is_meant && (!is_old || link.entry.event == "approval") {
            chosen.lines.append(&mut withheld);
            chosen.lines.extend_from_slice(bytes);
            chosen.lines.push(b'\n');
            chosen.of_time += u64::from(!is_old);
            chosen.take(link);
        } else if chosen.whole > 0 {
            // Of others only that there is a line, so that the chain holds together. After the last one, none is needed.
            let shortened =
                json!({ "number": link.number, "previous": link.previous, "digest": link.digest });
            withheld.extend(shortened.to_string().into_bytes());
            withheld.push(b'\n');
        }
    })?;
    Ok(chosen)
}

impl Chosen {
    fn take(&mut self, link: Link) {
        self.whole += 1;
        collect_digests(&link.entry.body, &mut self.contents);
        let (url, verdict, organisation) = if let Some(line) = check_of(&link) {
            (link.entry.target, line.verdict, line.organisation)
        } else if let Some(line) = survey_of(&link) {
            let organisation = self.owners.get(&host_of(&line.site));
            let organisation = organisation.cloned().unwrap_or_default();
            (rest_address(&line.site), line.verdict, organisation)
        } else {
            return;
        };
        self.checks.push(Seen {
            number: link.number,
            at: link.entry.at,
            url,
            verdict,
            organisation,
        });
    }
}

/// Every field of a line that names a content. Texts from sites that look like digests name nothing that is kept, unless somebody
/// put a digest of the evidence there; then that content comes along, which is no harm.
fn collect_digests(body: &Value, names: &mut BTreeSet<String>) {
    let mut take = |value: Option<&Value>| {
        let name = value.and_then(Value::as_str).unwrap_or_default();
        if name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            names.insert(name.to_owned());
        }
    };
    take(body.get("record"));
    let pages = body.get("pages").and_then(Value::as_array);
    let models = body.get("models").and_then(Value::as_object);
    for name in pages.into_iter().flatten() {
        take(Some(name));
    }
    for name in models.into_iter().flat_map(|models| models.values()) {
        take(Some(name));
    }
    for version in ["before", "after", "version"] {
        let version = body.get(version);
        for name in ["model", "content", "picture"] {
            take(version.and_then(|version| version.get(name)));
        }
        let sheets = version.and_then(|version| version.get("style_sheets"));
        for sheet in sheets.and_then(Value::as_array).into_iter().flatten() {
            take(Some(sheet));
        }
    }
}

/// Adds a page in both languages for each verdict that is not "all is well", and returns for which.
fn add_pages(archive: &Archive, chosen: &Chosen, pack: &mut Pack) -> anyhow::Result<BTreeSet<u64>> {
    let mut paged = BTreeSet::new();
    let is_trouble = |seen: &&Seen| Urgency::of(word_of(seen.verdict)) != Urgency::Nothing;
    for seen in chosen
        .checks
        .iter()
        .rev()
        .filter(is_trouble)
        .take(PAGES_MAX)
    {
        // Where its contents are gone, the line alone has to do.
        let Ok(page) = verdict_page(archive, &Which::Line(seen.number)) else {
            continue;
        };
        for (language, tag) in [(Language::En, "en"), (Language::Vi, "vi")] {
            let html = render_page(&page, language)?;
            pack.add(
                &format!("shown/{}.{tag}.html", seen.number),
                html.as_bytes(),
            )?;
        }
        paged.insert(seen.number);
    }
    Ok(paged)
}

#[derive(Template)]
#[template(path = "evidence/summary.html")]
struct Summary {
    tag: &'static str,
    texts: &'static Texts,
    made: String,
    whole: String,
    chain: String,
    missing: Option<String>,
    rows: Vec<Row>,
    left_out: Option<String>,
}

struct Row {
    number: u64,
    class: &'static str,
    at: String,
    url: String,
    organisation: String,
    verdict: String,
    page: Option<String>,
}

fn summary(
    chosen: &Chosen,
    paged: &BTreeSet<u64>,
    missing: usize,
    language: Language,
    context: &Context,
) -> anyhow::Result<String> {
    let texts = Texts::of(language);
    let tag = match language {
        Language::En => "en",
        Language::Vi => "vi",
    };
    let rows = chosen
        .checks
        .iter()
        .rev()
        .take(SUMMARY_MAX)
        .map(|seen| Row {
            number: seen.number,
            class: Urgency::of(word_of(seen.verdict)).name(),
            at: texts::when(seen.at, language),
            url: visible_origin(&seen.url, 300),
            organisation: visible(&seen.organisation, 200),
            verdict: texts.text(verdict_key(seen.verdict)),
            page: paged
                .contains(&seen.number)
                .then(|| format!("shown/{}.{tag}.html", seen.number)),
        });
    let with = |key: &str, name: &str, value: String| texts.text_with(key, &[(name, value.into())]);
    let left_out = chosen.checks.len().saturating_sub(SUMMARY_MAX) as u64;
    let summary = Summary {
        tag,
        texts,
        made: with(
            "evidence-made",
            "at",
            texts::when(context.clock.now(), language),
        ),
        whole: with(
            "evidence-lines",
            "count",
            texts::count(chosen.whole, language),
        ),
        chain: with("evidence-chain", "last", chosen.proof.last.clone()),
        missing: (missing > 0).then(|| with("evidence-missing", "count", missing.to_string())),
        rows: rows.collect(),
        left_out: (left_out > 0).then(|| with("verdict-more-lines", "count", left_out.to_string())),
    };
    Ok(summary.render()?)
}

/// An archive that is being written, and the digests of what is in it.
struct Pack {
    zip: ZipWriter<NamedTempFile>,
    sums: BTreeMap<String, String>,
}

impl Pack {
    fn new(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            zip: ZipWriter::new(NamedTempFile::new_in(folder)?),
            sums: BTreeMap::new(),
        })
    }

    fn add(&mut self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        let digest = domain::digest::to_hex(&Sha256::digest(content));
        self.sums.insert(name.to_owned(), digest);
        self.write(name, content)
    }

    fn write(&mut self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        let options = SimpleFileOptions::default().unix_permissions(0o644);
        let what = || format!("could not write '{name}' into the archive");
        self.zip.start_file(name, options).with_context(what)?;
        self.zip.write_all(content).with_context(what)
    }

    /// Adds the list of digests and its signature, and puts the archive into its place. Returns how large it is.
    fn finish(mut self, signer: Option<&SigningKey>, out: &Path) -> anyhow::Result<u64> {
        let lines = self
            .sums
            .iter()
            .map(|(name, digest)| format!("{digest}  {name}\n"));
        let sums: String = lines.collect();
        self.write("SHA256SUMS", sums.as_bytes())?;
        if let Some(key) = signer {
            self.write("SHA256SUMS.sig", &key.sign(sums.as_bytes()))?;
            self.write("key.pem", pem(key).as_bytes())?;
        }
        let mut file = self.zip.finish().context("could not finish the archive")?;
        file.as_file().sync_all()?;
        let bytes = file.seek(std::io::SeekFrom::End(0))?;
        file.persist_noclobber(out)?;
        Ok(bytes)
    }
}

/// Returns the public half of a key as OpenSSL reads it.
fn pem(key: &SigningKey) -> String {
    let mut der = KEY_PREFIX.to_vec();
    der.extend(key.public_key().as_bytes());
    let body = STANDARD.encode(der);
    format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
}
