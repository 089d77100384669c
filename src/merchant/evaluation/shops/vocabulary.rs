//! The words of generated shops, read from the files in `data` whose format `shops-evaluation.txt` explains.

use std::collections::BTreeMap;

use crate::{Error, Result};

/// What one kind of shop may sell, and what is written around its titles.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    pub name: &'static str,
    pub brands: Vec<&'static str>,
    /// Of product lines.
    pub names: Vec<&'static str>,
    /// Goods that a bundle holds beside the product.
    pub extras: Vec<&'static str>,
    pub axes: BTreeMap<&'static str, Axis>,
    pub types: Vec<Type>,
    /// Texts with `{}` where a title goes.
    pub accessories: Vec<&'static str>,
    pub promotions: Vec<&'static str>,
    pub conditions: Vec<&'static str>,
    pub empties: Vec<&'static str>,
}

/// In what products of a type differ.
#[derive(Debug, Clone, Default)]
pub struct Axis {
    /// `amount`, `colour`, `word` …
    pub kind: &'static str,
    /// The spellings of each value, the shop's first; none where the value is not written.
    pub values: Vec<Vec<&'static str>>,
}

/// A type of product.
#[derive(Debug, Clone, Default)]
pub struct Type {
    /// The shop's title, with `{brand}`, `{name}`, `{noun}` and axes.
    pub template: Vec<&'static str>,
    /// What it is called, the shop's noun first; none where the title holds no noun.
    pub nouns: Vec<&'static str>,
    pub axes: Vec<&'static str>,
}

/// Reads the kinds of shop in `text`; all of them have the lines of `common`.
pub fn vocabularies(common: &'static str, text: &'static str) -> Result<Vec<Vocabulary>> {
    let mut shared = Vocabulary::default();
    lines(common).try_for_each(|line| shared.read(line))?;
    let mut found: Vec<Vocabulary> = Vec::new();
    for line in lines(text) {
        match line.strip_prefix("shop ") {
            Some(name) => found.push(Vocabulary { name, ..shared.clone() }),
            None => found.last_mut().ok_or_else(|| bad("a shop before its words", line))?.read(line)?,
        }
    }
    Ok(found)
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

impl Vocabulary {
    fn read(&mut self, line: &'static str) -> Result<()> {
        let (keyword, rest) = line.split_once(' ').ok_or_else(|| bad("a keyword and words", line))?;
        let list = || list(rest, ';');
        match keyword {
            "brand" => self.brands = list(),
            "name" => self.names = list(),
            "noun" => self.extras = list(),
            "accessory" => self.accessories = list(),
            "promo" => self.promotions = list(),
            "condition" => self.conditions = list(),
            "empty" => self.empties = list(),
            "axis" => {
                let (head, values) = rest.split_once(": ").ok_or_else(|| bad("axis NAME KIND: VALUES", line))?;
                let (name, kind) = head.split_once(' ').ok_or_else(|| bad("the axis' name and kind", line))?;
                let values = self::list(values, ';').into_iter().map(|value| self::list(value, '|'));
                let values = values.map(|spellings| if spellings == ["-"] { Vec::new() } else { spellings });
                self.axes.insert(name, Axis { kind, values: values.collect() });
            }
            "type" => {
                let parts =
                    rest.split_once(" = ").and_then(|(template, rest)| Some((template, rest.split_once(" : ")?)));
                let (template, (nouns, axes)) = parts.ok_or_else(|| bad("type TEMPLATE = NOUNS : AXES", line))?;
                let nouns = self::list(nouns, '|').into_iter().filter(|noun| *noun != "-").collect();
                let axes: Vec<&str> = axes.split_whitespace().collect();
                if let Some(unknown) = axes.iter().find(|axis| !self.axes.contains_key(*axis)) {
                    return Err(bad("axes that stand above", unknown));
                }
                self.types.push(Type { template: template.split_whitespace().collect(), nouns, axes });
            }
            other => return Err(bad("a known keyword", other)),
        }
        Ok(())
    }
}

fn list(text: &'static str, separator: char) -> Vec<&'static str> {
    text.split(separator).map(str::trim).filter(|word| !word.is_empty()).collect()
}

fn bad(expected: &str, found: &str) -> Error {
    Error::listings(expected, found, "the words of generated shops")
}
