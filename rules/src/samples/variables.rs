//! What a condition asks of the file beside its content.

use yara_x_parser::ast::Expr;

use super::patterns::of_regexp;
use super::satisfying::{IMPOSSIBLE, State};
use crate::compiling::VARIABLES;

/// How a variable and a text go together.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Way {
    Ends,
    Has,
    Is,
    Starts,
}

pub(super) fn set_value(state: &mut State, variable: &str, text: &str, way: Way) -> u32 {
    if variable == "filetype" && way == Way::Is {
        return if state.draft.begin_as(text) {
            0
        } else {
            IMPOSSIBLE
        };
    }
    let values = &mut state.draft.values;
    let known = values.get(variable).cloned().unwrap_or_default();
    let value = match way {
        _ if known.is_empty() => text.to_owned(),
        Way::Is if known == text => known,
        Way::Is => return IMPOSSIBLE,
        Way::Has if known.contains(text) => known,
        Way::Has | Way::Ends => format!("{known}{text}"),
        Way::Starts => format!("{text}{known}"),
    };
    values.insert(variable.to_owned(), value);
    0
}

/// Returns a variable of the file, the text that it is compared with, and how.
pub(super) fn of_variable(expr: &Expr<'_>, choice: usize) -> Option<(String, String, Way)> {
    let (pair, way) = match expr {
        Expr::Eq(pair) | Expr::IEquals(pair) => (pair, Way::Is),
        Expr::Contains(pair) | Expr::IContains(pair) | Expr::Matches(pair) => (pair, Way::Has),
        Expr::StartsWith(pair) | Expr::IStartsWith(pair) => (pair, Way::Starts),
        Expr::EndsWith(pair) | Expr::IEndsWith(pair) => (pair, Way::Ends),
        _ => return None,
    };
    let name = |expr: &Expr<'_>| match expr {
        Expr::Ident(ident) if VARIABLES.contains(&ident.name) => Some(ident.name.to_owned()),
        _ => None,
    };
    let text = |expr: &Expr<'_>| match expr {
        Expr::LiteralString(text) => Some(text.value.to_string()),
        Expr::Regexp(regexp) => {
            let text = of_regexp(regexp.src, false, false, choice)?;
            String::from_utf8(text.bytes).ok()
        }
        _ => None,
    };
    let direct = name(&pair.lhs).zip(text(&pair.rhs));
    let (name, text) = direct.or_else(|| name(&pair.rhs).zip(text(&pair.lhs)))?;
    Some((name, text, way))
}
