//! Scripts, in the page or fetched with it: their shape without changing values, what they do that intruders' scripts do, where
//! they lead, and the words in them; also where all of this is put together from pieces. Nothing is ever run.

mod calls;
mod constants;
mod folding;
mod shape;
mod signs;
mod tokens;

use crate::addresses::origins_in;
use crate::model::{InlineScript, ScriptSigns};
use crate::texts::cut_chars;
use crate::tree::cut;
use crate::vocabulary::{Subject, Term, find_terms};

use self::folding::unfold;
use self::shape::shape_of;
use self::signs::signs_of;
use self::tokens::{Token, tokens_of};

pub(crate) use self::constants::data_of;

/// Bytes of one script that are read.
pub(crate) const SCRIPT_BYTES: usize = 512 * 1024;
/// Origins of one script that are kept.
const ORIGINS_MAX: usize = 50;
/// Words of one script that are kept.
const TERMS_MAX: usize = 50;
/// Characters of its beginning that are kept.
const BEGINNING_CHARS: usize = 300;
/// Bytes of a script's texts in which words are looked for.
const TEXTS_BYTES: usize = 128 * 1024;

/// What a script is and does.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ScriptFacts {
    /// Of its words, without numbers and without what stands in quotes: values may change with each visit.
    pub shape: u64,
    /// What it does that intruders' scripts do.
    pub signs: ScriptSigns,
    /// Origins that it names, openly or put together from pieces, each once, in order.
    pub origins: Vec<String>,
    /// Words of intruders in its texts. Those that honest programs use for their parts are left out.
    pub terms: Vec<Term>,
}

/// Reads a script, up to 512 KiB of it.
pub fn read_script(text: &str) -> ScriptFacts {
    let text = cut(text, SCRIPT_BYTES);
    let unfolded = unfold(text);
    let mut terms = find_terms(cut(&unfolded.texts, TEXTS_BYTES));
    terms.retain(|term| term.weight > 1 && term.subject != Subject::Promises);
    terms.truncate(TERMS_MAX);
    ScriptFacts {
        shape: shape_of(text),
        signs: signs_of(text, &unfolded),
        origins: origins_in(&unfolded.code, ORIGINS_MAX),
        terms,
    }
}

/// Returns the texts in JSON that are not names of something, the first so many.
pub(crate) fn texts_in(json: &str, most: usize) -> Vec<String> {
    let tokens = tokens_of(cut(json, SCRIPT_BYTES));
    let mut after = tokens.iter().skip(1).map(Some).chain([None]);
    let mut texts = Vec::new();
    for token in &tokens {
        let next = after.next().flatten();
        if let Token::Text(text) = token
            && !next.is_some_and(|next| next.is(':'))
        {
            texts.push(text.clone());
        }
        if texts.len() == most {
            break;
        }
    }
    texts
}

/// Reads a script that stands in a page.
pub(crate) fn read_inline(text: &str) -> InlineScript {
    let facts = read_script(text);
    InlineScript {
        shape: facts.shape,
        signs: facts.signs,
        origins: facts.origins,
        terms: facts.terms,
        beginning: cut_chars(text.trim(), BEGINNING_CHARS),
    }
}
