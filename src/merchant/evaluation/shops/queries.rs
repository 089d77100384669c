//! What shoppers type: of products that a generated shop has, and of others that share most of a title with one.

use std::collections::BTreeSet;

use fastrand::Rng;

use super::product::{Part, Product, Spelling};
use super::vocabulary::Vocabulary;
use crate::merchant::evaluation::shop::Case;
use crate::merchant::learn::augment_title::misspell;

/// How a query differs from the listing's title.
const STYLES: [&str; 15] = [
    "short",
    "short",
    "short",
    "short, spelt otherwise",
    "identical",
    "another order",
    "spelt otherwise",
    "noun in another language",
    "word in another language",
    "promotion",
    "misspelt",
    "joined words",
    "abbreviation",
    "capitals",
    "no brand",
];
/// In what a product that the shop does not have differs from one that it has.
const COUSINS: [&str; 14] = [
    "value",
    "value",
    "value",
    "value",
    "value",
    "value",
    "brand",
    "line",
    "accessory",
    "accessory",
    "condition",
    "empty",
    "bundle",
    "absent",
];
/// Most listings that a query fits.
const MAX_FITTING: usize = 12;
/// How often a query is drawn before its place stays empty.
const DRAWS: usize = 60;

/// The products of a shop and its words.
pub struct Shelf<'a> {
    pub vocabulary: &'a Vocabulary,
    pub products: &'a [Product],
}

impl Shelf<'_> {
    /// Up to `count` queries for products that the shop has, and as many for products that it does not have.
    pub fn cases(&self, count: usize, rng: &mut Rng) -> Vec<Case> {
        let mut cases = Vec::new();
        for i in 0..count {
            cases.extend((0..DRAWS).find_map(|_| self.there(STYLES[i % STYLES.len()], rng)));
            cases.extend((0..DRAWS).find_map(|_| self.not_there(COUSINS[i % COUSINS.len()], rng)));
        }
        cases
    }

    fn fitting(&self, asked: &Product, parts: &[Part]) -> BTreeSet<usize> {
        let fits = |(_, product): &(usize, &Product)| product.fits(self.vocabulary, asked, parts);
        self.products.iter().enumerate().filter(fits).map(|(i, _)| i).collect()
    }

    fn there(&self, style: &str, rng: &mut Rng) -> Option<Case> {
        let product = rng.choice(self.products)?;
        let all = product.parts(self.vocabulary);
        let parts = match style {
            "short" | "short, spelt otherwise" => self.telling(product, None, rng),
            "no brand" => all.into_iter().filter(|part| *part != Part::Brand).collect(),
            _ => all,
        };
        let relevant = self.fitting(product, &parts);
        let query = self.written(product, &parts, style, rng)?;
        (relevant.len() <= MAX_FITTING).then(|| Case { kind: format!("there: {style}"), query, relevant })
    }

    fn not_there(&self, cousin: &str, rng: &mut Rng) -> Option<Case> {
        let vocabulary = self.vocabulary;
        let mut listed = rng.choice(self.products)?;
        let (mut other, mut kind) = (listed.clone(), cousin);
        let mut parts = listed.parts(vocabulary);
        match cousin {
            "value" => {
                let (wanted, axis) = self.axis(rng)?;
                listed = wanted;
                kind = vocabulary.axes[vocabulary.types[listed.of].axes[axis]].kind;
                other = listed.with_another_value(vocabulary, axis, rng)?;
                parts = if rng.u8(0..3) == 0 {
                    self.telling(&other, Some(Part::Axis(axis)), rng)
                } else {
                    other.parts(vocabulary)
                };
            }
            "brand" => {
                other.brand = rng.choice(&vocabulary.brands)?;
                parts.retain(|part| *part != Part::Name);
            }
            "line" => other.name = parts.contains(&Part::Name).then(|| rng.choice(&vocabulary.names))??,
            "absent" => {
                other = Product::random(vocabulary, listed.of, rng);
                let is_known = |known: &Product| known.of == other.of && known.brand == other.brand;
                if self.products.iter().any(is_known) {
                    return None;
                }
                parts = other.parts(vocabulary);
            }
            _ => {
                // About the listing's own product, of which as much is said as tells it apart.
                if rng.bool() {
                    parts = self.telling(listed, None, rng);
                }
                let patterns = match cousin {
                    "accessory" => &vocabulary.accessories,
                    "condition" => &vocabulary.conditions,
                    "empty" => &vocabulary.empties,
                    _ => return self.bundle(listed, &parts, rng),
                };
                let words = listed.words(vocabulary, &parts, Spelling::Shop, rng).join(" ");
                let query = rng.choice(patterns)?.replace("{}", &words);
                return Some(not_there(kind, query));
            }
        }
        let style =
            rng.choice(["plain", "plain", "spelt otherwise", "another order", "promotion", "misspelt", "capitals"])?;
        let query = self.written(&other, &parts, style, rng)?;
        self.fitting(&other, &parts).is_empty().then(|| not_there(kind, query))
    }

    /// A product and one of its axes: every kind of axis as often as any other, however few products have it.
    fn axis(&self, rng: &mut Rng) -> Option<(&Product, usize)> {
        let axes = &self.vocabulary.axes;
        let all = || {
            self.products.iter().flat_map(|p| self.vocabulary.types[p.of].axes.iter().enumerate().map(move |a| (p, a)))
        };
        let kinds: BTreeSet<&str> = all().map(|(_, (_, axis))| axes[axis].kind).collect();
        let kind = rng.choice(kinds)?;
        let own = all().filter(|(_, (_, axis))| axes[**axis].kind == kind).map(|(product, (i, _))| (product, i));
        rng.choice(own.collect::<Vec<_>>())
    }

    fn bundle(&self, listed: &Product, parts: &[Part], rng: &mut Rng) -> Option<Case> {
        let words = listed.words(self.vocabulary, parts, Spelling::Shop, rng).join(" ");
        let extra = rng.choice(&self.vocabulary.extras)?;
        let join = rng.choice([" + ", " with ", " & ", " inkl. ", " avec ", " + free "])?;
        Some(not_there("bundle", format!("{words}{join}{extra}")))
    }

    /// Two or three parts of a title: the brand or the line, and what tells it from others; `kept` is one of them.
    fn telling(&self, product: &Product, kept: Option<Part>, rng: &mut Rng) -> Vec<Part> {
        let all = product.parts(self.vocabulary);
        let is_who = |part: &Part| matches!(part, Part::Brand | Part::Name);
        let who = rng.choice(all.iter().copied().filter(is_who).collect::<Vec<_>>());
        let mut chosen: Vec<Part> = who.into_iter().chain(kept).collect();
        let axes = &self.vocabulary.types[product.of].axes;
        // Nobody types a maker and a size.
        let is_telling = |part: &Part| match part {
            Part::Axis(axis) => !matches!(self.vocabulary.axes[axes[*axis]].kind, "size" | "opposing"),
            _ => true,
        };
        let mut rest: Vec<Part> = all.iter().copied().filter(|p| is_telling(p) && !chosen.contains(p)).collect();
        rng.shuffle(&mut rest);
        let wanted = rng.usize(2..=3);
        chosen.extend(rest.into_iter().take(wanted.saturating_sub(chosen.len()).max(1)));
        all.into_iter().filter(|part| chosen.contains(part)).collect()
    }

    /// `None` where the style makes nothing else of the words.
    fn written(&self, product: &Product, parts: &[Part], style: &str, rng: &mut Rng) -> Option<String> {
        let spelling = match style {
            "spelt otherwise" | "short, spelt otherwise" => Spelling::Figures,
            "noun in another language" => Spelling::Noun,
            "word in another language" => Spelling::Word,
            _ => Spelling::Shop,
        };
        let plain = product.words(self.vocabulary, parts, Spelling::Shop, rng).join(" ");
        let mut words = product.words(self.vocabulary, parts, spelling, rng);
        if style == "another order" {
            rng.shuffle(&mut words);
        }
        let text = words.join(" ");
        let mut words: Vec<String> = text.split(' ').map(str::to_string).collect();
        let text = match style {
            "promotion" => rng.choice(&self.vocabulary.promotions)?.replace("{}", &text),
            "capitals" => text.to_uppercase(),
            "misspelt" => {
                misspell(&mut words, rng);
                words.join(" ")
            }
            "joined words" => {
                let is_word = |word: &String| word.chars().all(char::is_alphabetic);
                let pairs = (1..words.len()).filter(|i| is_word(&words[*i]) && is_word(&words[i - 1]));
                let at = rng.choice(pairs.collect::<Vec<_>>())?;
                let second = words.remove(at);
                words[at - 1] += &second.to_lowercase();
                words.join(" ")
            }
            "abbreviation" => {
                let is_long = |word: &String| word.chars().count() > 6 && word.chars().all(char::is_alphabetic);
                let at = rng.choice((0..words.len()).filter(|i| is_long(&words[*i])).collect::<Vec<_>>())?;
                words[at] = words[at].chars().take(4).chain(['.']).collect();
                words.join(" ")
            }
            _ => text,
        };
        let may_be_plain = matches!(style, "plain" | "identical" | "short" | "no brand");
        (may_be_plain || text != plain).then_some(text)
    }
}

fn not_there(kind: &str, query: String) -> Case {
    Case { kind: format!("not there: {kind}"), query, relevant: Default::default() }
}
