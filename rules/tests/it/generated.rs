//! Makes rules and contents that have to do with each other: from one list of words, by one number.

use std::fmt::Write as _;

/// A source of numbers; the same seed gives the same.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns a number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % sides as u64).expect("it is below sides")
    }

    pub fn one_in(&mut self, chances: usize) -> bool {
        self.roll(chances) == 0
    }

    pub fn pick<'w, T: ?Sized>(&mut self, words: &[&'w T]) -> &'w T {
        words[self.roll(words.len())]
    }
}

/// What rules look for and contents hold: of all lengths, some inside others.
const WORDS: [&str; 24] = [
    "a",
    "ab",
    "abc",
    "Tool",
    "toolX",
    "Mimi Ka",
    "Beacon1",
    "xyz-2016",
    "cmd.exe /",
    "cmd.exe /c",
    "powershell ",
    "powershell -enc",
    "AAAAAAAAAAAA",
    "0123456789abcdef0123456789",
    "http://playball.example/index.php?id=",
    "Global\\MutexOfTheWeek",
    "%s%d",
    "MZ",
    "PK34",
    "This program cannot be run in DOS mode",
    "....",
    "Content-Type: ",
    "zz top",
    "\u{20ac}uro",
];

/// Returns a rule of this number. It may refer to the two before it.
pub fn rule(dice: &mut Dice, number: usize) -> String {
    let kind = match dice.roll(24) {
        0 | 1 => "private ",
        2 => "global ",
        3 => "global private ",
        _ => "",
    };
    let count = 1 + dice.roll(5);
    let mut strings = String::new();
    for at in 0..count {
        writeln!(strings, "    $_s{at} = {}", string(dice)).expect("a text takes it");
    }
    let condition = condition(dice, count, number, 3);
    format!("{kind}rule r{number} {{\n  strings:\n{strings}  condition: {condition}\n}}\n")
}

fn string(dice: &mut Dice) -> String {
    let word = dice.pick(&WORDS);
    match dice.roll(10) {
        0..=5 => {
            let text = word.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{text}\"{}", modifiers(dice, word.len()))
        }
        6 | 7 => {
            let mut tokens: Vec<String> = word.bytes().map(|byte| format!("{byte:02X}")).collect();
            if tokens.len() > 2 {
                let at = 1 + dice.roll(tokens.len() - 2);
                let byte = tokens[at].clone();
                tokens[at] = match dice.roll(7) {
                    0 => "??".to_owned(),
                    1 => format!("{}?", &byte[..1]),
                    2 => format!("?{}", &byte[1..]),
                    3 => format!("({byte} | 00 01)"),
                    4 => "[0-3]".to_owned(),
                    5 => "~00".to_owned(),
                    _ => byte,
                };
            }
            format!("{{ {} }}", tokens.join(" "))
        }
        _ => {
            let plain: String = word
                .chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() || !c.is_ascii() {
                        c.to_string()
                    } else {
                        format!("\\x{:02x}", u32::from(c))
                    }
                })
                .collect();
            let plain = if word.is_ascii() {
                plain
            } else {
                "uro".to_owned()
            };
            let other = dice.pick(&["tool", "[0-9]{1,4}", "beacon", "\\w+", "x?y", "."]);
            let body = match dice.roll(6) {
                0 => plain,
                1 => format!("{plain}({other}|q)"),
                2 => format!("({plain}|{other}zz)"),
                3 => format!("({plain})+{other}"),
                4 => format!("{plain}.{{0,5}}{other}"),
                _ => format!(
                    "{other}[{}a]{plain}",
                    &word[..usize::from(word.as_bytes()[0].is_ascii_alphanumeric())]
                ),
            };
            let flag = dice.pick(&["", "", "i", "s"]);
            let modifiers = dice.pick(&["", "", " wide", " ascii wide", " nocase", " fullword"]);
            format!("/{body}/{flag}{modifiers}")
        }
    }
}

fn modifiers(dice: &mut Dice, length: usize) -> &'static str {
    let all = [
        "",
        "",
        " nocase",
        " wide",
        " ascii wide",
        " wide nocase",
        " ascii wide nocase fullword",
        " fullword",
        " wide fullword",
        " xor",
        " xor(1-3) wide",
        " private",
    ];
    let encoded = [
        " base64",
        " base64wide",
        " base64 wide",
        " base64 base64wide ascii wide",
    ];
    if length >= 3 && dice.one_in(8) {
        return dice.pick(&encoded);
    }
    dice.pick(&all)
}

#[expect(clippy::too_many_lines, reason = "one line for each form of condition")]
fn condition(dice: &mut Dice, count: usize, number: usize, depth: usize) -> String {
    if depth > 0 && dice.roll(3) > 0 {
        let left = condition(dice, count, number, depth - 1);
        let right = condition(dice, count, number, depth - 1);
        return match dice.roll(8) {
            0 => format!("not ({left})"),
            1..=4 => format!("({left} and {right})"),
            5 => format!("1 of ({left}, {right})"),
            _ => format!("({left} or {right})"),
        };
    }
    let (s, t) = (dice.roll(count), dice.roll(count));
    let n = dice.roll(4);
    let place = dice.pick(&["0", "1", "3", "filesize - 5", "uint8(0)", "@_s0", "2 + 2"]);
    let order = dice.pick(&["<", "<=", ">", ">=", "==", "!="]);
    let quantifier = dice.pick(&["any", "all", "none", "1", "2", "0", "50%", "100%", "10%"]);
    let set = match dice.roll(4) {
        0 => "them".to_owned(),
        1 => "($_s*)".to_owned(),
        2 => format!("($_s{s}, $_s{t})"),
        _ => format!("($_s{s}*)"),
    };
    match dice.roll(42) {
        0..=7 => format!("$_s{s}"),
        8 => format!("$_s{s} at {place}"),
        9 => format!("$_s{s} in ({n}..{n}00)"),
        10 => format!("#_s{s} {order} {n}"),
        11 => format!("{n} {order} #_s{s}"),
        12 => format!("#_s{s} in (0..{n}0) {order} 1"),
        13 => format!("@_s{s}[1] {order} {n}0"),
        14 => format!("!_s{s} {order} {n} + 3"),
        15 => format!("#_s{s} {order} #_s{t}"),
        16 => format!("@_s{s} {order} @_s{t}"),
        17..=20 => format!("{quantifier} of {set}"),
        21 => format!("{} of {set} at {n}", dice.pick(&["any", "all", "1"])),
        22 => format!("{quantifier} of {set} in ({n}..50)"),
        23 => {
            let body = dice.pick(&[
                "$",
                "$ at 0",
                "# > 1",
                "@ < 20",
                "not $",
                "$ in (0..9) or ! > 5",
            ]);
            format!("for {quantifier} of {set} : ({body})")
        }
        24 => format!("for any i in (1..#_s{s}) : (@_s{s}[i] {order} {n}0 and $_s{t})"),
        25 => format!("for all i in (0..{n}) : (uint8(i) {order} 0x41)"),
        26 => format!(
            "for {} i in ({n}, 2) : (i {order} 2)",
            dice.pick(&["any", "all", "1"])
        ),
        27 => format!(
            "filesize {order} {n}{}",
            dice.pick(&["", "00", "KB", " * 10"])
        ),
        28 => format!(
            "{}({n}) {order} 0x4d",
            dice.pick(&["uint8", "int8", "uint16be", "int32"])
        ),
        29 => "uint16(0) == 0x5A4D".to_owned(),
        30 => format!(
            "{} == 0x464C457F",
            dice.pick(&["uint32(0)", "uint32(uint8(0))"])
        ),
        31 => format!("uint16be(0) {order} 0x4d5a"),
        32 => dice
            .pick(&[
                "filename == \"tool.exe\"",
                "filename contains \"tool\"",
                "filename matches /^t.*\\.exe$/i",
                "extension iequals \".EXE\"",
                "filepath startswith \"/srv\"",
                "filepath iendswith \"TMP\"",
                "filename != \"b\"",
                "filetype == \"EXE\"",
                "owner == \"root\"",
                "\"\" == unpack_source",
                "filename",
            ])
            .to_owned(),
        33 if number > 0 => format!("r{}", number - 1),
        34 if number > 1 => format!("any of (r{}, r{})", number - 1, number - 2),
        35 => dice
            .pick(&[
                "pe.is_pe",
                "not pe.is_pe",
                "pe.number_of_sections > 0",
                "not pe.number_of_sections > 0",
                "pe.imphash() == \"x\"",
                "defined pe.machine",
                "not defined pe.machine",
                "for any s in pe.sections : (s.name == \".text\")",
                "for all s in pe.sections : (s.name == \".text\")",
                "pe.sections[0].name == \".text\"",
                "pe.imports(\"kernel32.dll\")",
                "pe.version_info[\"CompanyName\"] contains \"M\"",
                "pe.rich_signature.toolid(1) >= 0",
                "pe.overlay.size == 0",
                "pe.number_of_signatures == 0",
                "pe.DLL > 0",
                "dotnet.number_of_streams == 0",
                "dotnet.is_dotnet",
            ])
            .to_owned(),
        36 => dice
            .pick(&[
                "elf.type == elf.ET_EXEC",
                "elf.number_of_sections >= 0",
                "elf.machine != 1",
                "elf.telfhash() != \"\"",
                "not elf.import_md5() == \"x\"",
                "lnk.is_lnk",
                "lnk.creation_time >= 0",
                "lnk.name != \"x\"",
                "macho.ncmds >= 0",
            ])
            .to_owned(),
        37 => format!("math.entropy(0, filesize) {order} {n}.5"),
        38 => "hash.md5(0, filesize) != \"0\"".to_owned(),
        39 => format!("with x = #_s{s} : (x {order} {n} and $_s{t})"),
        40 => dice.pick(&["true", "false"]).to_owned(),
        _ => format!("uint8(0) + {n} {order} filesize - 100"),
    }
}

/// Returns a content made of such words and of others.
pub fn content(dice: &mut Dice) -> Vec<u8> {
    let mut content = match dice.roll(8) {
        0 => b"MZ\x90\0".to_vec(),
        1 => b"\x7fELF\x02\x01\x01\0".to_vec(),
        2 => b"MZ".to_vec(),
        3 => b"L\0\0\0\x01\x14\x02\0".to_vec(),
        _ => Vec::new(),
    };
    for _ in 0..dice.roll(12) {
        let word = dice.pick(&WORDS).as_bytes();
        match dice.roll(10) {
            0..=2 => content.extend(word),
            3 => content.extend(word.iter().flat_map(|byte| [*byte, 0])),
            4 => content.extend(word.to_ascii_uppercase()),
            5 => content.extend(word.iter().map(|byte| byte ^ 2)),
            6 => content.extend(&word[..word.len() / 2]),
            7 => content.extend(base64(word, dice.roll(3)).as_bytes()),
            8 => {
                let digits = base64(word, dice.roll(3));
                content.extend(digits.bytes().flat_map(|byte| [byte, 0]));
            }
            _ => content.extend(word.to_ascii_lowercase().iter().flat_map(|byte| [*byte, 0])),
        }
        match dice.roll(6) {
            0 => content.push(b' '),
            1 => content.resize(content.len() + dice.roll(40), 0),
            2 => content.resize(content.len() + dice.roll(9), b'x'),
            3 if dice.one_in(10) => content.resize(content.len() + dice.roll(20_000), b'.'),
            _ => {}
        }
    }
    content
}

/// Returns the word in base64 after so many other bytes.
fn base64(word: &[u8], before: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = b"#?"[..before.min(2)].to_vec();
    bytes.extend(word);
    let mut digits = String::new();
    for three in bytes.chunks(3) {
        let value = three
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0_usize, |value, byte| value << 8 | usize::from(*byte));
        for shift in [18, 12, 6, 0].iter().take(three.len() + 1) {
            digits.push(char::from(DIGITS[value >> shift & 63]));
        }
    }
    digits
}
