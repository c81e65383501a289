//! Sources as the rest of Tocsin keeps count of them: by index within one alert, by fingerprint for ever.

/// One source of compiled rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceInfo {
    /// The id it was compiled under.
    pub id: String,
    /// SHA-256 of its text and of what interprets it. A content that was judged by a source of this fingerprint need not
    /// be judged by it again, unless [`SourceInfo::depends_on_place`].
    pub fingerprint: [u8; 32],
    /// Whether its verdict can differ between two files of one content: it asks for the path, the owner or the container.
    pub depends_on_place: bool,
}

/// Some of the sources that were compiled together, by their index in `CompiledRules::sources`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceSet {
    words: Vec<u64>,
}

impl SourceSet {
    /// Makes an empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a source.
    pub fn insert(&mut self, index: usize) {
        let word = index / 64;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (index % 64);
    }

    /// Takes a source out.
    pub fn remove(&mut self, index: usize) {
        if let Some(word) = self.words.get_mut(index / 64) {
            *word &= !(1 << (index % 64));
        }
    }

    /// Keeps only what `other` has too.
    pub fn intersect(&mut self, other: &Self) {
        for (index, word) in self.words.iter_mut().enumerate() {
            *word &= other.words.get(index).copied().unwrap_or(0);
        }
    }

    /// Returns whether the source is in it.
    pub fn contains(&self, index: usize) -> bool {
        self.words
            .get(index / 64)
            .is_some_and(|word| word & (1 << (index % 64)) != 0)
    }

    /// Returns whether no source is in it.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Returns how many sources are in it.
    pub fn len(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// Returns the indices in it, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            (0..64)
                .filter(move |bit| word & (1 << bit) != 0)
                .map(move |bit| at * 64 + bit)
        })
    }
}

impl FromIterator<usize> for SourceSet {
    fn from_iter<I: IntoIterator<Item = usize>>(indices: I) -> Self {
        let mut set = Self::new();
        for index in indices {
            set.insert(index);
        }
        set
    }
}
