//! The reader of marks: words that make another product of one line, or another thing altogether (`data/marks.tsv`), and what a title
//! says its product is without.

use std::sync::LazyLock;

use super::tokens::Tokens;
use super::word_list::WordList;

/// What a marked word makes of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MarkKind {
    /// Part of the product's name: Pro, Max.
    Suffix,
    /// Used, refurbished, incomplete.
    Condition,
    /// An accessory or a spare part.
    Relation,
    /// Wireless, for men, unsalted.
    Variant,
    /// What the product is without: sugar free, non bio.
    Without,
}

/// One marked word of a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub kind: MarkKind,
    /// Values of one group exclude each other.
    pub group: &'static str,
    pub value: String,
}

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    /// `None` for a thing, which is an accessory only where a word such as `for` follows.
    kind: Option<MarkKind>,
    group: &'static str,
    value: &'static str,
}

const TEXT: &str = include_str!("data/marks.tsv");

static MARKS: LazyLock<WordList<Entry>> = LazyLock::new(|| WordList::read(TEXT, Entry::parse));

/// Most marks of a title, and most parts of a word of the list.
const MAX_PER_TITLE: usize = 16;
const MAX_PARTS: usize = 3;

/// Words after which something is named that the product is for, or that it is without.
const FOR: [&str; 10] = ["for", "fur", "fuer", "pour", "para", "per", "voor", "dla", "untuk", "icin"];
const WITHOUT: [&str; 10] = ["non", "without", "ohne", "sans", "sin", "sem", "senza", "zonder", "bez", "tanpa"];
/// What is often left out: `sugar free`, `zuckerfrei`.
const LEFT_OUT: [&str; 12] =
    ["sugar", "gluten", "lactose", "caffeine", "alcohol", "fat", "fragrance", "perfume", "dairy", "salt", "oil", "nut"];

/// Before `-frei` and `-vrij`.
const STEMS: [&str; 11] =
    ["zucker", "suiker", "gluten", "laktose", "lactose", "koffein", "alkohol", "alcohol", "parfum", "fett", "salz"];

impl Entry {
    fn parse(columns: &'static str) -> Option<Entry> {
        let mut columns = columns.split('\t');
        let kind = match columns.next()? {
            "suffix" => Some(MarkKind::Suffix),
            "condition" => Some(MarkKind::Condition),
            "relation" => Some(MarkKind::Relation),
            "variant" => Some(MarkKind::Variant),
            "thing" => None,
            _ => return None,
        };
        let (group, value) = (columns.next()?, columns.next()?);
        columns.next().is_none().then_some(Entry { kind, group, value })
    }
}

/// The marks of a title in its order, each once, and the tokens that state them, first and last.
pub(super) fn read(tokens: &Tokens) -> (Vec<Mark>, Vec<(usize, usize)>) {
    let (mut found, mut spans): (Vec<Mark>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        let Some((mark, last)) = mark_at(tokens, at) else {
            at += 1;
            continue;
        };
        if found.len() < MAX_PER_TITLE && !found.contains(&mark) {
            found.push(mark);
        }
        spans.push((at, last));
        at = last + 1;
    }
    (found, spans)
}

fn mark_at(tokens: &Tokens, at: usize) -> Option<(Mark, usize)> {
    if tokens.key(at).is_empty() {
        return plus_sign(tokens, at);
    }
    if tokens.follows_letters(at) || tokens.continues(at) && tokens.number(at + 1).is_some() {
        return None;
    }
    if let Some(found) = without(tokens, at) {
        return Some(found);
    }
    let (entry, last) = entry_at(tokens, at)?;
    let kind = match entry.kind {
        Some(MarkKind::Suffix) if at == 0 => return None,
        Some(kind) => kind,
        None if names_another(tokens, last + 1) => MarkKind::Relation,
        None => return None,
    };
    Some((Mark { kind, group: entry.group, value: entry.value.into() }, last))
}

/// The longest word of the list that begins at `at`, and its last token; a hyphen may join its parts.
fn entry_at(tokens: &Tokens, at: usize) -> Option<(Entry, usize)> {
    let (mut word, mut last) = (tokens.key(at).to_owned(), at);
    let mut found = MARKS.get(&word).map(|entry| (entry, last));
    for _ in 1..MAX_PARTS {
        let next = if matches!(tokens.symbol(last + 1), Some('-' | '\'' | '’')) { last + 2 } else { last + 1 };
        if tokens.key(next).is_empty() {
            break;
        }
        word.push('_');
        word.push_str(tokens.key(next));
        last = next;
        found = MARKS.get(&word).map(|entry| (entry, last)).or(found);
    }
    found
}

/// `+` right behind a word or a number is the suffix Plus where no other thing follows: `S23+`; between words it joins a bundle.
fn plus_sign(tokens: &Tokens, at: usize) -> Option<(Mark, usize)> {
    let is_plus = tokens.symbol(at) == Some('+') && at > 0 && tokens.symbol(at - 1).is_none();
    let joins = tokens.adjacent(at) && !tokens.adjacent(at + 1);
    let mark = |kind, group, value: &str| (Mark { kind, group, value: value.into() }, at);
    match is_plus {
        true if joins => Some(mark(MarkKind::Suffix, "suffix", "plus")),
        _ => None,
    }
}

/// Whether a word such as `for` stands at `at` or one later, and behind it what is not a person, a use or a number.
fn names_another(tokens: &Tokens, at: usize) -> bool {
    let Some(word) = [at, at + 1].into_iter().find(|at| FOR.contains(&tokens.key(*at))) else { return false };
    let next = tokens.key(word + 1);
    let is_variant = MARKS.get(next).is_some_and(|entry| entry.kind == Some(MarkKind::Variant));
    !next.is_empty() && !is_variant && !super::word_class::WordClass::NoProduct.has(next)
}

/// `non bio`, `ohne Zucker`, `sugar free`, `zuckerfrei`.
fn without(tokens: &Tokens, at: usize) -> Option<(Mark, usize)> {
    let key = tokens.key(at);
    let mark =
        |value: &str, last| Some((Mark { kind: MarkKind::Without, group: "without", value: value.into() }, last));
    let next = if tokens.symbol(at + 1) == Some('-') { at + 2 } else { at + 1 };
    let following = tokens.key(next);
    if WITHOUT.contains(&key) && following.len() > 2 {
        return mark(following, next);
    }
    // `Zero` alone is without sugar.
    if key == "zero" && !tokens.adjacent(at) {
        return if LEFT_OUT.contains(&following) { mark(following, next) } else { mark("sugar", at) };
    }
    if LEFT_OUT.contains(&key) && following == "free" {
        return mark(key, next);
    }
    if let Some(stem) = key.strip_suffix("free").filter(|stem| LEFT_OUT.contains(stem)) {
        return mark(stem, at);
    }
    // Not of what is free of charge: `versandkostenfrei`.
    let stem = key.strip_suffix("frei").or_else(|| key.strip_suffix("vrij"))?;
    if STEMS.contains(&stem) { mark(stem, at) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(title: &str) -> Vec<(MarkKind, String)> {
        read(&Tokens::of(title)).0.into_iter().map(|mark| (mark.kind, mark.value)).collect()
    }

    #[test]
    fn every_line_of_the_list_can_be_read() {
        assert_eq!(super::super::word_list::problems(TEXT, true, Entry::parse), [""; 0]);
    }

    #[test]
    fn suffixes_conditions_and_relations_are_read_where_they_are_meant() {
        use MarkKind::*;
        for (title, expected) in [
            ("Corva Phone 7 Pro Max", &[(Suffix, "pro"), (Suffix, "max")][..]),
            ("Corva S9+ 128GB", &[(Suffix, "plus")]),
            ("Refurbished Corva Phone", &[(Condition, "refurbished")]),
            ("Corva camera body only", &[(Condition, "incomplete")]),
            ("Case for Corva Phone 7", &[(Relation, "case")]),
            ("Leather Case", &[]),
            ("Shampoo for dry hair", &[(Variant, "dry")]),
            ("Schutzhülle für Corva Tab", &[(Relation, "case")]),
            ("Fairy Non-Bio Pods", &[(Without, "bio")]),
            ("Cola sugar free", &[(Without, "sugar")]),
            ("Cola sugarfree", &[(Without, "sugar")]),
            ("Bonbons versandkostenfrei", &[]),
            ("Bonbons zuckerfrei", &[(Without, "zucker")]),
        ] {
            let expected: Vec<(MarkKind, String)> = expected.iter().map(|(k, v)| (*k, v.to_string())).collect();
            assert_eq!(marks(title), expected, "{title}");
        }
    }
}
