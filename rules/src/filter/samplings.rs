//! At which places of a content a piece of a text is looked for, and by which part of a text: one that has a piece at such a
//! place wherever the text stands.

use crate::literals::Literal;
use crate::rarity;

/// How texts are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sampling {
    /// Places from one test to the next.
    pub stride: usize,
    /// Bytes of a piece, 3 to 8.
    pub width: usize,
}

/// All samplings there are, those that ask for the longest texts first.
pub(crate) const SAMPLINGS: [Sampling; 5] = [
    Sampling {
        stride: 8,
        width: 8,
    },
    Sampling {
        stride: 8,
        width: 4,
    },
    Sampling {
        stride: 4,
        width: 8,
    },
    Sampling {
        stride: 4,
        width: 4,
    },
    Sampling {
        stride: 2,
        width: 3,
    },
];

/// The part of a text by which one sampling looks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Where in the text it begins.
    start: u16,
    /// How much the commonest of its pieces tells, in quarters of a bit.
    pub worth: u16,
    /// Whether it has three bytes only: the last byte of its second piece may be any.
    pub is_open: bool,
}

/// The parts of a text, one for each of [`SAMPLINGS`] that it is long enough for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Parts([Option<Part>; SAMPLINGS.len()]);

impl Sampling {
    /// Returns how many bytes of a text are enough to have a piece wherever it stands.
    fn window(self) -> usize {
        self.width + self.stride - 1
    }
}

impl Part {
    /// Returns where in the text it begins.
    pub fn start(self) -> usize {
        usize::from(self.start)
    }
}

impl Parts {
    /// Chooses the parts of a text: of each sampling the one of which even the commonest piece is rare.
    pub fn of(literal: &Literal) -> Self {
        let told = told_lengths(literal);
        let mut parts = Self::default();
        for (part, sampling) in parts.0.iter_mut().zip(SAMPLINGS) {
            *part = best_part(literal, &told, sampling, sampling.window(), false);
        }
        if let [.., shortest] = &mut parts.0
            && shortest.is_none()
        {
            // The second of its pieces has two bytes of the text.
            let sampling = SAMPLINGS[SAMPLINGS.len() - 1];
            *shortest = best_part(literal, &told, sampling, sampling.width, true);
        }
        parts
    }

    /// Returns the part by which one of [`SAMPLINGS`] looks for the text.
    pub fn for_sampling(&self, index: usize) -> Option<Part> {
        self.0[index]
    }

    /// Returns the part that tells most, and the stride of its sampling; nothing where too few bytes are told.
    pub fn most_telling(&self) -> Option<(Part, usize)> {
        let told = self.0.iter().zip(SAMPLINGS);
        told.filter_map(|(part, sampling)| part.map(|part| (part, sampling.stride)))
            .max_by_key(|(part, stride)| (part.worth, *stride))
    }
}

/// Returns for each place of the text how many bytes from there on are told.
fn told_lengths(literal: &Literal) -> Vec<usize> {
    let mut lengths = vec![0; literal.bytes.len() + 1];
    for at in (0..literal.bytes.len()).rev() {
        if literal.masked(at).is_told() {
            lengths[at] = lengths[at + 1] + 1;
        }
    }
    lengths
}

fn best_part(
    literal: &Literal,
    told: &[usize],
    sampling: Sampling,
    window: usize,
    is_open: bool,
) -> Option<Part> {
    let worth_at = |at: usize, end: usize| {
        let piece = &literal.bytes[at..(at + sampling.width).min(end)];
        rarity::of_text(piece)
    };
    (0..literal.bytes.len())
        .rev()
        .filter(|start| told[*start] >= window)
        .filter_map(|start| {
            let pieces = start..start + sampling.stride;
            let worst = pieces.map(|at| worth_at(at, start + window)).min()?;
            Some(Part {
                start: u16::try_from(start).ok()?,
                worth: u16::try_from(worst).ok()?,
                is_open,
            })
        })
        .max_by_key(|part| part.worth)
}
