//! What is filtered finds what the engine alone finds: no less, no more.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rules::{CompiledRules, ScanFacts, compile};
use yara_x::{Compiler, Scanner, SourceCode};
use yara_x_parser::ast::{AST, HexToken, Pattern};

use crate::generated::{Dice, content, rule};

const MINUTE: Duration = Duration::from_mins(1);
const IMPORTS: &str = "import \"pe\" import \"elf\" import \"math\" import \"hash\" import \"dotnet\" import \"lnk\" import \"macho\"\n";

/// The engine alone, with the same variables.
struct Plain {
    rules: yara_x::Rules,
}

impl Plain {
    fn new(sources: &[(&str, &str)]) -> Self {
        let mut compiler = Compiler::new();
        compiler.relaxed_re_syntax(true);
        for variable in [
            "extension",
            "filename",
            "filepath",
            "filetype",
            "owner",
            "unpack_parent",
            "unpack_source",
        ] {
            compiler
                .define_global(variable, "")
                .expect("the engine takes it");
        }
        for (id, source) in sources {
            compiler.new_namespace(id);
            compiler
                .add_source(SourceCode::from(*source))
                .expect("the engine takes it");
        }
        Self {
            rules: compiler.build(),
        }
    }

    fn scanner(&self) -> Scanner<'_> {
        Scanner::new(&self.rules)
    }
}

fn plainly(scanner: &mut Scanner<'_>, path: &Path, content: &[u8]) -> Vec<(String, String)> {
    let text = |part: Option<&std::ffi::OsStr>| {
        part.map_or_else(String::new, |part| part.to_string_lossy().into_owned())
    };
    let extension = path.extension().map_or_else(String::new, |end| {
        format!(".{}", end.to_string_lossy().to_lowercase())
    });
    let kind = [
        (&b"MZ"[..], "EXE"),
        (b"\x7fELF", "ELF"),
        (b"PK\x03\x04", "ZIP"),
        (b"\x1f\x8b", "GZIP"),
        (b"%PDF", "PDF"),
        (b"GIF8", "GIF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff", "JPG"),
        (b"<?php", "PHP"),
        (b"{\\rt", "RTF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "OLE"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "7ZIP"),
        (b"MSCF", "CAB"),
    ];
    let kind = kind
        .iter()
        .find(|(start, _)| content.starts_with(start))
        .map_or("", |(_, name)| name);
    scanner
        .set_global("extension", extension.as_str())
        .expect("the engine takes it");
    scanner
        .set_global("filename", text(path.file_name()).as_str())
        .expect("the engine takes it");
    scanner
        .set_global(
            "filepath",
            text(path.parent().map(Path::as_os_str)).as_str(),
        )
        .expect("the engine takes it");
    scanner
        .set_global("filetype", kind)
        .expect("the engine takes it");
    scanner
        .set_global("owner", "root")
        .expect("the engine takes it");
    let results = scanner.scan(content).expect("the engine takes it");
    let mut found: Vec<(String, String)> = results
        .matching_rules()
        .map(|rule| (rule.namespace().to_owned(), rule.identifier().to_owned()))
        .collect();
    found.sort();
    found
}

fn facts(path: &Path) -> ScanFacts<'_> {
    ScanFacts {
        path,
        owner: "root",
        unpack_source: "",
    }
}

/// Compares on one content: matched at once, and told in pieces and by its head which sources may match.
fn compare(
    compiled: &CompiledRules,
    session: &mut rules::Session<'_>,
    scanner: &mut Scanner<'_>,
    path: &Path,
    content: &[u8],
) -> Result<usize, String> {
    let expected = plainly(scanner, path, content);
    let found: Vec<(String, String)> = session
        .scan(&facts(path), content)
        .map_err(|error| error.to_string())?
        .into_iter()
        .map(|found| (found.source_id, found.rule_name))
        .collect();
    if found != expected {
        return Err(format!("{found:?} instead of {expected:?}"));
    }
    session.begin_filter(&facts(path), content.len() as u64);
    for piece in content.chunks(1 + content.len() / 3) {
        session.push(piece);
    }
    let in_pieces = session.finish();
    let again: Vec<(String, String)> = session
        .scan_streamed(None, &facts(path), content)
        .map_err(|error| error.to_string())?
        .into_iter()
        .map(|found| (found.source_id, found.rule_name))
        .collect();
    if again != expected {
        return Err(format!("{again:?} instead of {expected:?} after pieces"));
    }
    let size = content.len() as u64;
    let head = &content[..content.len().min(16)];
    let by_head = compiled.needs_content(&facts(path), size, Some(head));
    let by_size = compiled.needs_content(&facts(path), size, None);
    for (id, rule) in &expected {
        let index = compiled
            .sources()
            .iter()
            .position(|source| source.id == *id)
            .expect("it is one of the sources");
        for (set, how) in [
            (&in_pieces, "in pieces"),
            (&by_head, "by its head"),
            (&by_size, "by its size"),
        ] {
            if !set.contains(index) {
                return Err(format!("{rule} was ruled out {how}"));
            }
        }
    }
    Ok(expected.len())
}

/// Sets of rules that are made, each of 24 rules and 60 contents.
const SEEDS: u64 = 10;

#[test]
fn finds_what_the_engine_finds_in_generated_contents() {
    let mut matches = 0;
    let mut pairs = 0;
    for seed in 0..SEEDS {
        let mut dice = Dice::new(seed + 1);
        let mut sources: Vec<(String, String)> = Vec::new();
        for at in 0..3 {
            let mut source = IMPORTS.to_owned();
            let mut number = 0;
            for _ in 0..8 {
                let rule = rule(&mut dice, number);
                let longer = format!("{source}{rule}");
                // Some are refused: an alternative in a text of one byte, a slow pattern.
                if rules::check(&longer).is_empty() {
                    source = longer;
                    number += 1;
                }
            }
            pairs += number * 60;
            sources.push((format!("s{at}"), source));
        }
        let borrowed: Vec<(&str, &str)> = sources
            .iter()
            .map(|(id, source)| (id.as_str(), source.as_str()))
            .collect();
        let compiled = compile(&borrowed).expect("they compiled one by one");
        let plain = Plain::new(&borrowed);
        let mut session = compiled.session(MINUTE);
        let mut scanner = plain.scanner();
        for _ in 0..60 {
            let content = content(&mut dice);
            let path = Path::new(dice.pick(&[
                "/srv/tool.exe",
                "/home/x/tmp/Tool.EXE",
                "/b",
                "/usr/lib/tool.so.1",
            ]));
            match compare(&compiled, &mut session, &mut scanner, path, &content) {
                Ok(count) => matches += count,
                Err(difference) => panic!(
                    "seed {seed}: {difference}\n{}\n{:?}",
                    sources
                        .iter()
                        .map(|(_, source)| source.as_str())
                        .collect::<String>(),
                    content.escape_ascii().to_string()
                ),
            }
        }
    }
    assert!(pairs > 5_000, "{pairs} pairs of rule and content");
    assert!(matches > pairs / 20, "only {matches} of {pairs} match");
    assert!(matches < pairs / 2, "{matches} of {pairs} match");
}

/// Every so many of the rule files are taken, and of the files: all would take minutes without optimisation.
const SOURCES_STEP: usize = 16;
const FILES_STEP: usize = 400;
const FILE_BYTES_MAX: u64 = 1024 * 1024;

#[test]
fn finds_what_the_engine_finds_in_real_files() {
    let Some(corpora) = testkit::skipping::corpora("filtering with signature-base") else {
        return;
    };
    let rule_files = files_in(&corpora.join("signature-base/yara"));
    let sources: Vec<(String, String)> = rule_files
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "yar"))
        .step_by(SOURCES_STEP)
        .map(|path| {
            let source = fs_err::read_to_string(path).expect("it is text");
            (path.display().to_string(), source)
        })
        .collect();
    let borrowed: Vec<(&str, &str)> = sources
        .iter()
        .map(|(id, source)| (id.as_str(), source.as_str()))
        .collect();
    let compiled = compile(&borrowed).expect("they compile");
    let plain = Plain::new(&borrowed);
    let mut session = compiled.session(MINUTE);
    let mut scanner = plain.scanner();
    let system = files_in(Path::new("/usr"));
    let (mut contents, mut matches) = (0, 0);
    let mut compare_with = |path: &Path, content: &[u8]| {
        contents += 1;
        match compare(&compiled, &mut session, &mut scanner, path, content) {
            Ok(count) => matches += count,
            Err(difference) => panic!("{}: {difference}", path.display()),
        }
    };
    for path in system.iter().step_by(FILES_STEP) {
        let small = fs_err::metadata(path).is_ok_and(|facts| facts.len() <= FILE_BYTES_MAX);
        if let Some(content) = small.then(|| fs_err::read(path).ok()).flatten() {
            compare_with(path, &content);
        }
    }
    for (id, source) in &sources {
        for content in contents_for(source) {
            compare_with(Path::new(id), &content);
        }
    }
    println!(
        "{matches} matches in {contents} contents; {:?}",
        session.counters()
    );
    assert!(contents > 100 && matches > 50, "{matches} in {contents}");
}

/// Returns for each rule contents that have its texts and begin as many ask for, and some with fewer.
fn contents_for(source: &str) -> Vec<Vec<u8>> {
    let ast = AST::from(source);
    let mut contents = Vec::new();
    for rule in ast.rules() {
        let mut content = match contents.len() % 6 {
            0 => b"\x7fELF\x02\x01\x01".to_vec(),
            1 => Vec::new(),
            _ => b"MZ\x90\0".to_vec(),
        };
        for pattern in rule.patterns.as_deref().unwrap_or_default() {
            if contents.len() % 3 == 0 {
                contents.push(content.clone());
            }
            match pattern {
                Pattern::Text(text) if text.modifiers.wide().is_some() => {
                    content.extend(text.text.value.iter().flat_map(|byte| [*byte, 0]));
                }
                Pattern::Text(text) => content.extend(text.text.value.iter()),
                Pattern::Hex(hex) => {
                    content.extend(hex.sub_patterns.iter().filter_map(|token| match token {
                        HexToken::Byte(byte) => Some(byte.value),
                        _ => None,
                    }));
                }
                Pattern::Regexp(regexp) => content.extend(regexp.regexp.src.bytes()),
            }
            content.push(b' ');
        }
        contents.push(content);
    }
    contents
}

/// Returns the regular files of a folder and those below it, in order.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    files
}
