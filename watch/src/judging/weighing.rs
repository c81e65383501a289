//! From signs to an alarm, in one place. What is found alone is a question for a person; signs that do not follow from each other
//! are an alarm. Whoever finds signs leaves it to this table what they mean together.

use crate::verdict::Verdict;

/// Something that speaks against a page and is also seen on honest ones. Signs that are weighed together speak of one thing: of who
/// answers, of one text, of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// The name leads to other addresses, and nothing there proves to be the site.
    Elsewhere,
    /// Another key.
    OtherKey,
    /// Another authority has signed the certificate.
    OtherAuthority,
    /// Browsers refuse the certificate, and did not before.
    Refused,
    /// The certificate names others, and not the site.
    ForOthers,
    /// The page that came asks for a person by itself.
    PageAsks,

    /// It is the title.
    Title,
    /// It is a heading of the first order.
    Heading,
    /// It is among what a person reads first.
    First,
    /// It stands where another text always stood.
    Replaces,
    /// Some of its words are none that the site uses.
    NewWords,
    /// Most of its words are none that the site uses.
    OtherWords,
    /// It has no word of what stood there.
    SharesNothing,
    /// It is written in a manner that is not usual there: another language, or without marks.
    OtherManner,
    /// It is of a language in Latin letters that no page of the site has, and that is not English.
    OtherTongue,
    /// It is of another alphabet or writing than the site's.
    OtherWriting,
    /// Some of its words are put together of letters of two alphabets that look alike.
    MixedLetters,
    /// Vietnamese without marks, by a site that writes with them.
    WithoutMarks,
    /// Words that intruders use, too few to say something.
    IntrudersWord,

    /// It is one of the pictures that visitors see first, and was always the same.
    LastingPicture,
    /// It is dark or of one colour where the one before was not, as messages are.
    LikeMessage,
    /// It has another shape than the place that is made for it.
    OtherShape,
    /// It is stored otherwise than its name says.
    OtherKind,
    /// Its colours are those of no picture of the site.
    OtherColours,
    /// Its address names a version, which is the same as before.
    SameVersion,
    /// It comes from a folder that visitors and editors fill, where the one before did not.
    FromUploads,

    /// It is a script that makes code out of text, and did not before.
    Decodes,
    /// It is no library, but a few lines of the site's own.
    FewLines,
}

/// Which signs are an alarm together, and which.
const ALARMS: &[(&[Sign], Verdict)] = {
    use Sign::{
        Decodes, Elsewhere, FewLines, First, ForOthers, FromUploads, Heading, IntrudersWord,
        LastingPicture, LikeMessage, MixedLetters, NewWords, OtherAuthority, OtherColours,
        OtherKey, OtherKind, OtherManner, OtherShape, OtherTongue, OtherWords, OtherWriting,
        PageAsks, Refused, Replaces, SameVersion, SharesNothing, Title, WithoutMarks,
    };
    &[
        // Who answers: somebody else elsewhere, or somebody whom nobody believes.
        (&[Elsewhere, OtherKey], Verdict::Takeover),
        (&[OtherKey, OtherAuthority, Refused], Verdict::Takeover),
        (&[OtherKey, ForOthers, Refused], Verdict::Takeover),
        // A site without a key has only its page to be known by; so has one whose key somebody else has signed.
        (&[Elsewhere, PageAsks], Verdict::Takeover),
        (&[OtherKey, OtherAuthority, PageAsks], Verdict::Takeover),
        // Titles: what the site never said, and nothing of what it was called.
        (&[Title, OtherWords], Verdict::Defacement),
        (&[Title, NewWords, OtherManner], Verdict::Defacement),
        (&[Title, NewWords, SharesNothing], Verdict::Defacement),
        (&[Title, NewWords, IntrudersWord], Verdict::Defacement),
        // Texts where texts stay: other words in a place of weight, or others' words in others' manner.
        (&[Heading, OtherWords], Verdict::Defacement),
        (&[Replaces, OtherWords, OtherManner], Verdict::Defacement),
        (&[First, OtherWords, OtherManner], Verdict::Defacement),
        (&[OtherWords, OtherTongue], Verdict::Defacement),
        (&[OtherWords, OtherWriting], Verdict::Defacement),
        (&[OtherWords, WithoutMarks], Verdict::Defacement),
        (&[NewWords, OtherManner, IntrudersWord], Verdict::Defacement),
        // What people read and programs do not, wherever it stands.
        (&[NewWords, MixedLetters], Verdict::Defacement),
        // Pictures that visitors see first.
        (&[LastingPicture, LikeMessage], Verdict::Defacement),
        (
            &[LastingPicture, OtherShape, OtherColours],
            Verdict::Defacement,
        ),
        (
            &[LastingPicture, OtherKind, OtherColours],
            Verdict::Defacement,
        ),
        (
            &[LastingPicture, SameVersion, OtherColours],
            Verdict::Defacement,
        ),
        (
            &[LastingPicture, FromUploads, OtherShape],
            Verdict::Defacement,
        ),
        (
            &[LastingPicture, FromUploads, OtherColours],
            Verdict::Defacement,
        ),
        // Scripts of the site's own.
        (&[Decodes, FewLines, SameVersion], Verdict::Injection),
    ]
};

/// Returns the signs that are there.
pub(crate) fn there(signs: &[(bool, Sign)]) -> Vec<Sign> {
    let there = signs.iter().filter(|(is_there, _)| *is_there);
    there.map(|(_, sign)| *sign).collect()
}

/// Says what signs mean together: the worst that all signs of a row stand for, or nothing.
pub(crate) fn weigh(signs: &[Sign]) -> Option<Verdict> {
    let holds = |row: &&(&[Sign], Verdict)| row.0.iter().all(|sign| signs.contains(sign));
    let rows = ALARMS.iter().filter(holds);
    rows.map(|(_, verdict)| *verdict).max()
}

/// Says what signs mean: an alarm together, a question otherwise.
pub(crate) fn weigh_or_ask(signs: &[Sign]) -> Verdict {
    weigh(signs).unwrap_or(Verdict::Unexplained)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sign_is_an_alarm_by_itself_and_no_row_holds_where_a_shorter_one_does() {
        for (at, (row, _)) in ALARMS.iter().enumerate() {
            assert!(row.len() >= 2, "{row:?}");
            let others = ALARMS.iter().enumerate().filter(|(other, _)| *other != at);
            for (_, (other, _)) in others {
                let is_part = other.iter().all(|sign| row.contains(sign));
                assert!(!is_part, "{row:?} says no more than {other:?}");
            }
        }
    }

    #[test]
    fn a_sign_less_is_a_question() {
        for (row, verdict) in ALARMS {
            assert_eq!(weigh(row), Some(*verdict));
            for left_out in *row {
                let fewer: Vec<Sign> = row.iter().copied().filter(|one| one != left_out).collect();
                assert_eq!(weigh(&fewer), None, "{row:?} without {left_out:?}");
            }
        }
    }
}
