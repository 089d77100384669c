use rapidfuzz::distance::levenshtein;

/// The Levenshtein distance: insertions, deletions and substitutions of characters that make one text of the other.
///
/// One instance for all callers: the library's is generic, and each adds some 10 kB to what the browser downloads.
#[inline(never)]
pub(crate) fn edit_distance(one: Vec<char>, other: Vec<char>) -> usize {
    levenshtein::distance(one, other)
}
