//! One product of a generated shop and the parts of its title.

use fastrand::Rng;

use super::vocabulary::{Type, Vocabulary};

/// A product: a value of each axis of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Index of its type.
    pub of: usize,
    pub brand: &'static str,
    /// Of its line.
    pub name: &'static str,
    /// Index of its value on each axis of its type.
    pub values: Vec<usize>,
}

/// A part of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Brand,
    Name,
    Noun,
    /// By its index in the type's axes.
    Axis(usize),
}

/// How the words of a part are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// As the shop writes it.
    Shop,
    /// Amounts, counts, sizes and other values in figures otherwise, where there is another spelling.
    Figures,
    /// The noun in another language.
    Noun,
    /// One value that is a word, a flavour for example, in another language.
    Word,
}

impl Product {
    /// A product of that type with random values.
    pub fn random(vocabulary: &Vocabulary, of: usize, rng: &mut Rng) -> Self {
        let kind = &vocabulary.types[of];
        let value = |axis: &&str| rng.usize(..vocabulary.axes[*axis].values.len());
        let values = kind.axes.iter().map(value).collect();
        let brand = rng.choice(&vocabulary.brands).copied().unwrap_or_default();
        let has_name = kind.template.contains(&"{name}");
        let name = rng.choice(&vocabulary.names).copied().filter(|_| has_name).unwrap_or_default();
        Product { of, brand, name, values }
    }

    /// The parts of its title that have words, in the title's order.
    pub fn parts(&self, vocabulary: &Vocabulary) -> Vec<Part> {
        let kind = &vocabulary.types[self.of];
        let part = |slot: &&str| match slot.trim_matches(['{', '}']) {
            "brand" => Some(Part::Brand),
            "name" => Some(Part::Name),
            "noun" => Some(Part::Noun),
            axis => kind.axes.iter().position(|name| *name == axis).map(Part::Axis),
        };
        let has_words = |part: &Part| !self.spellings(vocabulary, *part).is_empty();
        kind.template.iter().filter_map(part).filter(has_words).collect()
    }

    fn spellings(&self, vocabulary: &Vocabulary, part: Part) -> Vec<&'static str> {
        let kind: &Type = &vocabulary.types[self.of];
        match part {
            Part::Brand => vec![self.brand],
            Part::Name => vec![self.name],
            Part::Noun => kind.nouns.clone(),
            Part::Axis(axis) => vocabulary.axes[kind.axes[axis]].values[self.values[axis]].clone(),
        }
    }

    /// The words of each part.
    pub fn words(&self, vocabulary: &Vocabulary, parts: &[Part], spelling: Spelling, rng: &mut Rng) -> Vec<String> {
        let all = |part: &Part| self.spellings(vocabulary, *part);
        let is_figure = |part: &Part| all(part).first().is_some_and(|word| word.contains(|c: char| c.is_ascii_digit()));
        let is_axis = |part: &&Part| matches!(part, Part::Axis(_));
        let is_word = |part: &&Part| is_axis(part) && !is_figure(part) && all(part).len() > 1;
        let chosen = rng.choice(parts.iter().filter(is_word).collect::<Vec<_>>());
        let word = |part: &Part| {
            let spellings = all(part);
            let is_otherwise = match spelling {
                Spelling::Shop => false,
                Spelling::Figures => is_axis(&part) && is_figure(part),
                Spelling::Noun => *part == Part::Noun,
                Spelling::Word => chosen == Some(part),
            };
            let others = spellings.get(1..).filter(|others| is_otherwise && !others.is_empty());
            others.and_then(|others| rng.choice(others)).or(spellings.first()).map(|word| word.to_string())
        };
        parts.iter().filter_map(word).collect()
    }

    /// The shop's title.
    pub fn title(&self, vocabulary: &Vocabulary) -> String {
        self.words(vocabulary, &self.parts(vocabulary), Spelling::Shop, &mut Rng::with_seed(0)).join(" ")
    }

    /// Whether everything that a query says of `asked` is so of this product.
    pub fn fits(&self, vocabulary: &Vocabulary, asked: &Product, parts: &[Part]) -> bool {
        parts.iter().all(|part| match part {
            Part::Brand => self.brand == asked.brand,
            Part::Name => self.name == asked.name,
            Part::Noun => vocabulary.types[self.of].nouns == vocabulary.types[asked.of].nouns,
            Part::Axis(axis) => {
                let name = vocabulary.types[asked.of].axes[*axis];
                let own = vocabulary.types[self.of].axes.iter().position(|own| *own == name);
                own.is_some_and(|own| self.values[own] == asked.values[*axis])
            }
        })
    }

    /// The same but for one axis; `None` where the axis has one value only.
    pub fn with_another_value(&self, vocabulary: &Vocabulary, axis: usize, rng: &mut Rng) -> Option<Self> {
        let values = vocabulary.axes[vocabulary.types[self.of].axes[axis]].values.len();
        let value = rng.choice((0..values).filter(|value| *value != self.values[axis]).collect::<Vec<_>>())?;
        let mut other = self.clone();
        other.values[axis] = value;
        Some(other)
    }
}
