//! A bit mask over the listings of a catalogue: which of them a search may find.

/// A bit a listing, by its number ([`Catalogue::number`](crate::catalogue::Catalogue::number)); a listing whose bit is set
/// may be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// The bit of number `n` is bit `n % 32` of word `n / 32`; bits past the last listing are 0.
    words: Vec<u32>,
    len: usize,
}

impl Mask {
    /// The mask of `len` listings in which the bit of each number is what `allows` says.
    pub fn from_fn(len: usize, allows: impl FnMut(usize) -> bool) -> Self {
        (0..len).map(allows).collect()
    }

    /// Whether the bit of that number is set; false past the last listing.
    pub fn contains(&self, number: usize) -> bool {
        self.words.get(number / 32).is_some_and(|word| word >> (number % 32) & 1 == 1)
    }

    /// How many bits are set.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many listings it covers.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it covers no listing at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bits as GPU kernels read them: `[⌈len / 32⌉]`.
    pub fn words(&self) -> &[u32] {
        &self.words
    }
}

/// The bits of the listings in the order of their numbers, as of
/// [`Catalogue::positions`](crate::catalogue::Catalogue::positions).
impl FromIterator<bool> for Mask {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        let mut mask = Mask { words: Vec::new(), len: 0 };
        for bit in bits {
            if mask.len.is_multiple_of(32) {
                mask.words.push(0);
            }
            if let Some(word) = mask.words.last_mut() {
                *word |= u32::from(bit) << (mask.len % 32);
            }
            mask.len += 1;
        }
        mask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_contains_exactly_the_numbers_that_its_function_allows() {
        for len in [0, 1, 31, 32, 33, 100] {
            let mask = Mask::from_fn(len, |number| number % 3 == 0);
            assert!((0..len).all(|number| mask.contains(number) == (number % 3 == 0)));
            assert_eq!((mask.count(), mask.len()), (len.div_ceil(3), len));
            assert_eq!(mask.words().len(), len.div_ceil(32));
        }
    }

    #[test]
    fn numbers_past_the_last_listing_are_not_contained() {
        let mask = Mask::from_fn(33, |_| true);
        assert!(mask.contains(32) && !mask.contains(33) && !mask.contains(64));
    }
}
