//! Word lists in text files: which words a reader of attributes knows, and what each means.
//!
//! A line holds one or more columns that say what its words mean, a tab, and words between spaces. A line that begins with
//! `#` is a comment. Words are keys: lower case without accents, as [`Tokens`](super::tokens::Tokens) makes them.

use crate::sort::sorted_by;

/// The words of a file with their meanings, sorted, for a binary search.
pub(super) struct WordList<T>(Vec<(&'static str, T)>);

impl<T: Copy + PartialEq> WordList<T> {
    /// Reads a file's text; `meaning` reads the columns before the words. A line that cannot be read is left out: the tests
    /// of each list hold that there is none.
    pub fn read(text: &'static str, meaning: impl Fn(&'static str) -> Option<T>) -> Self {
        let of_line = |line: &'static str| {
            let (columns, words) = line.rsplit_once('\t')?;
            let meaning = meaning(columns)?;
            Some(words.split(' ').map(move |word| (word, meaning)))
        };
        let words: Vec<(&str, T)> = lines(text).filter_map(of_line).flatten().collect();
        WordList(sorted_by(words, |a, b| a.0.cmp(b.0)))
    }

    /// What a word means; of several meanings the file's first.
    pub fn get(&self, word: &str) -> Option<T> {
        self.meanings(word).next()
    }

    /// Whether a word has that meaning, among others.
    pub fn has(&self, word: &str, meaning: T) -> bool {
        self.meanings(word).any(|other| other == meaning)
    }

    fn meanings(&self, word: &str) -> impl Iterator<Item = T> {
        let first = self.0.partition_point(|(listed, _)| *listed < word);
        self.0[first..].iter().take_while(move |(listed, _)| *listed == word).map(|(_, meaning)| *meaning)
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What is wrong with a file's text: lines that cannot be read, words that are no keys, words that stand twice with one
/// meaning, or with any where `once`.
#[cfg(test)]
pub(super) fn problems<T: Copy + PartialEq>(
    text: &'static str,
    once: bool,
    meaning: impl Fn(&'static str) -> Option<T>,
) -> Vec<String> {
    let mut found = Vec::new();
    for line in lines(text) {
        let meaning = line.rsplit_once('\t').and_then(|(columns, _)| meaning(columns));
        if meaning.is_none() {
            found.push(format!("expected known columns, a tab and words, found {line:?}"));
        }
    }
    let list = WordList::read(text, meaning);
    for (word, _) in &list.0 {
        let is_key = |part: &str| {
            let tokens = super::tokens::Tokens::of(part);
            tokens.len() == 1 && tokens.key(0) == part
        };
        if !word.split('_').all(is_key) {
            found.push(format!("expected a key, found {word:?}"));
        }
    }
    for pair in list.0.windows(2) {
        if pair[0].0 == pair[1].0 && (once || pair[0].1 == pair[1].1) {
            found.push(format!("expected each word once, found {:?} twice", pair[0].0));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(columns: &str) -> Option<u8> {
        columns.parse().ok()
    }

    #[test]
    fn words_are_found_with_all_their_meanings() {
        let list = WordList::read("# Numbers\n1\tone eins\n2\ttwo zwei one\n", number);
        assert_eq!((list.get("eins"), list.get("zwei"), list.get("three")), (Some(1), Some(2), None));
        assert!(list.has("one", 1) && list.has("one", 2) && !list.has("two", 1));
    }

    #[test]
    fn what_is_wrong_with_a_list_is_found() {
        assert_eq!(problems("1\tone\n2\ttwo one\n", false, number), [""; 0]);
        for (text, once) in
            [("1\tone\nx\ttwo\n", false), ("one\n", false), ("1\tOne\n", false), ("1\tone  two\n", false)]
                .into_iter()
                .chain([("1\tone one\n", false), ("1\tone\n2\tone\n", true)])
        {
            assert_eq!(problems(text, once, number).len(), 1, "{text:?}");
        }
    }
}
