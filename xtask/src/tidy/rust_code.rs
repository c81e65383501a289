//! Rust source with its comments and the insides of its literals blanked, so that a word found in it is code.

/// Returns the source with comments and literals replaced by spaces; lines stay where they are.
pub fn without_comments_and_literals(source: &str) -> String {
    let mut scanner = Scanner {
        chars: source.chars().collect(),
        at: 0,
        out: String::with_capacity(source.len()),
    };
    while scanner.at < scanner.chars.len() {
        scanner.step();
    }
    scanner.out
}

struct Scanner {
    chars: Vec<char>,
    at: usize,
    out: String,
}

impl Scanner {
    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (Some('/'), Some('/')) => self.blank_while(|c| c != '\n'),
            (Some('/'), Some('*')) => self.block_comment(),
            (Some('"'), _) => self.string(),
            (Some('\''), _) => self.character_or_lifetime(),
            (Some('r'), Some('"' | '#')) if !self.is_inside_name() => self.raw_string(),
            (Some('b' | 'c'), Some('r')) if !self.is_inside_name() => {
                self.keep();
                self.raw_string();
            }
            _ => self.keep(),
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.blank(2);
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.blank(2);
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.blank(1),
            }
        }
    }

    fn string(&mut self) {
        self.keep();
        while let Some(c) = self.peek(0) {
            match c {
                '\\' => self.blank(2),
                '"' => return self.keep(),
                _ => self.blank(1),
            }
        }
    }

    /// At an `r`: a raw string, or a name such as `r#type` or `return`.
    fn raw_string(&mut self) {
        let mut hashes = 0;
        while self.peek(1 + hashes) == Some('#') {
            hashes += 1;
        }
        if self.peek(1 + hashes) != Some('"') {
            return self.keep();
        }
        for _ in 0..hashes + 2 {
            self.keep();
        }
        while let Some(c) = self.peek(0) {
            if c == '"' && (1..=hashes).all(|n| self.peek(n) == Some('#')) {
                for _ in 0..=hashes {
                    self.keep();
                }
                return;
            }
            self.blank(1);
        }
    }

    fn character_or_lifetime(&mut self) {
        self.keep();
        if self.peek(0) == Some('\\') {
            self.blank(2);
            self.blank_while(|c| c != '\'' && c != '\n');
            self.keep();
        } else if self.peek(1) == Some('\'') {
            self.blank(1);
            self.keep();
        }
    }

    fn is_inside_name(&self) -> bool {
        self.out
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || c == '_')
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn keep(&mut self) {
        if let Some(c) = self.peek(0) {
            self.out.push(c);
            self.at += 1;
        }
    }

    fn blank(&mut self, count: usize) {
        for _ in 0..count {
            if let Some(c) = self.peek(0) {
                self.out.push(if c == '\n' { '\n' } else { ' ' });
                self.at += 1;
            }
        }
    }

    fn blank_while(&mut self, goes_on: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&goes_on) {
            self.blank(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_comments_and_literals_and_keeps_code() {
        for (source, expected) in [
            ("a // hidden\nb", "a          \nb"),
            ("a /* x /* y */ z */ b", "a                   b"),
            (r#"f("hidden \" x") + 1"#, r#"f("           ") + 1"#),
            ("r#\"a\"b\"# c", "r#\"   \"# c"),
            (r#"br"hidden" x"#, r#"br"      " x"#),
            ("'\"' unsafe", "' ' unsafe"),
            (r"'\'' x '\u{41}'", r"'  ' x '      '"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("let r#type = for_r(\"x\");", "let r#type = for_r(\" \");"),
            ("\"a\nb\" c", "\" \n \" c"),
            ("\"never closed", "\"            "),
        ] {
            assert_eq!(without_comments_and_literals(source), expected);
        }
    }
}
