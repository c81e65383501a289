//! Words, texts, numbers and signs of JavaScript (ECMA-262, "ECMAScript Language: Lexical Grammar"), as far as constants need it.

/// Tokens of one script that are read.
const TOKENS_MAX: usize = 300_000;

/// A piece of code.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A number that can be a character.
    Number(u32),
    /// A regular expression, without its slashes.
    Pattern(String),
    /// A sign: one character.
    Sign(char),
    /// What stands in quotes, escapes resolved.
    Text(String),
    /// A name or a word of the language.
    Word(String),
}

impl Token {
    /// Tells whether it is this sign.
    pub(super) fn is(&self, sign: char) -> bool {
        *self == Self::Sign(sign)
    }

    /// Tells whether it is this word.
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(one) if one == word)
    }
}

/// Reads a script. Comments and spaces are left out.
pub(super) fn tokens_of(text: &str) -> Vec<Token> {
    let mut letters = Letters { rest: text };
    let mut tokens = Vec::new();
    while tokens.len() < TOKENS_MAX {
        let Some(letter) = letters.next() else {
            break;
        };
        match letter {
            letter if letter.is_whitespace() => {}
            '/' if letters.skip("/") => letters.skip_line(),
            '/' if letters.skip("*") => letters.skip_comment(),
            '/' if begins_pattern(tokens.last()) => tokens.push(letters.pattern()),
            '"' | '\'' | '`' => tokens.push(Token::Text(letters.quoted(letter))),
            '0'..='9' => tokens.push(letters.number(letter)),
            letter if letter.is_alphabetic() || matches!(letter, '_' | '$' | '\\') => {
                tokens.push(Token::Word(letters.word(letter)));
            }
            sign => tokens.push(Token::Sign(sign)),
        }
    }
    tokens
}

/// A slash after a value divides; after anything else it begins a regular expression.
fn begins_pattern(before: Option<&Token>) -> bool {
    match before {
        None => true,
        Some(Token::Sign(sign)) => "(,=:[!&|?{};+-".contains(*sign),
        Some(Token::Word(word)) => matches!(word.as_str(), "return" | "typeof" | "case"),
        Some(_) => false,
    }
}

struct Letters<'t> {
    rest: &'t str,
}

impl Letters<'_> {
    fn next(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = &self.rest[letter.len_utf8()..];
        Some(letter)
    }

    fn skip(&mut self, what: &str) -> bool {
        let rest = self.rest.strip_prefix(what);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip_line(&mut self) {
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        self.rest = &self.rest[end..];
    }

    fn skip_comment(&mut self) {
        let end = self.rest.find("*/").map_or(self.rest.len(), |at| at + 2);
        self.rest = &self.rest[end..];
    }

    fn pattern(&mut self) -> Token {
        let mut pattern = String::new();
        let mut is_in_class = false;
        while let Some(letter) = self.next() {
            match letter {
                '/' if !is_in_class => break,
                '\n' => break,
                '[' => is_in_class = true,
                ']' => is_in_class = false,
                '\\' => {
                    pattern.push(letter);
                    pattern.extend(self.next());
                    continue;
                }
                _ => {}
            }
            pattern.push(letter);
        }
        let flags = self.rest.find(|letter: char| !letter.is_ascii_alphabetic());
        self.rest = &self.rest[flags.unwrap_or(self.rest.len())..];
        Token::Pattern(pattern)
    }

    fn quoted(&mut self, quote: char) -> String {
        let mut text = String::new();
        while let Some(letter) = self.next() {
            match letter {
                letter if letter == quote => break,
                // A line ends what nobody closed.
                '\n' if quote != '`' => break,
                '\\' => text.extend(self.escaped()),
                letter => text.push(letter),
            }
        }
        text
    }

    fn escaped(&mut self) -> Option<char> {
        let letter = self.next()?;
        match letter {
            'x' => self.of_digits(2),
            'u' if self.rest.starts_with('{') => {
                // A brace that nobody closes is not sought to the end of the script, once for each of them.
                let end = self.rest.bytes().take(9).position(|byte| byte == b'}')?;
                let code = u32::from_str_radix(&self.rest[1..end], 16).ok()?;
                self.rest = &self.rest[end + 1..];
                char::from_u32(code)
            }
            'u' => self.of_digits(4),
            '0'..='7' => {
                let more = self.rest.bytes().take(2);
                let more = more.take_while(|byte| (b'0'..=b'7').contains(byte)).count();
                let digits = format!("{letter}{}", &self.rest[..more]);
                self.rest = &self.rest[more..];
                u32::from_str_radix(&digits, 8)
                    .ok()
                    .and_then(char::from_u32)
            }
            'n' => Some('\n'),
            'r' | 't' | 'b' | 'f' | 'v' => Some(' '),
            '\n' => None,
            letter => Some(letter),
        }
    }

    fn of_digits(&mut self, count: usize) -> Option<char> {
        let digits = self.rest.get(..count)?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        self.rest = &self.rest[count..];
        char::from_u32(code)
    }

    fn number(&mut self, first: char) -> Token {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '.';
        let end = self.rest.find(|letter| !is_part(letter));
        let rest = &self.rest[..end.unwrap_or(self.rest.len())];
        self.rest = &self.rest[rest.len()..];
        let number = format!("{first}{}", &rest[..rest.len().min(12)]);
        let value = match number.strip_prefix("0x").or(number.strip_prefix("0X")) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => number
                .split('.')
                .next()
                .and_then(|whole| whole.parse().ok()),
        };
        Token::Number(value.unwrap_or(u32::MAX))
    }

    fn word(&mut self, first: char) -> String {
        let mut word = String::new();
        let mut next = Some(first);
        while let Some(letter) = next {
            word.extend(if letter == '\\' {
                self.escaped()
            } else {
                Some(letter)
            });
            let goes_on =
                |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$' | '\\');
            next = self.rest.chars().next().filter(|one| goes_on(*one));
            if next.is_some() {
                self.next();
            }
        }
        word
    }
}
