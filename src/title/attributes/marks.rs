//! The reader of marks: words that make another product of one line, or another thing altogether (`data/marks.tsv`), and what a title
//! says its product is without.

use std::sync::LazyLock;

use super::tokens::Tokens;
use super::word_class::WordClass;
use super::word_list::WordList;

/// What a marked word makes of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MarkKind {
    /// Part of the product's name: Pro, Max.
    Suffix,
    /// Used, refurbished, incomplete.
    Condition,
    /// More or less than the product: a bundle, a sample.
    Offer,
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
    /// A value that another one begins with is the more general one: `kids` of `kids boys`.
    pub value: String,
    /// Whether the title states it by itself. Otherwise the word may be an ordinary one, such as `case` without what it is for or
    /// `mini` before a noun, and only agrees with what the other title states.
    pub firm: bool,
}

/// What a word of the list is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Class {
    Mark(MarkKind),
    /// An accessory only where a word such as `for` follows.
    Thing,
    /// The same, or where it follows a numbered name: `Phone 13 case`.
    Accessory,
    /// What a product may be without.
    Substance,
    /// No mark, though a part of it alone would be one.
    Plain,
}

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    class: Class,
    group: &'static str,
    value: &'static str,
}

const TEXT: &str = include_str!("data/marks.tsv");

static MARKS: LazyLock<WordList<Entry>> = LazyLock::new(|| WordList::read(TEXT, Entry::parse));

/// Most marks of a title, and most parts of a word of the list.
const MAX_PER_TITLE: usize = 16;
const MAX_PARTS: usize = 3;
/// Most words between the number of a name and an accessory.
const MAX_BETWEEN: usize = 3;

/// Words after which something is named that the product is for, or that it is without.
const FOR: [&str; 10] = ["for", "fur", "fuer", "pour", "para", "per", "voor", "dla", "untuk", "icin"];
const WITHOUT: [&str; 10] = ["non", "without", "ohne", "sans", "sin", "sem", "senza", "zonder", "bez", "tanpa"];
/// Behind what a product is without, in one word with it or in two.
const FREE: [&str; 3] = ["free", "frei", "vrij"];

impl Entry {
    fn parse(columns: &'static str) -> Option<Entry> {
        let mut columns = columns.split('\t');
        let class = match columns.next()? {
            "suffix" => Class::Mark(MarkKind::Suffix),
            "condition" => Class::Mark(MarkKind::Condition),
            "offer" => Class::Mark(MarkKind::Offer),
            "relation" => Class::Mark(MarkKind::Relation),
            "variant" => Class::Mark(MarkKind::Variant),
            "without" => Class::Mark(MarkKind::Without),
            "thing" => Class::Thing,
            "accessory" => Class::Accessory,
            "substance" => Class::Substance,
            "plain" => Class::Plain,
            _ => return None,
        };
        let (group, value) = (columns.next()?, columns.next()?);
        columns.next().is_none().then_some(Entry { class, group, value })
    }

    fn mark(self, kind: MarkKind, firm: bool) -> Mark {
        Mark { kind, group: self.group, value: self.value.into(), firm }
    }
}

/// The marks of a title in its order, each once and without those more general than another, and the tokens that state the firm
/// ones, first and last.
pub(super) fn read(tokens: &Tokens) -> (Vec<Mark>, Vec<(usize, usize)>) {
    let (mut found, mut spans): (Vec<Mark>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        let (mark, last) = mark_at(tokens, at).unwrap_or((None, at));
        if let Some(mark) = mark {
            if mark.firm {
                spans.push((at, last));
            }
            if found.len() < MAX_PER_TITLE && !found.contains(&mark) {
                found.push(mark);
            }
        }
        at = last + 1;
    }
    let is_general =
        |mark: &Mark| found.iter().any(|other| other.value != mark.value && covers(&mark.value, &other.value));
    let general: Vec<bool> = found.iter().map(is_general).collect();
    let mut general = general.into_iter();
    found.retain(|_| !general.next().unwrap_or(false));
    (found, spans)
}

/// Whether a value is another one or more general than it.
pub(super) fn covers(general: &str, value: &str) -> bool {
    value.strip_prefix(general).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// The mark that begins at `at`, and its last token; `None` instead of the mark where the tokens through the last state none.
fn mark_at(tokens: &Tokens, at: usize) -> Option<(Option<Mark>, usize)> {
    if tokens.key(at).is_empty() {
        return plus_sign(tokens, at).map(|mark| (Some(mark), at));
    }
    if tokens.follows_letters(at) || tokens.continues(at) && tokens.number(at + 1).is_some() {
        return None;
    }
    if let Some((mark, last)) = without(tokens, at) {
        return Some((Some(mark), last));
    }
    let (entry, last) = entry_at(tokens, at)?;
    let mark = match entry.class {
        // A suffix that begins a code such as FE-360 is none; one that is read as a size, or that begins the title, only agrees.
        Class::Mark(MarkKind::Suffix) if begins_code(tokens, at) => return None,
        Class::Mark(MarkKind::Suffix) => {
            let firm = at > 0 && !tokens.is_consumed(at) && ends_name(tokens, at);
            Some(entry.mark(MarkKind::Suffix, firm))
        }
        Class::Mark(kind) => Some(entry.mark(kind, true)),
        Class::Thing => Some(entry.mark(MarkKind::Relation, names_another(tokens, last + 1))),
        Class::Accessory => {
            let firm = names_another(tokens, last + 1) || follows_name(tokens, at, last);
            Some(entry.mark(MarkKind::Relation, firm))
        }
        Class::Substance => return None,
        Class::Plain => None,
    };
    Some((mark, last))
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

fn is_suffix(key: &str) -> bool {
    MARKS.get(key).is_some_and(|entry| entry.class == Class::Mark(MarkKind::Suffix))
}

/// `FE-360`.
fn begins_code(tokens: &Tokens, at: usize) -> bool {
    tokens.symbol(at + 1) == Some('-') && tokens.adjacent(at + 2) && tokens.number(at + 2).is_some()
}

/// Whether the word at `at` ends a product's name: a number or another suffix is before it, or no further word of the name
/// behind it. `XL capacity` and `mini box` do not.
fn ends_name(tokens: &Tokens, at: usize) -> bool {
    let numbered = tokens.number(at - 1).is_some() && !tokens.is_consumed(at - 1);
    let next = tokens.key(at + 1);
    let outside = next.is_empty()
        || tokens.is_consumed(at + 1)
        || FOR.contains(&next)
        || WordClass::Function.has(next)
        || WordClass::Promotion.has(next)
        || without(tokens, at + 1).is_some()
        || entry_at(tokens, at + 1).is_some_and(|(entry, _)| matches!(entry.class, Class::Mark(_)));
    numbered || is_suffix(tokens.key(at - 1)) || outside
}

/// `+` right behind a name, such as `S23+`, is the suffix Plus, but not behind a mere number: `SPF 50+`. Apart from the words on
/// both sides it joins the parts of a bundle.
fn plus_sign(tokens: &Tokens, at: usize) -> Option<Mark> {
    if tokens.symbol(at) != Some('+') || at == 0 || tokens.adjacent(at + 1) {
        return None;
    }
    let named = !tokens.key(at - 1).is_empty() || tokens.number(at - 1).is_some() && tokens.follows_letters(at - 1);
    let mark = |kind, group, value: &str| Some(Mark { kind, group, value: value.into(), firm: true });
    match tokens.adjacent(at) {
        true if named => mark(MarkKind::Suffix, "suffix", "plus"),
        false if tokens.symbol(at - 1).is_none() && !tokens.key(at + 1).is_empty() => {
            mark(MarkKind::Offer, "offer", "bundle")
        }
        _ => None,
    }
}

/// Whether a word such as `for` stands at `at` or one later, and behind it what is not a person, a use or a number.
fn names_another(tokens: &Tokens, at: usize) -> bool {
    let Some(word) = [at, at + 1].into_iter().find(|at| FOR.contains(&tokens.key(*at))) else { return false };
    let next = tokens.key(word + 1);
    let is_variant = MARKS.get(next).is_some_and(|entry| entry.class == Class::Mark(MarkKind::Variant));
    !next.is_empty() && !is_variant && !WordClass::NoProduct.has(next)
}

/// Whether the words from `at` through `last` end a run of words that begins with the number of a name: `Phone 13 leather case`,
/// but not `Speaker 13 with dock`.
fn follows_name(tokens: &Tokens, at: usize, last: usize) -> bool {
    let next = tokens.key(last + 1);
    let ends = next.is_empty() && tokens.number(last + 1).is_none() || tokens.is_consumed(last + 1);
    let is_word = |at: &usize| !tokens.key(*at).is_empty() && !WordClass::Function.has(tokens.key(*at));
    let before = (0..at).rev().take(MAX_BETWEEN + 1).find(|at| !is_word(at));
    let named = |at: usize| tokens.number(at).is_some() && !tokens.is_consumed(at) && !tokens.key_before(at).is_empty();
    ends && before.is_some_and(named)
}

/// The name of what a product may be without, one name in all languages.
fn substance(key: &str) -> Option<&'static str> {
    MARKS.get(key).filter(|entry| entry.class == Class::Substance).map(|entry| entry.value)
}

/// `non bio`, `ohne Zucker`, `sugar free`, `zuckerfrei`, but not what is free of charge: `versandkostenfrei`.
fn without(tokens: &Tokens, at: usize) -> Option<(Mark, usize)> {
    let key = tokens.key(at);
    let mark = |what: &str, last| {
        let value = ["without ", what].concat();
        Some((Mark { kind: MarkKind::Without, group: "without", value, firm: true }, last))
    };
    let next = if tokens.symbol(at + 1) == Some('-') { at + 2 } else { at + 1 };
    let following = tokens.key(next);
    if WITHOUT.contains(&key) && following.len() > 2 {
        return mark(substance(following).unwrap_or(following), next);
    }
    // `Zero` alone is without sugar.
    if key == "zero" && !tokens.adjacent(at) {
        return substance(following).map_or_else(|| mark("sugar", at), |what| mark(what, next));
    }
    if let Some(what) = substance(key).filter(|_| FREE.contains(&following)) {
        return mark(what, next);
    }
    mark(FREE.iter().find_map(|free| key.strip_suffix(free).and_then(substance))?, at)
}

#[cfg(test)]
mod tests {
    use super::MarkKind::*;
    use super::*;

    /// The firm marks.
    fn marks(title: &str) -> Vec<(MarkKind, String)> {
        let found = read(&Tokens::of(title)).0.into_iter().filter(|mark| mark.firm);
        found.map(|mark| (mark.kind, mark.value)).collect()
    }

    fn check(cases: &[(&str, &[(MarkKind, &str)])]) {
        for (title, expected) in cases {
            let expected: Vec<(MarkKind, String)> = expected.iter().map(|(k, v)| (*k, v.to_string())).collect();
            assert_eq!(marks(title), expected, "{title}");
        }
    }

    #[test]
    fn every_line_of_the_list_can_be_read() {
        assert_eq!(super::super::word_list::problems(TEXT, true, Entry::parse), [""; 0]);
    }

    #[test]
    fn suffixes_are_read_where_they_end_a_name() {
        check(&[
            ("Corva Phone 7 Pro Max", &[(Suffix, "pro"), (Suffix, "max")]),
            ("Corva Phone 7 Pro phone", &[(Suffix, "pro")]),
            ("Corva Tab Pro for Mac", &[(Suffix, "pro")]),
            ("Corva S9+ 128GB", &[(Suffix, "plus")]),
            ("Corva cream SPF 50+", &[]),
            ("Corva Tab Pro refurbished", &[(Suffix, "pro"), (Condition, "refurbished")]),
            ("Corva dryer XL capacity", &[]),
            ("Corva FE-360 camera", &[]),
            ("Mini Corva", &[]),
        ]);
    }

    #[test]
    fn conditions_and_offers_are_read() {
        check(&[
            ("Refurbished Corva Phone", &[(Condition, "refurbished")]),
            ("Corva camera body only", &[(Condition, "incomplete")]),
            ("Corva console + game", &[(Offer, "bundle")]),
            ("Corva DVD+R", &[]),
            ("Corva box no open box returns", &[]),
        ]);
    }

    #[test]
    fn things_are_relations_where_they_are_for_another_thing() {
        check(&[
            ("Case for Corva Phone 7", &[(Relation, "case")]),
            ("Schutzhülle für Corva Tab", &[(Relation, "case")]),
            ("Leather Case", &[]),
            ("Corva Phone 13 leather case", &[(Relation, "case")]),
            ("Corva Speaker 13 with dock", &[]),
            ("Corva Game 3 (jewel case)", &[]),
            ("Corva 13 battery", &[]),
            ("Brush for women", &[(Variant, "women")]),
            ("Shampoo for dry hair", &[(Variant, "dry")]),
            ("Corva Meal Replacement Shake", &[]),
        ]);
    }

    #[test]
    fn what_a_product_is_without_has_one_name_in_all_languages() {
        check(&[("Fairy Non-Bio Pods", &[(Without, "without bio")]), ("Bonbons versandkostenfrei", &[])]);
        for title in
            ["Sweets sugar free", "Bonbons zuckerfrei", "Bonbons ohne Zucker", "Zero Sugar", "sin azúcar", "Zero"]
        {
            check(&[(title, &[(Without, "without sugar")])]);
        }
        check(&[("Coffee decaf", &[(Without, "without caffeine")])]);
    }

    #[test]
    fn a_more_general_value_is_left_out_beside_the_other() {
        check(&[("Boys Kids shoes", &[(Variant, "kids boys")])]);
    }
}
