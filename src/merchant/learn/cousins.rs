//! Products that a shop does not have but could: made of the titles of those that it has, as hard negatives.

use std::collections::{BTreeSet, HashMap};

use fastrand::Rng;

use crate::catalogue::Catalogue;
use crate::title::NormalTitle;
use crate::title::attributes::{Attributes, Cap, Comparison, Dimension};
use crate::title::words::words;

/// The words of a shop's titles: how often each occurs, and which sets of words are a title's.
pub struct ShopWords {
    frequency: HashMap<String, usize>,
    titles: BTreeSet<Vec<String>>,
    /// Titles in the order of the listings.
    listed: Vec<String>,
}

/// How often a cousin is drawn before none is made.
const DRAWS: usize = 12;
/// Shortest word that is swapped for another.
const MIN_LETTERS: usize = 3;

/// What is put around a title: an accessory for it, a used or incomplete one, a bundle.
const AROUND: [&str; 28] = [
    "case for {}",
    "replacement part for {}",
    "charger for {}",
    "battery for {}",
    "cover for {}",
    "lid for {}",
    "stand for {}",
    "filter for {}",
    "Hülle für {}",
    "Ersatzteil für {}",
    "Halter für {}",
    "coque pour {}",
    "support pour {}",
    "funda para {}",
    "custodia per {}",
    "casing untuk {}",
    "used {}",
    "{} refurbished",
    "{} gebraucht",
    "{} occasion",
    "{} usado",
    "bekas {}",
    "{} for parts",
    "{} box only",
    "{} empty box",
    "{} + gift bag",
    "{} bundle with bag",
    "{} tester",
];
/// What is put into a title and makes another product of its line.
const INTO: [&str; 14] =
    ["Pro", "Max", "Plus", "Mini", "Lite", "Ultra", "II", "III", "2", "3", "XL", "SE", "sugar free", "non"];
/// How a single one becomes a pack.
const PACKS: [&str; 8] =
    ["{} 6 Pack", "{} pack of 4", "{} twin pack", "{} x 12", "{} 3er Pack", "{} lot de 3", "{} isi 6", "{} 2 pcs"];

impl ShopWords {
    /// Of all titles of a catalogue.
    pub fn of(catalogue: &Catalogue) -> Self {
        let normal = |position| NormalTitle::of_listing(&catalogue.listing(position).title).as_str().to_string();
        ShopWords::of_titles(catalogue.positions().map(normal).collect())
    }

    /// Of normal titles.
    pub fn of_titles(listed: Vec<String>) -> Self {
        let mut frequency: HashMap<String, usize> = HashMap::new();
        let mut titles = BTreeSet::new();
        for title in &listed {
            let mut own = words(title);
            own.sort();
            own.dedup();
            own.iter().for_each(|word| *frequency.entry(word.clone()).or_default() += 1);
            titles.insert(own);
        }
        ShopWords { frequency, titles, listed }
    }

    /// In how many titles the words of a text occur, the rarest of them.
    pub fn frequency(&self, text: &str) -> usize {
        words(text).iter().map(|word| self.frequency.get(word).copied().unwrap_or_default()).min().unwrap_or(usize::MAX)
    }

    /// Whether a title has the words of one of the shop's.
    fn has(&self, title: &str) -> bool {
        let mut own = words(title);
        own.sort();
        own.dedup();
        self.titles.contains(&own)
    }

    /// A product that shares most of the title and that no listing is, by its words and by what it states; `None` where none was
    /// found in a few draws.
    pub fn cousin(&self, title: &str, rng: &mut Rng) -> Option<String> {
        let drawn = |_| match rng.u8(0..10) {
            0..=2 => another_number(title, rng),
            3 => pack_or_single(title, rng),
            4..=6 => self.another_word(title, rng),
            7 => added(title, rng.choice(INTO)?, rng),
            8 => rng.choice(AROUND).map(|around| around.replace("{}", title)),
            _ => self.rare_word(rng).and_then(|word| added(title, &word, rng)),
        };
        (0..DRAWS).map(drawn).find_map(|cousin| cousin.filter(|cousin| !self.has(cousin) && differs(title, cousin)))
    }

    /// A rare word of any listing.
    fn rare_word(&self, rng: &mut Rng) -> Option<String> {
        let other = rng.choice(&self.listed)?;
        let rare = other.split_whitespace().filter(|word| is_word(word) && self.is_rare(word));
        rng.choice(rare.collect::<Vec<_>>()).map(str::to_string)
    }

    /// Whether few titles have a word: it tells listings apart.
    fn is_rare(&self, word: &str) -> bool {
        self.frequency(word) <= (self.listed.len() / 8).max(2)
    }

    /// One of the title's telling words in place of which a word of another listing stands.
    fn another_word(&self, title: &str, rng: &mut Rng) -> Option<String> {
        let mut own: Vec<&str> = title.split_whitespace().collect();
        let telling: Vec<usize> = (0..own.len()).filter(|i| is_word(own[*i]) && self.is_rare(own[*i])).collect();
        let at = rng.choice(telling)?;
        let word = self.rare_word(rng)?;
        own[at] = &word;
        Some(own.join(" "))
    }
}

/// Whether words, or what two titles state, differ.
fn differs(title: &str, cousin: &str) -> bool {
    let contrary = Comparison::of(&Attributes::of(title), &Attributes::of(cousin)).cap() != Cap::None;
    let sorted = |title: &str| {
        let mut words = words(title);
        words.sort();
        words
    };
    contrary || sorted(title) != sorted(cousin)
}

fn is_word(word: &str) -> bool {
    word.chars().count() >= MIN_LETTERS && word.chars().all(char::is_alphabetic)
}

/// The title with one of its numbers, be it in a word, replaced by another.
fn another_number(title: &str, rng: &mut Rng) -> Option<String> {
    let is_digit = |i: usize| title.as_bytes().get(i).is_some_and(u8::is_ascii_digit);
    let starts: Vec<usize> = (0..title.len()).filter(|i| is_digit(*i) && !(*i > 0 && is_digit(i - 1))).collect();
    let start = rng.choice(starts)?;
    let end = (start..=title.len()).find(|i| !is_digit(*i))?;
    let digits = title.get(start..end)?;
    let value: u64 = digits.parse().ok().filter(|_| digits.len() <= 6)?;
    let near = [value + 1, value.saturating_sub(1).max(1), value + 2];
    let far = [value * 2, (value / 2).max(1), value + value / 2, value * 3];
    let other = if value < 10 || digits.len() == 4 {
        rng.choice(near)
    } else {
        rng.choice(near.into_iter().chain(far).collect::<Vec<_>>())
    }?;
    (other != value).then(|| format!("{}{other}{}", &title[..start], &title[end..]))
}

/// A pack of a single one and a single one of a pack.
fn pack_or_single(title: &str, rng: &mut Rng) -> Option<String> {
    let attributes = Attributes::of(title);
    let pack = attributes.quantities.iter().find(|q| q.dimension == Dimension::PackCount);
    match pack {
        Some(pack) => Some(title.replacen(&pack.text, "", 1)),
        None if attributes.quantities.iter().any(|q| matches!(q.dimension, Dimension::Volume | Dimension::Mass)) => {
            rng.choice(PACKS).map(|pack| pack.replace("{}", title))
        }
        None => None,
    }
}

/// The title with a word more, behind its second word or later.
fn added(title: &str, word: &str, rng: &mut Rng) -> Option<String> {
    let mut own: Vec<&str> = title.split_whitespace().collect();
    let has = own.iter().any(|other| other.eq_ignore_ascii_case(word));
    if own.len() < 2 || has {
        return None;
    }
    own.insert(rng.usize(2..=own.len()), word);
    Some(own.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> ShopWords {
        let listed: Vec<String> = [
            "Corva Phone 7 128GB Black",
            "Corva Phone 8 128GB Black",
            "Belmont Soap Lavender 250 ml",
            "Ridge Honey Acacia 500 g",
            "Ridge Honey Clover 6 x 500 g",
        ]
        .map(str::to_string)
        .to_vec();
        ShopWords::of_titles(listed)
    }

    #[test]
    fn a_cousin_is_no_listing_and_differs_from_its_source() {
        let shop = shop();
        let mut rng = Rng::with_seed(5);
        for _ in 0..400 {
            for title in &shop.listed {
                let Some(cousin) = shop.cousin(title, &mut rng) else { continue };
                assert!(!shop.has(&cousin), "{cousin}");
                assert!(differs(title, &cousin), "{title} → {cousin}");
            }
        }
    }

    #[test]
    fn numbers_packs_words_accessories_and_conditions_are_all_changed() {
        let (shop, mut rng) = (shop(), Rng::with_seed(1));
        let cousins: Vec<String> =
            (0..600).filter_map(|i| shop.cousin(&shop.listed[i % shop.listed.len()], &mut rng)).collect();
        for part in ["129GB", "Phone 9", "Pack", " for ", "Pro", "used "] {
            assert!(cousins.iter().any(|cousin| cousin.contains(part)), "{part}");
        }
    }

    #[test]
    fn one_seed_gives_one_cousin() {
        let of = |seed| shop().cousin("Ridge Honey Acacia 500 g", &mut Rng::with_seed(seed));
        assert_eq!(of(3), of(3));
    }
}
