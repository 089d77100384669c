//! Data augmentation of titles: what shoppers type of them. Two or three of the telling words, words left out, transposed and
//! misspelt, amounts in another unit, promotion words around them.

use fastrand::Rng;

/// What sellers write around a title; `{}` is the title.
const PROMOTIONS: [&str; 8] = [
    "READY STOCK {}",
    "{} - free shipping",
    "NEU: {} versandkostenfrei",
    "{} promo",
    "SALE!! {}",
    "{} livraison gratuite",
    "{} oferta",
    "{} original garansi resmi",
];

/// The title with one random change: words left out (up to a third), two neighbours transposed, a word misspelt, a word left out
/// and one misspelt, an amount in another unit, promotion words, lower case. A title of one word is only misspelt; one whose
/// words are all short may stay as it is.
pub fn augment(title: &str, rng: &mut Rng) -> String {
    let mut words: Vec<String> = title.split_whitespace().map(str::to_string).collect();
    match rng.u8(0..8) {
        0 => swap(&mut words, rng),
        1 => misspell(&mut words, rng),
        2 => {
            for _ in 0..(words.len() / 3).max(1) {
                drop_one(&mut words, rng);
            }
        }
        3 => drop_one(&mut words, rng),
        4 => another_unit(&mut words, rng),
        5 => return rng.choice(PROMOTIONS).map_or_else(|| title.to_string(), |around| around.replace("{}", title)),
        6 => return title.to_lowercase(),
        _ => {
            drop_one(&mut words, rng);
            misspell(&mut words, rng);
        }
    }
    words.join(" ")
}

/// Two or three of a title's words in their order, the telling ones first: `frequency` says in how many titles of the shop a word
/// is. A title of up to three words stays as it is.
pub fn short(title: &str, frequency: impl Fn(&str) -> usize, rng: &mut Rng) -> String {
    let words: Vec<&str> = title.split_whitespace().collect();
    if words.len() <= 3 {
        return title.to_lowercase();
    }
    let wanted = rng.usize(2..=3);
    let mut order: Vec<usize> = (0..words.len()).filter(|i| words[*i].chars().any(char::is_alphanumeric)).collect();
    // Rare words first, but not always: shoppers do not know what is rare.
    order.sort_by_cached_key(|i| frequency(words[*i]).saturating_add(1) * rng.usize(1..=8));
    order.truncate(wanted);
    order.sort_unstable();
    order.into_iter().map(|i| words[i].to_lowercase()).collect::<Vec<_>>().join(" ")
}

/// Half of a title's words, at random, in their order; a title of one word as it is.
pub fn half(title: &str, rng: &mut Rng) -> String {
    let mut words: Vec<String> = title.split_whitespace().map(str::to_string).collect();
    for _ in 0..words.len() / 2 {
        drop_one(&mut words, rng);
    }
    words.join(" ")
}

/// Units with one that is so many times as large.
const UNITS: [(&str, &str, f64); 7] = [
    ("ml", "l", 1000.0),
    ("ml", "cl", 10.0),
    ("g", "kg", 1000.0),
    ("mm", "cm", 10.0),
    ("cm", "m", 100.0),
    ("MB", "GB", 1000.0),
    ("mAh", "Ah", 1000.0),
];

/// Writes the first amount in another unit, or without the space before its unit.
fn another_unit(words: &mut Vec<String>, rng: &mut Rng) {
    for at in 0..words.len() {
        let digits = words[at].trim_end_matches(|c: char| c.is_alphabetic()).len();
        let (number, joined) = words[at].split_at(digits);
        let Ok(value) = number.replace(',', ".").parse::<f64>() else { continue };
        let (unit, length) = match joined {
            "" => match words.get(at + 1) {
                Some(next) => (next.clone(), 2),
                None => continue,
            },
            joined => (joined.to_string(), 1),
        };
        let other = UNITS.iter().find_map(|(small, large, times)| {
            let is = |name: &str| unit.eq_ignore_ascii_case(name);
            (is(small).then_some((value / times, *large))).or_else(|| is(large).then_some((value * times, *small)))
        });
        let Some((value, unit)) = other.filter(|(value, _)| *value >= 0.01) else { continue };
        let text = format!("{}{}{unit}", (value * 1000.0).round() / 1000.0, if rng.bool() { " " } else { "" });
        let text = if rng.bool() { text.replace('.', ",") } else { text };
        words.splice(at..at + length, [text]);
        return;
    }
    swap(words, rng);
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

/// Exchanges two neighbouring words where there are two.
pub fn swap(words: &mut [String], rng: &mut Rng) {
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
                let same = augmented
                    .split(' ')
                    .filter(|w| title.split(' ').any(|t| t.to_lowercase() == w.to_lowercase()))
                    .count();
                assert!(same + 2 + title.split(' ').count() / 3 >= title.split(' ').count(), "{title} → {augmented}");
            }
        }
    }

    #[test]
    fn an_amount_in_another_unit_is_the_same_amount() {
        use crate::title::attributes::{Agreement, Attributes, Comparison};
        let mut rng = Rng::with_seed(3);
        for title in ["Soap 500 ml", "Soap 1.5 l", "Honey 250g", "Honey 1 kg", "Cable 30 cm"] {
            let mut words: Vec<String> = title.split(' ').map(str::to_string).collect();
            another_unit(&mut words, &mut rng);
            let other = words.join(" ");
            assert_ne!(other, title);
            let found = Comparison::of(&Attributes::of(title), &Attributes::of(&other)).quantity;
            assert_eq!(found, Agreement::Full, "{title} → {other}");
        }
    }

    #[test]
    fn a_short_query_has_two_or_three_of_the_words_in_their_order() {
        let mut rng = Rng::with_seed(9);
        for _ in 0..100 {
            let query = short("Corva Instant Camera White 2020", |_| 1, &mut rng);
            let places: Vec<usize> =
                query.split(' ').map(|w| "corva instant camera white 2020".find(w).unwrap()).collect();
            assert!((2..=3).contains(&places.len()) && places.is_sorted(), "{query}");
        }
    }

    #[test]
    fn one_seed_gives_one_result() {
        let of = |seed| augment("Instant camera white", &mut Rng::with_seed(seed));
        assert_eq!(of(3), of(3));
    }
}
