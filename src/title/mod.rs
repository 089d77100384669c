//! A title's string → the normal form that the tokenizers and the catalogue share, and what is read out of it: words,
//! attributes, GTIN.

pub mod attributes;
mod edit_distance;
mod gtin;
mod markup;
mod normal_title;
mod parsed;
pub mod words;

pub(crate) use edit_distance::edit_distance;
pub use gtin::Gtin;
pub use normal_title::NormalTitle;
pub use parsed::Parsed;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::{Error, Result};

/// Most characters of a title; a longer text is a description.
pub const MAX_CHARS: usize = 4_096;

/// A title as it is shown: as the merchant wrote it, but for HTML, control characters and runs of white space.
pub fn shown(title: &str) -> String {
    spaced(&markup::without_markup(title))
}

/// What encoders and lanes read: without HTML, in Unicode NFKC (Unicode Standard Annex 15), control characters and runs of
/// white space as one space, no white space at the ends. Signs of trade marks are spaces, `½` is `1/2` apart from a digit
/// before it, and what only tells where a word may be broken is left out.
///
/// # Errors
/// [`Error::Title`] for more than [`MAX_CHARS`] characters, as given or in the normal form (NFKC makes 18 of one in the
/// extreme), and where no letter or digit is left: no encoder can read a product out of signs alone.
pub fn normalise(title: &str) -> Result<String> {
    let too_long = |length: usize| Error::title(format!("at most {MAX_CHARS} characters"), length.to_string());
    let length = title.chars().count();
    if length > MAX_CHARS {
        return Err(too_long(length));
    }
    let mut normal = spaced(&compatible(&markup::without_markup(title)));
    // Full-width signs are signs of HTML only now.
    let text = markup::without_markup(&normal);
    if text != normal {
        normal = spaced(&compatible(&text));
    }
    let normal_length = normal.chars().count();
    if normal_length > MAX_CHARS {
        return Err(too_long(normal_length));
    }
    let readable =
        |c: char| matches!(c.general_category_group(), GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number);
    if !normal.chars().any(readable) {
        let found = match length {
            0 => "an empty one",
            _ if normal.is_empty() => "only spaces and control characters",
            _ => "only signs",
        };
        return Err(Error::title("at least one letter or digit", found));
    }
    Ok(normal)
}

/// NFKC, but for what would join the letters or digits of a sign to those before it.
fn compatible(title: &str) -> String {
    let mut text = String::with_capacity(title.len());
    for c in title.chars() {
        match c {
            '™' | '®' | '©' | '℠' => text.push(' '),
            '\u{ad}' | '\u{200b}' | '\u{feff}' => {}
            '¼'..='¾' | '⅐'..='⅞' | '¹' | '²' | '³' => {
                if text.ends_with(|before: char| before.is_numeric()) {
                    text.push(' ');
                }
                text.push(c);
            }
            _ => text.push(c),
        }
    }
    text.nfkc().map(|c| if c == '⁄' { '/' } else { c }).collect()
}

/// Control characters and runs of white space as one space, none at the ends.
fn spaced(title: &str) -> String {
    let spaced: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_title_become_one() {
        assert_eq!(normalise("  Cafe\u{301}\tmolido\n ２５０ g ").unwrap(), "Café molido 250 g");
    }

    #[test]
    fn signs_do_not_become_letters_of_the_word_before() {
        assert_eq!(
            normalise("Lipton™ Tea® 2½ l, 35 m² &frac12; kg 10²").unwrap(),
            "Lipton Tea 2 1/2 l, 35 m2 1/2 kg 10 2"
        );
        assert_eq!(
            normalise("Ｂen ＆ＡＭＰ; ＆amp; Jerry&rsquo;s zucker&shy;frei").unwrap(),
            "Ben &AMP; & Jerry’s zuckerfrei"
        );
    }

    #[test]
    fn a_title_is_shown_as_it_was_written_without_html() {
        assert_eq!(shown(" Lipton™\tTea &amp;amp; caf&eacute; <b>½ kg</b>\n"), "Lipton™ Tea & café ½ kg");
    }

    #[test]
    fn a_title_without_text_is_an_error_that_says_so() {
        for (title, found) in
            [("", "an empty one"), (" \t ", "only spaces"), ("🔥🔥", "only signs"), ("\u{1}\u{2}", "control")]
        {
            let message = normalise(title).unwrap_err().to_string();
            assert!(message.contains(found), "{title:?} gave {message}");
        }
    }

    #[test]
    fn a_title_too_long_is_an_error_with_its_length() {
        assert!(normalise(&"a".repeat(100_000)).unwrap_err().to_string().contains("100000"));
    }

    #[test]
    fn a_title_whose_normal_form_is_too_long_is_an_error_with_that_length() {
        assert!(normalise(&"\u{fdfa}".repeat(MAX_CHARS)).unwrap_err().to_string().contains("73728"));
        assert_eq!(normalise(&"\u{fdfa}".repeat(200)).unwrap().chars().count(), 3_600);
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn normalising_again_changes_nothing(title in "\\PC{0,40}") {
            if let Ok(once) = normalise(&title) {
                proptest::prop_assert_eq!(normalise(&once).unwrap(), once);
            }
        }
    }
}
