//! Tables: one line of headings, then one row for each value (`kind`, `value`) or for each file (`path`, `md5`, …).

use domain::{Algorithm, Confidence, Role};

use crate::input::{LINE_CHARS_MAX, VALUES_MAX};
use crate::material::{At, Entry, Flaw, Found, Kind, Material, Place};
use crate::problem::ProblemCode;
use crate::text::{Line, plain};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Confidence,
    Id,
    /// A path or a name.
    File,
    /// Running numbers and remarks.
    Ignored,
    Kind,
    Label,
    Of(Kind),
    Role,
    Value,
}

/// Headings in plain letters, with spaces for hyphens and underscores.
const HEADINGS: &[(&[&str], Column)] = &[
    (
        &["kind", "type", "loai", "kieu", "loai dau hieu"],
        Column::Kind,
    ),
    (
        &["value", "indicator", "ioc", "gia tri", "dau hieu"],
        Column::Value,
    ),
    (&["role", "vai tro"], Column::Role),
    (
        &["confidence", "do tin cay", "muc do tin cay"],
        Column::Confidence,
    ),
    (&["label", "nhan", "ten goi"], Column::Label),
    (&["id", "ma"], Column::Id),
    (
        &["size", "file size", "dung luong", "kich thuoc", "kich co"],
        Column::Of(Kind::Size),
    ),
    (
        &[
            "name",
            "file",
            "file name",
            "filename",
            "ten",
            "ten tep",
            "ten file",
            "ten tap tin",
            "tep",
            "path",
            "file path",
            "duong dan",
            "vi tri",
            "duong dan tep",
        ],
        Column::File,
    ),
    (
        &["md5", "ma md5", "ma bam md5"],
        Column::Of(Kind::Digest(Algorithm::Md5)),
    ),
    (
        &["sha1", "sha 1", "ma sha1", "ma bam sha1", "ma bam sha 1"],
        Column::Of(Kind::Digest(Algorithm::Sha1)),
    ),
    (
        &[
            "sha256",
            "sha 256",
            "ma sha256",
            "ma bam sha256",
            "ma bam sha 256",
        ],
        Column::Of(Kind::Digest(Algorithm::Sha256)),
    ),
    (
        &["domain", "ten mien", "host", "hostname"],
        Column::Of(Kind::Domain),
    ),
    (&["ip", "ip address", "dia chi ip"], Column::Of(Kind::Ip)),
    (&["url", "lien ket"], Column::Of(Kind::Url)),
    (&["registry key"], Column::Of(Kind::RegistryKey)),
    (&["registry value"], Column::Of(Kind::RegistryValue)),
    (&["mutex"], Column::Of(Kind::Mutex)),
    (&["named pipe"], Column::Of(Kind::NamedPipe)),
    (&["service", "dich vu"], Column::Of(Kind::Service)),
    (
        &["scheduled task", "tac vu"],
        Column::Of(Kind::ScheduledTask),
    ),
    (
        &[
            "no",
            "#",
            "stt",
            "tt",
            "note",
            "notes",
            "comment",
            "description",
            "ghi chu",
            "mo ta",
        ],
        Column::Ignored,
    ),
];

/// Tells whether a line looks like the headings of a table.
pub(crate) fn is_heading(line: &str) -> bool {
    let (_, columns) = headings(line);
    let known: Vec<Column> = columns.iter().flatten().copied().collect();
    let holds_values = known
        .iter()
        .any(|column| matches!(column, Column::Value | Column::File | Column::Of(_)));
    known.len() >= 2 && known.len() * 2 > columns.len() && holds_values
}

/// Returns the separator with which most headings are known, and what each means.
fn headings(line: &str) -> (char, Vec<Option<Column>>) {
    let by = |separator: char| {
        let columns: Vec<Option<Column>> = split_plainly(line, separator).map(column).collect();
        (columns.iter().flatten().count(), separator, columns)
    };
    let [first, rest @ ..] = [',', ';', '\t', '|'].map(by);
    let (_, separator, columns) =
        rest.into_iter().fold(
            first,
            |best, next| if next.0 > best.0 { next } else { best },
        );
    (separator, columns)
}

fn split_plainly(line: &str, separator: char) -> impl Iterator<Item = &str> {
    line.split(separator).take(256)
}

fn column(heading: &str) -> Option<Column> {
    let words = plain(heading).replace(['-', '_'], " ");
    let words = words.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\u{feff}');
    HEADINGS
        .iter()
        .find(|(names, _)| names.contains(&words))
        .map(|(_, column)| *column)
}

/// Reads a role in plain letters, English or Vietnamese.
pub(crate) fn role(text: &str) -> Option<Role> {
    match text
        .trim()
        .trim_end_matches('.')
        .replace(['-', '_'], " ")
        .as_str()
    {
        "payload" | "malware" | "ma doc" | "doc hai" | "tep doc hai" => Some(Role::Payload),
        "abused legitimate"
        | "hop le bi loi dung"
        | "hop phap bi loi dung"
        | "bi loi dung"
        | "chuong trinh hop le bi loi dung"
        | "tep hop le bi loi dung" => Some(Role::AbusedLegitimate),
        "context" | "tham khao" | "boi canh" => Some(Role::Context),
        _ => None,
    }
}

fn confidence(text: &str) -> Option<Confidence> {
    match text {
        "low" | "thap" => Some(Confidence::Low),
        "medium" | "trung binh" => Some(Confidence::Medium),
        "high" | "cao" => Some(Confidence::High),
        _ => None,
    }
}

/// Reads a table.
pub(crate) fn read(file: usize, source: &str) -> Material {
    let mut table = Table {
        file,
        material: Material::default(),
        columns: Vec::new(),
        group: None,
        taken: 0,
    };
    let mut rows = source.lines().enumerate();
    let (skipped, heading) = loop {
        match rows.next() {
            None => return table.material,
            Some((index, line))
                if line.starts_with('#')
                    && column(line) != Some(Column::Ignored)
                    && !is_heading(line) =>
            {
                table.remark(index + 1, line);
            }
            Some((_, line)) if line.trim().is_empty() => {}
            Some((index, line)) => break (index, line),
        }
    };
    let (separator, columns) = headings(heading);
    if !table.headings(skipped + 1, heading, separator, columns) {
        return table.material;
    }
    for (index, line) in rows {
        if line.trim().is_empty() {
            table.group = None;
            continue;
        }
        if !table.row(index + 1, line, separator) {
            break;
        }
    }
    table.material
}

struct Table {
    file: usize,
    material: Material,
    columns: Vec<Column>,
    /// The label or id that rows of one file share, with its entry.
    group: Option<(String, usize)>,
    taken: usize,
}

/// What a row says its value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StatedKind {
    Known(Kind),
    /// The table has no such column: its headings say what the values are.
    NoColumn,
    Unknown,
}

/// One field, unquoted, with the column in which its content begins.
struct Field {
    column: usize,
    text: String,
}

impl Table {
    fn headings(
        &mut self,
        number: usize,
        line: &str,
        separator: char,
        columns: Vec<Option<Column>>,
    ) -> bool {
        let place = |column: usize| Place {
            file: self.file,
            line: number,
            column,
        };
        if columns.iter().flatten().count() == 0 || line.chars().nth(LINE_CHARS_MAX).is_some() {
            let shown: String = line.chars().take(80).collect();
            self.material.report(
                Some(place(1)),
                shown,
                Flaw::refused(ProblemCode::CsvNoHeading),
            );
            return false;
        }
        let mut begin = 1;
        for (heading, column) in split_plainly(line, separator).zip(columns) {
            let named = heading.trim().trim_matches('"');
            match column {
                None if named.is_empty() => self.columns.push(Column::Ignored),
                None => {
                    let place = place(begin);
                    self.material.report(
                        Some(place),
                        named,
                        Flaw::refused(ProblemCode::CsvUnknownColumn),
                    );
                    self.columns.push(Column::Ignored);
                }
                Some(column) => {
                    let repeats = self.columns.contains(&column)
                        && !matches!(column, Column::Ignored | Column::File);
                    if repeats {
                        let place = place(begin);
                        self.material.report(
                            Some(place),
                            named,
                            Flaw::refused(ProblemCode::CsvDuplicateColumn),
                        );
                    }
                    self.columns.push(column);
                }
            }
            begin += heading.chars().count() + 1;
        }
        true
    }

    /// Reads what a line before the headings says about the alert: `# number: 238/VNCERT-ĐPƯC`.
    fn remark(&mut self, number: usize, line: &str) {
        let Some((key, value)) = line.trim_start_matches('#').split_once(':') else {
            return;
        };
        let column = line.chars().count() - value.trim_start().chars().count() + 1;
        let place = Place {
            file: self.file,
            line: number,
            column,
        };
        let value = value.trim();
        let head = &mut self.material.head;
        match plain(key).trim() {
            "number" | "so" => {
                head.number = Some(At {
                    place,
                    value: value.to_owned(),
                });
            }
            "title" | "tieu de" | "trich yeu" => {
                head.title = Some(At {
                    place,
                    value: value.to_owned(),
                });
                head.language = Some(crate::text::language(value));
            }
            "deadline" | "han" | "han bao cao" => match value.parse() {
                Ok(value) => head.deadline_at = Some(At { place, value }),
                Err(_) => self.material.report(
                    Some(place),
                    value,
                    Flaw::refused(ProblemCode::InstantMalformed),
                ),
            },
            _ => {}
        }
    }

    /// Reads a row. Returns false when no more can be read.
    fn row(&mut self, number: usize, line: &str, separator: char) -> bool {
        let place = Place {
            file: self.file,
            line: number,
            column: 1,
        };
        let shown: String = line.chars().take(80).collect();
        if line.chars().nth(LINE_CHARS_MAX).is_some() {
            let flaw = Flaw::refused(ProblemCode::LineTooLong).with("most", LINE_CHARS_MAX);
            self.material.report(Some(place), shown, flaw);
            return true;
        }
        let fields = match fields(line, separator) {
            Some(fields) if fields.len() == self.columns.len() => fields,
            fields => {
                let flaw = Flaw::refused(ProblemCode::CsvRow)
                    .with("expected", self.columns.len())
                    .with("found", fields.map_or(0, |fields| fields.len()));
                self.material.report(Some(place), shown, flaw);
                return true;
            }
        };
        let mut entry = Entry {
            place,
            ..Entry::default()
        };
        let stated_kind = self.stated_kind(&fields, place);
        let columns = self.columns.clone();
        for (field, column) in fields.iter().zip(columns) {
            if !field.text.trim().is_empty() {
                self.field(field, column, stated_kind, place, &mut entry);
            }
        }
        if entry.found.is_empty() {
            if stated_kind != StatedKind::Unknown {
                self.material
                    .report(Some(place), shown, Flaw::refused(ProblemCode::CsvEmptyRow));
            }
            return true;
        }
        self.taken += entry.found.len();
        if self.taken > VALUES_MAX {
            let flaw = Flaw::refused(ProblemCode::TooManyValues).with("most", VALUES_MAX);
            self.material.report(Some(place), shown, flaw);
            return false;
        }
        self.add(entry);
        true
    }

    /// Returns the kind that the row states. One that is not known is reported.
    fn stated_kind(&mut self, fields: &[Field], place: Place) -> StatedKind {
        let index = self
            .columns
            .iter()
            .position(|column| *column == Column::Kind);
        let Some(field) = index.and_then(|index| fields.get(index)) else {
            return StatedKind::NoColumn;
        };
        let line = Line::read(field.text.trim());
        let words = plain(&line.text());
        let kind = Kind::parse(&words).or_else(|| match column(&words) {
            Some(Column::Of(kind)) => Some(kind),
            Some(Column::File) => Some(if words.contains("path") || words.contains("duong dan") {
                Kind::Path
            } else {
                Kind::FileName
            }),
            _ => None,
        });
        if let Some(kind) = kind {
            return StatedKind::Known(kind);
        }
        let place = Place {
            column: field.column,
            ..place
        };
        let flaw = Flaw::refused(ProblemCode::NotAChoice).with(
                "choices",
                "md5, sha1, sha256, file-name, path, domain, ip, url, registry-key, registry-value, mutex, named-pipe, \
                 service, scheduled-task, size",
            );
        self.material.report(Some(place), field.text.trim(), flaw);
        StatedKind::Unknown
    }

    fn field(
        &mut self,
        field: &Field,
        column: Column,
        stated: StatedKind,
        place: Place,
        entry: &mut Entry,
    ) {
        let lead = field.text.chars().take_while(|c| c.is_whitespace()).count();
        let place = Place {
            column: field.column + lead,
            ..place
        };
        let written = field.text.trim();
        let line = Line::read(written);
        let value = line.text().trim().to_owned();
        let unknown =
            |choices: &str| Flaw::refused(ProblemCode::NotAChoice).with("choices", choices);
        let kind = match column {
            Column::Ignored | Column::Kind => return,
            Column::Confidence => {
                entry.confidence = confidence(&plain(&value));
                if entry.confidence.is_none() {
                    self.material
                        .report(Some(place), written, unknown("low, medium, high"));
                }
                return;
            }
            Column::Role => {
                entry.role = role(&plain(&value));
                if entry.role.is_none() {
                    self.material.report(
                        Some(place),
                        written,
                        unknown("payload, abused-legitimate, context"),
                    );
                }
                return;
            }
            Column::Id => {
                entry.id = Some(value);
                return;
            }
            Column::Label => {
                entry.label = Some(value);
                return;
            }
            Column::File
                if value.contains(['\\', '/']) || value.as_bytes().get(1) == Some(&b':') =>
            {
                Kind::Path
            }
            Column::File => Kind::FileName,
            Column::Of(kind) => kind,
            Column::Value => match stated {
                StatedKind::Known(kind) => kind,
                StatedKind::NoColumn | StatedKind::Unknown => return,
            },
        };
        let kind = match kind {
            Kind::Path if value.ends_with(['\\', '/']) => Kind::Folder,
            other => other,
        };
        entry.found.push(Found {
            place,
            kind,
            written: written.to_owned(),
            value,
            flaw: None,
        });
    }

    /// Adds a row: to the entry of the rows before, where they share a label or an id and describe a file.
    fn add(&mut self, entry: Entry) {
        let describes_a_file = entry
            .found
            .iter()
            .all(|found| found.kind.describes_a_file());
        if !describes_a_file {
            // What describes no file stands for itself, also beside a file.
            let (of_file, others): (Vec<Found>, Vec<Found>) = entry
                .found
                .iter()
                .cloned()
                .partition(|found| found.kind.describes_a_file());
            let is_alone = others.len() == 1 && of_file.is_empty();
            for found in others {
                self.material.entries.push(Entry {
                    id: entry.id.clone().filter(|_| is_alone),
                    label: entry.label.clone().filter(|_| is_alone),
                    found: vec![found],
                    ..entry.clone()
                });
            }
            if !of_file.is_empty() {
                self.material.entries.push(Entry {
                    found: of_file,
                    ..entry
                });
            }
            return;
        }
        let key = entry.id.clone().or(entry.label.clone());
        let group = self.group.take();
        if let (Some(key), Some((before, index))) = (&key, &group)
            && key == before
            && self.columns.contains(&Column::Value)
        {
            let known = &mut self.material.entries[*index];
            known.role = known.role.or(entry.role);
            known.confidence = known.confidence.or(entry.confidence);
            known.found.extend(entry.found);
            self.group = group;
            return;
        }
        self.material.entries.push(entry);
        self.group = key.map(|key| (key, self.material.entries.len() - 1));
    }
}

/// Splits a row (RFC 4180). Nothing where a quotation mark is not closed on the line, or stands inside a field.
fn fields(line: &str, separator: char) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    let mut chars = line.chars().enumerate().peekable();
    loop {
        let begin = chars
            .peek()
            .map_or(line.chars().count(), |(index, _)| *index);
        let mut text = String::new();
        if chars.next_if(|(_, c)| *c == '"').is_some() {
            loop {
                match chars.next()?.1 {
                    '"' if chars.next_if(|(_, c)| *c == '"').is_some() => text.push('"'),
                    '"' => break,
                    c => text.push(c),
                }
            }
            fields.push(Field {
                column: begin + 2,
                text,
            });
            while chars.next_if(|(_, c)| *c == ' ').is_some() {}
        } else {
            while let Some((_, c)) = chars.next_if(|(_, c)| *c != separator) {
                text.push(c);
            }
            fields.push(Field {
                column: begin + 1,
                text,
            });
        }
        match chars.next() {
            None => return Some(fields),
            Some((_, c)) if c == separator => {}
            Some(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_rows_with_quotes() {
        let texts = |line: &str| {
            fields(line, ',').map(|fields| {
                fields
                    .into_iter()
                    .map(|field| (field.column, field.text))
                    .collect::<Vec<_>>()
            })
        };
        let field = |column: usize, text: &str| (column, text.to_owned());
        assert_eq!(
            texts(r#"a,"b,""c""",,d"#),
            Some(vec![
                field(1, "a"),
                field(4, "b,\"c\""),
                field(13, ""),
                field(14, "d")
            ])
        );
        assert_eq!(texts(r#"a,"b"#), None);
        assert_eq!(texts(r#""a"b,c"#), None);
    }

    #[test]
    fn knows_headings_in_both_languages_and_with_any_separator() {
        for line in [
            "kind,value",
            "Loại;Giá trị;Vai trò",
            "path\tsize\tMD5\tSHA-1",
            "Đường dẫn,Dung lượng,MD5",
            "\u{feff}name,md5",
        ] {
            assert!(is_heading(line), "{line}");
        }
        for line in ["", "Kính gửi: các đơn vị, các ngành", "name", "a,b,c"] {
            assert!(!is_heading(line), "{line}");
        }
    }
}
