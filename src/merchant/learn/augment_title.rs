//! Data augmentation of titles: words left out, transposed and misspelt, as in the queries of shoppers.

use fastrand::Rng;

/// The title with one random change: words left out (up to a third), two neighbours transposed, a word misspelt, or a word left
/// out and one misspelt. A title of one word is only misspelt; one whose words are all short may stay as it is.
pub fn augment(title: &str, rng: &mut Rng) -> String {
    let mut words: Vec<String> = title.split_whitespace().map(str::to_string).collect();
    match rng.u8(0..5) {
        0 => swap(&mut words, rng),
        1 => misspell(&mut words, rng),
        2 => {
            for _ in 0..(words.len() / 3).max(1) {
                drop_one(&mut words, rng);
            }
        }
        3 => drop_one(&mut words, rng),
        _ => {
            drop_one(&mut words, rng);
            misspell(&mut words, rng);
        }
    }
    words.join(" ")
}

/// Leaves out a random word unless it is the only one.
pub fn drop_one(words: &mut Vec<String>, rng: &mut Rng) {
    if words.len() > 1 {
        words.remove(rng.usize(..words.len()));
    }
}

/// Misspells a random word of four letters or more, where there is one: an inner letter left out or doubled, or two transposed.
pub fn misspell(words: &mut [String], rng: &mut Rng) {
    let long: Vec<usize> = (0..words.len())
        .filter(|i| words[*i].chars().count() >= 4 && words[*i].chars().all(char::is_alphabetic))
        .collect();
    let Some(word) = rng.choice(long) else { return };
    let mut letters: Vec<char> = words[word].chars().collect();
    let at = rng.usize(1..letters.len() - 1);
    match rng.u8(0..3) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        _ => letters.swap(at, at + 1),
    }
    words[word] = letters.into_iter().collect();
}

fn swap(words: &mut [String], rng: &mut Rng) {
    if words.len() > 1 {
        let at = rng.usize(..words.len() - 1);
        words.swap(at, at + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_augmented_title_keeps_most_of_its_words_and_never_becomes_empty() {
        let mut rng = Rng::with_seed(7);
        for title in ["Tea", "Green tea", "Instant camera white 2020 edition with strap", "茶"] {
            for _ in 0..200 {
                let augmented = augment(title, &mut rng);
                assert!(!augmented.is_empty());
                let same = augmented.split(' ').filter(|w| title.split(' ').any(|t| t == *w)).count();
                assert!(same + 2 + title.split(' ').count() / 3 >= title.split(' ').count(), "{title} → {augmented}");
            }
        }
    }

    #[test]
    fn one_seed_gives_one_result() {
        let of = |seed| augment("Instant camera white", &mut Rng::with_seed(seed));
        assert_eq!(of(3), of(3));
    }
}
