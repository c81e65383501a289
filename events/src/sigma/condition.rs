//! The condition of a rule: how its selections are joined.
//!
//! Precedence, from loose to tight: `or`, `and`, `not`, `1 of`. Reading recurses into parentheses and `not`, up to a limit.

/// Parentheses and negations inside each other.
const DEPTH_MAX: usize = 32;
/// Words and parentheses of a condition.
const TOKENS_MAX: usize = 2_000;

/// A condition, its selections still names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// Several selections by a pattern of their names, of which all have to match or one.
    Of(Quantity, NamePattern),
    Selection(String),
}

/// How many of several selections have to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    All,
    One,
}

/// Which selections are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NamePattern {
    /// Every one whose name does not begin with an underscore.
    Them,
    /// Those whose names match, `*` standing for any characters.
    Like(String),
}

impl NamePattern {
    /// Tells whether a selection of this name is meant.
    pub(super) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Them => !name.starts_with('_'),
            Self::Like(pattern) => matches_stars(pattern, name),
        }
    }
}

fn matches_stars(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = rest.get(at + piece.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Reads a condition.
pub(super) fn parse(text: &str) -> Result<Condition, String> {
    let tokens = tokens(text)?;
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        depth: 0,
    };
    let condition = reader.any()?;
    match reader.peek() {
        None => Ok(condition),
        Some(token) => Err(format!(
            "the condition goes on after its end with '{token}'"
        )),
    }
}

fn tokens(text: &str) -> Result<Vec<&str>, String> {
    let mut tokens = Vec::new();
    let mut word_at = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let in_word = c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '*');
        if in_word {
            word_at.get_or_insert(at);
            continue;
        }
        if let Some(start) = word_at.take() {
            tokens.push(text.get(start..at).unwrap_or_default());
        }
        match c {
            '(' | ')' => tokens.push(text.get(at..=at).unwrap_or_default()),
            '|' => {
                return Err(
                    "aggregations behind '|' are not supported; Sigma has correlations instead"
                        .to_owned(),
                );
            }
            c if c.is_whitespace() => {}
            c => return Err(format!("'{c}' has no meaning in a condition")),
        }
        if tokens.len() > TOKENS_MAX {
            return Err(format!("the condition has more than {TOKENS_MAX} words"));
        }
    }
    Ok(tokens)
}

struct Reader<'a> {
    tokens: &'a [&'a str],
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn any(&mut self) -> Result<Condition, String> {
        let mut alternatives = vec![self.all()?];
        while self.take("or") {
            alternatives.push(self.all()?);
        }
        Ok(single_or(alternatives, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut requirements = vec![self.negation()?];
        while self.take("and") {
            requirements.push(self.negation()?);
        }
        Ok(single_or(requirements, Condition::All))
    }

    fn negation(&mut self) -> Result<Condition, String> {
        if !self.take("not") {
            return self.operand();
        }
        self.deeper()?;
        let inner = self.negation()?;
        self.depth -= 1;
        Ok(Condition::Not(Box::new(inner)))
    }

    fn operand(&mut self) -> Result<Condition, String> {
        let Some(token) = self.next() else {
            return Err("the condition ends where a selection is expected".to_owned());
        };
        if token == "(" {
            self.deeper()?;
            let inner = self.any()?;
            self.depth -= 1;
            return if self.take(")") {
                Ok(inner)
            } else {
                Err("a parenthesis is not closed".to_owned())
            };
        }
        if self.peek().is_some_and(|next| is_word(next, "of")) {
            return self.several(token);
        }
        if token == ")"
            || ["and", "or", "not", "of", "them"]
                .iter()
                .any(|w| is_word(token, w))
        {
            return Err(format!("'{token}' stands where a selection is expected"));
        }
        if is_word(token, "near") || token.contains('*') {
            return Err(format!("'{token}' is not supported in a condition"));
        }
        Ok(Condition::Selection(token.to_owned()))
    }

    /// Reads what follows `1`, `any` or `all`.
    fn several(&mut self, quantity: &str) -> Result<Condition, String> {
        let quantity = if is_word(quantity, "all") {
            Quantity::All
        } else if quantity == "1" || is_word(quantity, "any") {
            Quantity::One
        } else {
            return Err(format!(
                "'{quantity} of' is not supported, only '1 of' and 'all of'"
            ));
        };
        self.at += 1;
        match self.next() {
            None | Some("(" | ")") => {
                Err("'of' is not followed by the name of a selection".to_owned())
            }
            Some(word) if is_word(word, "them") => Ok(Condition::Of(quantity, NamePattern::Them)),
            Some(word) => Ok(Condition::Of(quantity, NamePattern::Like(word.to_owned()))),
        }
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("the condition is deeper than {DEPTH_MAX}"));
        }
        Ok(())
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| is_word(token, word));
        self.at += usize::from(found);
        found
    }

    fn next(&mut self) -> Option<&'a str> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.at).copied()
    }
}

fn is_word(token: &str, word: &str) -> bool {
    token.eq_ignore_ascii_case(word)
}

fn single_or(mut conditions: Vec<Condition>, joined: fn(Vec<Condition>) -> Condition) -> Condition {
    match conditions.pop() {
        Some(single) if conditions.is_empty() => single,
        last => {
            conditions.extend(last);
            joined(conditions)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(condition: &Condition) -> String {
        let join = |conditions: &[Condition], word: &str| {
            let shown: Vec<String> = conditions.iter().map(shown).collect();
            format!("({})", shown.join(word))
        };
        match condition {
            Condition::All(inner) => join(inner, " & "),
            Condition::Any(inner) => join(inner, " | "),
            Condition::Not(inner) => format!("!{}", shown(inner)),
            Condition::Of(quantity, pattern) => format!("{quantity:?} {pattern:?}"),
            Condition::Selection(name) => name.clone(),
        }
    }

    #[test]
    fn binds_as_the_specification_says() {
        for (text, expected) in [
            ("a", "a"),
            ("a or b and not c", "(a | (b & !c))"),
            ("(a or b) and not (c or d)", "((a | b) & !(c | d))"),
            ("not not a AND b", "(!!a & b)"),
            (
                "1 of sel_* and not 1 of them",
                "(One Like(\"sel_*\") & !One Them)",
            ),
            (
                "all of a or any of *b",
                "(All Like(\"a\") | One Like(\"*b\"))",
            ),
            ("(((a)))", "a"),
        ] {
            assert_eq!(shown(&parse(text).expect(text)), expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for (text, part) in [
            ("", "ends where"),
            ("a b", "goes on"),
            ("a and", "ends where"),
            ("(a", "not closed"),
            ("a)", "goes on"),
            ("a or or b", "'or' stands"),
            ("2 of them", "'2 of'"),
            ("1 of", "'of' is not followed"),
            ("a | count() > 5", "aggregations"),
            ("a & b", "'&' has no meaning"),
            ("sel*", "not supported"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
        assert!(parse(&"(".repeat(1_000)).unwrap_err().contains("deeper"));
        assert!(parse(&"not ".repeat(1_000)).unwrap_err().contains("deeper"));
        assert!(parse(&"a or ".repeat(9_000)).unwrap_err().contains("words"));
    }

    #[test]
    fn patterns_of_names_match_with_stars_anywhere() {
        for (pattern, name, expected) in [
            ("sel_*", "sel_a", true),
            ("sel_*", "sel", false),
            ("*_a", "sel_a", true),
            ("s*l*a", "sel_a", true),
            ("s*l*b", "sel_a", false),
            ("a", "a", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches_stars(pattern, name), expected, "{pattern} {name}");
        }
        assert!(!NamePattern::Them.matches("_hidden"));
    }
}
