//! The tokens of a title: it is cut at white space and where letters, digits and symbols meet.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::number::Number;
use super::word_class::WordClass;

/// A run of letters, a number or one symbol.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'a> {
    pub text: &'a str,
    /// Byte offset of the text in the title.
    pub start: usize,
    pub kind: Kind<'a>,
    /// Whether no white space separates this token from the previous one.
    pub adjacent: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind<'a> {
    /// With its key: lower case without diacritics (`ß` is `ss`; `ı` stays), as the word lists have it.
    Word(Cow<'a, str>),
    Number(Number),
    Symbol(char),
}

/// The tokens of a title in their order, and which of them a reader has consumed.
pub(super) struct Tokens<'a> {
    title: &'a str,
    tokens: Vec<Token<'a>>,
    consumed: Vec<bool>,
    clothing: OnceCell<bool>,
    software: OnceCell<bool>,
}

impl<'a> Tokens<'a> {
    /// Cuts a title in its normal form.
    pub fn of(title: &'a str) -> Tokens<'a> {
        let mut tokens = Vec::with_capacity(title.len() / 4 + 4);
        let (mut at, mut adjacent) = (0, false);
        while let Some(first) = title[at..].chars().next() {
            let rest = &title[at..];
            let (kind, length) = if first == ' ' {
                (at, adjacent) = (at + 1, false);
                continue;
            } else if first.is_ascii_digit() {
                let (number, length) = Number::scan(rest);
                (Kind::Number(number), length)
            } else if first.is_alphabetic() {
                let segmented = is_segmented_script(first);
                let of_word = |c: char| (c.is_alphabetic() && is_segmented_script(c) == segmented) || is_combining(c);
                let length = rest.find(|c| !of_word(c)).unwrap_or(rest.len());
                (Kind::Word(key(&rest[..length])), length)
            } else {
                (Kind::Symbol(first), first.len_utf8())
            };
            tokens.push(Token { text: &rest[..length], start: at, kind, adjacent });
            (at, adjacent) = (at + length, true);
        }
        let consumed = vec![false; tokens.len()];
        Tokens { title, tokens, consumed, clothing: OnceCell::new(), software: OnceCell::new() }
    }

    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    pub fn get(&self, at: usize) -> Option<&Token<'a>> {
        self.tokens.get(at)
    }

    /// The key of the word at `at`, empty where there is none.
    pub fn key(&self, at: usize) -> &str {
        match self.tokens.get(at).map(|token| &token.kind) {
            Some(Kind::Word(key)) => key,
            _ => "",
        }
    }

    /// The key of the word before `at`, empty where there is none.
    pub fn key_before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |at| self.key(at))
    }

    /// The number at `at`, `None` where another token or none is.
    pub fn number(&self, at: usize) -> Option<Number> {
        match self.tokens.get(at)?.kind {
            Kind::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The symbol at `at`, `None` where another token or none is.
    pub fn symbol(&self, at: usize) -> Option<char> {
        match self.tokens.get(at)?.kind {
            Kind::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    /// Whether no white space separates token `at` from the previous one.
    pub fn adjacent(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.adjacent)
    }

    /// Whether letters or digits follow token `at` without white space, so that it is a part of a longer code or word.
    pub fn continues(&self, at: usize) -> bool {
        self.adjacent(at + 1) && self.symbol(at + 1).is_none() && !self.is_unsegmented(at + 1)
    }

    /// Whether letters precede token `at` without white space.
    pub fn follows_letters(&self, at: usize) -> bool {
        self.adjacent(at) && at > 0 && !self.key(at - 1).is_empty() && !self.is_unsegmented(at - 1)
    }

    /// Whether a number precedes token `at` without white space.
    pub fn follows_number(&self, at: usize) -> bool {
        self.adjacent(at) && at > 0 && self.number(at - 1).is_some()
    }

    /// Whether token `at` is in a script that does not separate words, so that being adjacent to it says nothing.
    pub fn is_unsegmented(&self, at: usize) -> bool {
        !self.key(at).is_empty()
            && self.get(at).and_then(|t| t.text.chars().next()).is_some_and(|c| !is_segmented_script(c))
    }

    /// The title as written from the first through the last token.
    pub fn text(&self, first: usize, last: usize) -> &'a str {
        match (self.tokens.get(first), self.tokens.get(last)) {
            (Some(a), Some(b)) => self.title.get(a.start..b.start + b.text.len()).unwrap_or(""),
            _ => "",
        }
    }

    /// Marks the tokens from the first through the last as consumed.
    pub fn consume(&mut self, first: usize, last: usize) {
        self.consumed.iter_mut().take(last + 1).skip(first).for_each(|consumed| *consumed = true);
    }

    /// Whether a reader has consumed token `at`.
    pub fn is_consumed(&self, at: usize) -> bool {
        self.consumed.get(at).copied().unwrap_or(false)
    }

    /// What no reader has consumed, as written, but for words of grammar and of promotion.
    pub fn rest(&self) -> String {
        let mut rest = String::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let key = self.key(at);
            let joined =
                |at: usize| at > 0 && self.adjacent(at) && self.symbol(at - 1).is_none() && self.symbol(at).is_none();
            let alone = !joined(at) && !joined(at + 1);
            let says_nothing = || WordClass::Promotion.has(key) || WordClass::Function.has(key);
            if self.is_consumed(at) || (alone && says_nothing()) {
                rest.push(' ');
                continue;
            }
            if !token.adjacent {
                rest.push(' ');
            }
            rest.push_str(token.text);
        }
        rest
    }

    fn any_key(&self, wanted: impl Fn(&str) -> bool) -> bool {
        (0..self.len()).any(|at| wanted(self.key(at)))
    }

    /// Whether a word of the title is a garment.
    pub fn is_clothing(&self) -> bool {
        *self.clothing.get_or_init(|| self.any_key(|key| WordClass::Garment.has(key)))
    }

    /// Whether a word of the title is of software or its licences.
    pub fn is_software(&self) -> bool {
        *self.software.get_or_init(|| self.any_key(|key| WordClass::Software.has(key)))
    }

    /// Whether a currency is next to the number at `at`.
    pub fn is_price(&self, at: usize) -> bool {
        let money = |at: usize| matches!(self.symbol(at), Some('$' | '€' | '£' | '¥' | '₩' | '฿' | '₫' | '₱' | '₹'));
        let currency = |key: &str| matches!(key, "rp" | "idr" | "usd" | "euro" | "gbp" | "rm" | "php" | "zl" | "pln");
        let before = at.checked_sub(1).is_some_and(|at| money(at) || currency(self.key(at)));
        before || money(at + 1) || currency(self.key(at + 1))
    }
}

/// Whether the script of a letter separates words by spaces: Latin, Greek, Cyrillic and others, unlike Chinese, Japanese or
/// Thai.
fn is_segmented_script(c: char) -> bool {
    c < '\u{0e00}' || ('\u{1e00}'..'\u{2000}').contains(&c)
}

fn is_combining(c: char) -> bool {
    ('\u{0300}'..'\u{0370}').contains(&c)
}

fn key(word: &str) -> Cow<'_, str> {
    if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(word);
    }
    if word.is_ascii() {
        return Cow::Owned(word.to_ascii_lowercase());
    }
    let mut key = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase) {
        let plain = match c {
            'ß' => {
                key.push_str("ss");
                continue;
            }
            'à'..='å' | 'ą' | 'ă' => 'a',
            'ç' | 'ć' | 'č' => 'c',
            'è'..='ë' | 'ę' | 'ě' => 'e',
            'ğ' => 'g',
            'ì'..='ï' => 'i',
            'ł' => 'l',
            'ñ' | 'ń' => 'n',
            'ò'..='ö' | 'ő' => 'o',
            'ś' | 'ş' | 'š' => 's',
            'ù'..='ü' | 'ű' => 'u',
            'ź' | 'ż' | 'ž' => 'z',
            c if is_combining(c) => continue,
            c => c,
        };
        key.push(plain);
    }
    Cow::Owned(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(title: &str) -> Vec<String> {
        let tokens = Tokens::of(title);
        (0..tokens.len()).filter_map(|at| tokens.get(at)).map(|token| token.text.to_owned()).collect()
    }

    #[test]
    fn letters_digits_and_symbols_are_tokens_of_their_own() {
        assert_eq!(texts("6x500ml (Blau)"), ["6", "x", "500", "ml", "(", "Blau", ")"]);
        assert_eq!(texts("洗发水500ml"), ["洗发水", "500", "ml"]);
        assert_eq!(texts("2-1/2 ' v3 .0"), ["2-1/2", "'", "v", "3 .0"]);
    }

    #[test]
    fn keys_are_lower_case_without_accents() {
        for (word, expected) in [("Größe", "grosse"), ("PIÈCES", "pieces"), ("KIRMIZI", "kirmizi"), ("İnci", "inci")]
        {
            assert_eq!(Tokens::of(word).key(0), expected);
        }
    }
}
