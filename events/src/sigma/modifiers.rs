//! Values and their modifiers, as `Field|modifier|modifier: value`, made into tests. Whatever is not understood is an error.

use regex::RegexBuilder;

use super::matching::{Comparison, FieldReference, Matcher, Network, Node, Number, Test, TimePart};
use super::pattern::{Anchor, Case, Dashes, TextPattern, Token, plain_text, tokens};
use super::yaml::Scalar;
use crate::fields::{FieldId, FieldNames};

/// Bytes that a compiled regular expression may take: most are far below the first, few public ones above the second.
const REGEX_BYTES: [usize; 3] = [32 * 1024, 512 * 1024, 10 * 1024 * 1024];
/// Bytes that all regular expressions compiled together may take.
const ALL_REGEX_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes that matching one may remember.
const REGEX_CACHE_BYTES_MAX: usize = 512 * 1024;
/// Groups inside each other in a regular expression.
const REGEX_DEPTH_MAX: u32 = 64;

/// What all rules that are compiled together share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) names: FieldNames,
    regex_bytes_left: usize,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            names: FieldNames::new(),
            regex_bytes_left: ALL_REGEX_BYTES_MAX,
        }
    }
}

/// A key of a selection, taken apart.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    /// None for keywords, which are looked for in every field.
    field: Option<FieldId>,
    modifiers: Vec<Modifier<'a>>,
    all: bool,
    negated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Modifier<'a> {
    Base64,
    Base64Offset,
    Cased,
    Cidr,
    Compare(Comparison),
    Dashes,
    Exists,
    FieldReference,
    Regex,
    RegexFlag(RegexFlag),
    Surround(Anchor),
    Time(TimePart),
    /// With the name that the rule uses.
    Wide(Encoding, &'a str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RegexFlag {
    DotAll,
    IgnoreCase,
    MultiLine,
}

/// The orders of bytes in which UTF-16 is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Big,
    Little,
    LittleWithMark,
}

impl<'a> Subject<'a> {
    /// The subject of keywords without a key.
    pub(super) fn keywords() -> Self {
        Self {
            field: None,
            modifiers: Vec::new(),
            all: false,
            negated: false,
        }
    }

    /// Takes a key apart.
    pub(super) fn parse(key: &'a str, shared: &mut Shared) -> Result<Self, String> {
        let mut parts = key.split('|');
        let field = parts.next().map(str::trim).unwrap_or_default();
        let mut subject = Self::keywords();
        for part in parts {
            match part.trim() {
                "all" => subject.all = true,
                "neq" => subject.negated = true,
                name => subject.modifiers.push(modifier(name)?),
            }
        }
        if !field.is_empty() {
            subject.field = Some(shared.names.add(field));
        }
        Ok(subject)
    }

    /// Returns what the values ask together.
    pub(super) fn node(&self, values: &[&Scalar], shared: &mut Shared) -> Result<Node, String> {
        if values.is_empty() {
            return Err("a list of values is empty".to_owned());
        }
        let mut nodes = Vec::with_capacity(values.len());
        for value in values {
            nodes.push(self.value_node(value, shared)?);
        }
        let joined = match nodes.pop() {
            Some(single) if nodes.is_empty() => single,
            last => {
                nodes.extend(last);
                if self.all {
                    Node::All(nodes)
                } else {
                    Node::Any(nodes)
                }
            }
        };
        Ok(if self.negated {
            Node::Not(Box::new(joined))
        } else {
            joined
        })
    }

    fn value_node(&self, value: &Scalar, shared: &mut Shared) -> Result<Node, String> {
        if value.is_null() {
            return match self.field {
                Some(field) if self.modifiers.is_empty() => Ok(Node::Test(Test::IsNull(field))),
                Some(_) => Err("null can have no modifier".to_owned()),
                None => Err("a keyword is null".to_owned()),
            };
        }
        let mut draft = Draft::Text(tokens(&value.text));
        let mut options = Options::default();
        for (index, modifier) in self.modifiers.iter().enumerate() {
            draft = draft.modify(*modifier, index == 0, value, &mut options)?;
        }
        match (self.field, draft) {
            (Some(field), Draft::Exists(exists)) => Ok(if exists {
                Node::Test(Test::IsPresent(field))
            } else {
                Node::Not(Box::new(Node::Test(Test::IsPresent(field))))
            }),
            (Some(field), Draft::Reference(other)) => {
                Ok(Node::Test(Test::Refers(FieldReference {
                    field,
                    other: shared.names.add(&other),
                    anchor: options.anchor,
                    case: options.case,
                })))
            }
            (None, Draft::Exists(_) | Draft::Reference(_)) => {
                Err("this modifier needs a field".to_owned())
            }
            (field, draft) => draft.matchers(field, &options, shared),
        }
    }
}

fn modifier(name: &str) -> Result<Modifier<'_>, String> {
    Ok(match name {
        "base64" => Modifier::Base64,
        "base64offset" => Modifier::Base64Offset,
        "cased" => Modifier::Cased,
        "cidr" => Modifier::Cidr,
        "contains" => Modifier::Surround(Anchor::Anywhere),
        "day" => Modifier::Time(TimePart::Day),
        "endswith" => Modifier::Surround(Anchor::End),
        "exists" => Modifier::Exists,
        "fieldref" => Modifier::FieldReference,
        "gt" => Modifier::Compare(Comparison::Greater),
        "gte" => Modifier::Compare(Comparison::GreaterOrEqual),
        "hour" => Modifier::Time(TimePart::Hour),
        "i" | "ignorecase" => Modifier::RegexFlag(RegexFlag::IgnoreCase),
        "lt" => Modifier::Compare(Comparison::Less),
        "lte" => Modifier::Compare(Comparison::LessOrEqual),
        "m" | "multiline" => Modifier::RegexFlag(RegexFlag::MultiLine),
        "minute" => Modifier::Time(TimePart::Minute),
        "month" => Modifier::Time(TimePart::Month),
        "re" => Modifier::Regex,
        "s" | "dotall" => Modifier::RegexFlag(RegexFlag::DotAll),
        "startswith" => Modifier::Surround(Anchor::Start),
        "utf16" => Modifier::Wide(Encoding::LittleWithMark, name),
        "utf16be" => Modifier::Wide(Encoding::Big, name),
        "utf16le" | "wide" => Modifier::Wide(Encoding::Little, name),
        "week" => Modifier::Time(TimePart::Week),
        "windash" => Modifier::Dashes,
        "year" => Modifier::Time(TimePart::Year),
        "expand" => {
            return Err(
                "the modifier 'expand' is not supported: there is nothing to fill placeholders with"
                    .to_owned(),
            );
        }
        unknown => return Err(format!("the modifier '{unknown}' is not supported")),
    })
}

/// What applies to a value whatever it becomes.
#[derive(Debug)]
struct Options {
    case: Case,
    dashes: Dashes,
    anchor: Anchor,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            case: Case::Ignored,
            dashes: Dashes::Exact,
            anchor: Anchor::Whole,
        }
    }
}

/// A value on its way through the modifiers.
#[derive(Debug)]
enum Draft {
    /// Bytes to be written as Base64.
    Bytes(Vec<u8>, String),
    Compared(Comparison, Number),
    /// Any of several texts.
    Encoded(Vec<Vec<Token>>),
    Exists(bool),
    Network(Network),
    Reference(String),
    Regex(Regular),
    Text(Vec<Token>),
    Time(TimePart, i64),
}

#[derive(Debug, Default)]
struct Regular {
    pattern: String,
    flags: Vec<RegexFlag>,
}

impl Draft {
    fn modify(
        self,
        modifier: Modifier<'_>,
        is_first: bool,
        value: &Scalar,
        options: &mut Options,
    ) -> Result<Self, String> {
        match (modifier, self) {
            (Modifier::Surround(anchor), draft) => draft.surround(anchor, options),
            (Modifier::Dashes, Self::Text(text)) => {
                options.dashes = Dashes::Level;
                Ok(Self::Text(text))
            }
            (Modifier::Cased, draft @ (Self::Text(_) | Self::Encoded(_) | Self::Reference(_))) => {
                options.case = Case::Observed;
                Ok(draft)
            }
            (Modifier::Wide(encoding, name), Self::Text(text)) => {
                let bytes = encoding.encode(&without_wildcards(&text)?);
                Ok(Self::Bytes(bytes, name.to_owned()))
            }
            (Modifier::Base64, draft) => {
                let bytes = draft.bytes()?;
                Ok(Self::Encoded(vec![literal(&base64(&bytes))]))
            }
            (Modifier::Base64Offset, draft) => {
                let bytes = draft.bytes()?;
                Ok(Self::Encoded(base64_at_each_offset(&bytes)))
            }
            (Modifier::Regex, Self::Text(_)) if is_first => Ok(Self::Regex(Regular {
                pattern: value.text.clone(),
                flags: Vec::new(),
            })),
            (Modifier::RegexFlag(flag), Self::Regex(mut regular)) => {
                regular.flags.push(flag);
                Ok(Self::Regex(regular))
            }
            (Modifier::Cidr, Self::Text(_)) if is_first => Network::parse(&value.text)
                .map(Self::Network)
                .ok_or_else(|| format!("'{}' is not an address or a CIDR block", value.text)),
            (Modifier::Exists, Self::Text(_)) if is_first => value
                .truth()
                .map(Self::Exists)
                .ok_or_else(|| "'exists' needs true or false".to_owned()),
            (Modifier::Compare(comparison), Self::Text(_)) if is_first => {
                Number::parse(&value.text)
                    .map(|number| Self::Compared(comparison, number))
                    .ok_or_else(|| format!("'{}' is not a number", value.text))
            }
            (Modifier::FieldReference, Self::Text(text)) => {
                without_wildcards(&text).map(Self::Reference)
            }
            (Modifier::Time(part), Self::Text(_)) if is_first => value
                .text
                .parse()
                .map(|number| Self::Time(part, number))
                .map_err(|_| format!("'{}' is not a number", value.text)),
            (modifier, _) => Err(format!(
                "the modifier '{}' cannot follow the ones before it",
                modifier.name()
            )),
        }
    }

    fn surround(self, anchor: Anchor, options: &mut Options) -> Result<Self, String> {
        match self {
            Self::Text(text) => Ok(Self::Text(surrounded(text, anchor))),
            Self::Encoded(texts) => Ok(Self::Encoded(
                texts
                    .into_iter()
                    .map(|text| surrounded(text, anchor))
                    .collect(),
            )),
            Self::Reference(other) => {
                options.anchor = anchor;
                Ok(Self::Reference(other))
            }
            // A regular expression is looked for anywhere as it is.
            Self::Regex(regular) if anchor == Anchor::Anywhere => Ok(Self::Regex(regular)),
            _ => Err(format!(
                "the modifier '{}' cannot follow the ones before it",
                Modifier::Surround(anchor).name()
            )),
        }
    }

    fn bytes(self) -> Result<Vec<u8>, String> {
        match self {
            Self::Text(text) => without_wildcards(&text).map(String::into_bytes),
            Self::Bytes(bytes, _) => Ok(bytes),
            _ => Err("only a text can be written as Base64".to_owned()),
        }
    }

    fn matchers(
        self,
        field: Option<FieldId>,
        options: &Options,
        shared: &mut Shared,
    ) -> Result<Node, String> {
        let test = |matcher| Node::Test(Test::Matches(field, matcher));
        let like = |value: Vec<Token>| {
            // Keywords are looked for anywhere.
            let tokens = if field.is_none() {
                surrounded(value, Anchor::Anywhere)
            } else {
                value
            };
            test(Matcher::IsLike(TextPattern::new(
                &tokens,
                options.case,
                options.dashes,
            )))
        };
        match self {
            Self::Text(value) => Ok(like(value)),
            Self::Encoded(values) => Ok(Node::Any(values.into_iter().map(like).collect())),
            Self::Regex(regular) => regular.matcher(shared).map(test),
            Self::Bytes(_, name) => Err(format!(
                "the modifier '{name}' has to be followed by 'base64' or 'base64offset'"
            )),
            _ if field.is_none() => Err("this modifier needs a field".to_owned()),
            Self::Compared(comparison, number) => Ok(test(Matcher::Compares(comparison, number))),
            Self::Network(network) => Ok(test(Matcher::IsIn(network))),
            Self::Time(part, number) => Ok(test(Matcher::IsTimeOf(part, number))),
            Self::Exists(_) | Self::Reference(_) => Err("this modifier needs a field".to_owned()),
        }
    }
}

impl Regular {
    fn matcher(&self, shared: &mut Shared) -> Result<Matcher, String> {
        let mut tried = Err("all regular expressions together are too large".to_owned());
        for bytes in REGEX_BYTES {
            if bytes > shared.regex_bytes_left {
                break;
            }
            match self.builder().size_limit(bytes).build() {
                Ok(regex) => {
                    shared.regex_bytes_left -= bytes;
                    return Ok(Matcher::IsRegular(regex));
                }
                Err(error @ regex::Error::CompiledTooBig(_)) => tried = Err(unsupported(&error)),
                Err(error) => return Err(unsupported(&error)),
            }
        }
        tried
    }

    fn builder(&self) -> RegexBuilder {
        let mut builder = RegexBuilder::new(&self.pattern);
        builder
            .case_insensitive(self.flags.contains(&RegexFlag::IgnoreCase))
            .multi_line(self.flags.contains(&RegexFlag::MultiLine))
            .dot_matches_new_line(self.flags.contains(&RegexFlag::DotAll))
            .dfa_size_limit(REGEX_CACHE_BYTES_MAX)
            .nest_limit(REGEX_DEPTH_MAX);
        builder
    }
}

/// Says why a regular expression does not compile, without the lines that point into it.
fn unsupported(error: &regex::Error) -> String {
    let all = error.to_string();
    let last = all.lines().last().unwrap_or_default();
    let last = last.trim_start_matches("error: ").trim_end_matches('.');
    format!("the regular expression is not supported: {last}")
}

impl Encoding {
    fn encode(self, text: &str) -> Vec<u8> {
        let units = text.encode_utf16();
        match self {
            Self::Big => units.flat_map(u16::to_be_bytes).collect(),
            Self::Little => units.flat_map(u16::to_le_bytes).collect(),
            Self::LittleWithMark => [0xfeff]
                .into_iter()
                .chain(units)
                .flat_map(u16::to_le_bytes)
                .collect(),
        }
    }
}

impl Modifier<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Base64 => "base64",
            Self::Base64Offset => "base64offset",
            Self::Cased => "cased",
            Self::Cidr => "cidr",
            Self::Compare(Comparison::Greater) => "gt",
            Self::Compare(Comparison::GreaterOrEqual) => "gte",
            Self::Compare(Comparison::Less) => "lt",
            Self::Compare(Comparison::LessOrEqual) => "lte",
            Self::Dashes => "windash",
            Self::Exists => "exists",
            Self::FieldReference => "fieldref",
            Self::Regex => "re",
            Self::RegexFlag(RegexFlag::DotAll) => "s",
            Self::RegexFlag(RegexFlag::IgnoreCase) => "i",
            Self::RegexFlag(RegexFlag::MultiLine) => "m",
            Self::Surround(Anchor::Start) => "startswith",
            Self::Surround(Anchor::End) => "endswith",
            Self::Surround(_) => "contains",
            Self::Time(_) => "of a part of time",
            Self::Wide(_, name) => name,
        }
    }
}

fn surrounded(mut text: Vec<Token>, anchor: Anchor) -> Vec<Token> {
    if matches!(anchor, Anchor::Anywhere | Anchor::End) && text.first() != Some(&Token::AnyChars) {
        text.insert(0, Token::AnyChars);
    }
    if matches!(anchor, Anchor::Anywhere | Anchor::Start) && text.last() != Some(&Token::AnyChars) {
        text.push(Token::AnyChars);
    }
    text
}

fn without_wildcards(text: &[Token]) -> Result<String, String> {
    plain_text(text).ok_or_else(|| "wildcards have no meaning with this modifier".to_owned())
}

fn literal(text: &str) -> Vec<Token> {
    text.chars().map(Token::Char).collect()
}

/// Base64 of RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let number = (0..3).fold(0_u32, |number, index| {
            (number << 8) | u32::from(group.get(index).copied().unwrap_or(0))
        });
        for index in 0..4 {
            let six = (number >> (18 - 6 * index)) & 0x3f;
            let letter = usize::try_from(six).ok().and_then(|six| ALPHABET.get(six));
            out.push(match letter {
                Some(&letter) if index <= group.len() => char::from(letter),
                _ => '=',
            });
        }
    }
    out
}

/// What all Base64 texts that hold the bytes have in common, for each of the three places where the bytes can begin.
fn base64_at_each_offset(bytes: &[u8]) -> Vec<Vec<Token>> {
    (0..3)
        .map(|offset| {
            let mut padded = vec![b' '; offset];
            padded.extend(bytes);
            let encoded = base64(&padded);
            // Letters into which bits of the neighbours go.
            let first = [0, 2, 3].get(offset).copied().unwrap_or(0);
            let last = [0, 3, 2].get(padded.len() % 3).copied().unwrap_or(0);
            let end = encoded.len().saturating_sub(last);
            literal(encoded.get(first..end).unwrap_or_default())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (bytes, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), encoded);
        }
    }

    #[test]
    fn base64_at_an_offset_is_in_every_text_that_holds_the_bytes() {
        for needle in ["foo", "foob", "fooba", "/bin/sh -c"] {
            let variants: Vec<String> = base64_at_each_offset(needle.as_bytes())
                .iter()
                .map(|tokens| plain_text(tokens).unwrap())
                .collect();
            for before in ["", "x", "xy", "xyz", "wxyz"] {
                for after in ["", "a", "ab", "abc"] {
                    let encoded = base64(format!("{before}{needle}{after}").as_bytes());
                    let variant = &variants[before.len() % 3];
                    assert!(encoded.contains(variant.as_str()), "{encoded} {variant}");
                }
            }
        }
    }
}
