//! A title cut where letters, digits and signs meet, with what was written apart kept apart.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::number::Number;
use super::word_class::WordClass;

/// A run of letters, a number or one sign.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'a> {
    pub text: &'a str,
    /// Byte of the title at which the text begins.
    pub start: usize,
    pub kind: Kind<'a>,
    /// Nothing stands between this token and the one before it.
    pub glued: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind<'a> {
    /// With its key: lower case without accents (`ß` is `ss`; `ı` stays), as the word lists have it.
    Word(Cow<'a, str>),
    Number(Number),
    Sign(char),
}

/// The tokens of a title in their order, and which of them a reader has already taken.
pub(super) struct Tokens<'a> {
    title: &'a str,
    tokens: Vec<Token<'a>>,
    taken: Vec<bool>,
    clothing: OnceCell<bool>,
    software: OnceCell<bool>,
}

impl<'a> Tokens<'a> {
    pub fn of(title: &'a str) -> Tokens<'a> {
        let mut tokens = Vec::with_capacity(title.len() / 4 + 4);
        let (mut at, mut glued) = (0, false);
        while let Some(first) = title[at..].chars().next() {
            let rest = &title[at..];
            let (kind, length) = if first == ' ' {
                (at, glued) = (at + 1, false);
                continue;
            } else if first.is_ascii_digit() {
                let (number, length) = Number::scan(rest);
                (Kind::Number(number), length)
            } else if first.is_alphabetic() {
                let spaced = spaced_script(first);
                let of_word = |c: char| (c.is_alphabetic() && spaced_script(c) == spaced) || is_combining(c);
                let length = rest.find(|c| !of_word(c)).unwrap_or(rest.len());
                (Kind::Word(key(&rest[..length])), length)
            } else {
                (Kind::Sign(first), first.len_utf8())
            };
            tokens.push(Token { text: &rest[..length], start: at, kind, glued });
            (at, glued) = (at + length, true);
        }
        let taken = vec![false; tokens.len()];
        Tokens { title, tokens, taken, clothing: OnceCell::new(), software: OnceCell::new() }
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

    pub fn number(&self, at: usize) -> Option<Number> {
        match self.tokens.get(at)?.kind {
            Kind::Number(number) => Some(number),
            _ => None,
        }
    }

    pub fn sign(&self, at: usize) -> Option<char> {
        match self.tokens.get(at)?.kind {
            Kind::Sign(sign) => Some(sign),
            _ => None,
        }
    }

    pub fn glued(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.glued)
    }

    /// Letters or digits follow token `at` without a space: it is only a part of something.
    pub fn runs_on(&self, at: usize) -> bool {
        self.glued(at + 1) && self.sign(at + 1).is_none() && !self.is_unspaced(at + 1)
    }

    /// Letters stand before token `at` without a space.
    pub fn hangs_on(&self, at: usize) -> bool {
        self.glued(at) && at > 0 && !self.key(at - 1).is_empty() && !self.is_unspaced(at - 1)
    }

    /// A number stands before token `at` without a space.
    pub fn hangs_on_number(&self, at: usize) -> bool {
        self.glued(at) && at > 0 && self.number(at - 1).is_some()
    }

    /// Written in a script without spaces between words, so that nothing follows from being glued to it.
    pub fn is_unspaced(&self, at: usize) -> bool {
        !self.key(at).is_empty() && self.get(at).and_then(|t| t.text.chars().next()).is_some_and(|c| !spaced_script(c))
    }

    /// The title as written from the first through the last token.
    pub fn text(&self, first: usize, last: usize) -> &'a str {
        match (self.tokens.get(first), self.tokens.get(last)) {
            (Some(a), Some(b)) => self.title.get(a.start..b.start + b.text.len()).unwrap_or(""),
            _ => "",
        }
    }

    /// Marks the tokens from the first through the last as read.
    pub fn take(&mut self, first: usize, last: usize) {
        self.taken.iter_mut().take(last + 1).skip(first).for_each(|taken| *taken = true);
    }

    pub fn taken(&self, at: usize) -> bool {
        self.taken.get(at).copied().unwrap_or(false)
    }

    fn any_key(&self, wanted: impl Fn(&str) -> bool) -> bool {
        (0..self.len()).any(|at| wanted(self.key(at)))
    }

    /// A title that sells something to wear.
    pub fn is_clothing(&self) -> bool {
        *self.clothing.get_or_init(|| self.any_key(|key| WordClass::Garment.has(key)))
    }

    /// A title that sells a program or a licence.
    pub fn is_software(&self) -> bool {
        *self.software.get_or_init(|| self.any_key(|key| WordClass::Software.has(key)))
    }

    /// A price: a currency stands beside the number at `at`.
    pub fn is_price(&self, at: usize) -> bool {
        let money = |at: usize| matches!(self.sign(at), Some('$' | '€' | '£' | '¥' | '₩' | '฿' | '₫' | '₱' | '₹'));
        let currency = |key: &str| matches!(key, "rp" | "idr" | "usd" | "euro" | "gbp" | "rm" | "php" | "zl" | "pln");
        let before = at.checked_sub(1).is_some_and(|at| money(at) || currency(self.key(at)));
        before || money(at + 1) || currency(self.key(at + 1))
    }
}

/// Latin, Greek, Cyrillic and their neighbours, unlike Chinese, Japanese or Thai.
fn spaced_script(c: char) -> bool {
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
    fn letters_digits_and_signs_come_apart() {
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
