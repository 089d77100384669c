//! Attributes in product titles: amounts, model numbers, sizes and colours, in the languages of ordinary shops.
//!
//! A title is cut into tokens once: words, numbers and symbols. Each reader consumes the tokens that it recognises and leaves
//! the rest to the next. What is ambiguous is not an attribute: a missing attribute costs little, a wrong one makes a wrong veto.
//! The rules are the project's own; the words that they know are lists in `data/`.

mod agreement;
mod colour;
mod comparison;
mod dimension;
mod edition;
mod marks;
mod model_number;
mod model_relation;
mod number;
mod packs;
mod quantity;
mod size;
mod statement;
mod tokens;
mod unit;
mod word_class;
mod word_list;

pub use agreement::{Agreement, Cap};
pub use colour::Colour;
pub use comparison::Comparison;
pub use dimension::Dimension;
pub use marks::{Mark, MarkKind};
pub use quantity::Quantity;
pub use size::{Size, SizeSystem};
pub use statement::{Attribute, Statement};

/// The attributes that a title states.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attributes {
    /// In the order of the title but years and versions last; of one dimension each value once, but for the sides of one thing.
    pub quantities: Vec<Quantity>,
    /// In capitals without separators, sorted, each once.
    pub model_numbers: Vec<String>,
    pub sizes: Vec<Size>,
    /// Sorted, each once.
    pub colours: Vec<Colour>,
    /// In the order of the title, each once.
    pub marks: Vec<Mark>,
}

impl Attributes {
    /// Reads a title in the normal form of [`normalise`](super::normalise), upper and lower case as written.
    pub fn of(title: &str) -> Attributes {
        Attributes::read(title).0
    }

    /// The same, and the words that no reader has consumed, each followed by a space: what the title says beyond its attributes.
    /// Model numbers, words of grammar and of promotion: the first are among them, the others are not.
    pub fn read(title: &str) -> (Attributes, String) {
        let mut tokens = tokens::Tokens::of(title);
        let sizes = size::read(&mut tokens);
        let mut quantities = quantity::read(&mut tokens);
        edition::read_generations(&mut tokens, &mut quantities);
        edition::read(&mut tokens, &mut quantities);
        let model_numbers = model_number::read(&tokens);
        let colours = colour::read(&mut tokens);
        let (marks, spans) = marks::read(&tokens);
        spans.into_iter().for_each(|(first, last)| tokens.consume(first, last));
        let rest = tokens.rest();
        (Attributes { quantities, model_numbers, sizes, colours, marks }, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLES: &[&str] = &[
        "sony turntable pslx350h 33-1/3 and 45 rpm",
        "[BISA COD] Kaos Polos Hitam M L XL isi 3 pcs 100% Cotton 24s",
        "Coca-Cola Zero 6 x 330 ml Dosen, 1,98 L",
        "Damen Kleid schwarz Gr. 36-44 S/M/L",
        "adobe photoshop cs3 ( v10 .0 ) mac 13102488 2007",
        "Xiaomi Power Bank 20.000mAh 22,5W USB-C",
        "Canon EF-S 18-55mm f/3.5-5.6 & 55-250mm, 12.1 MP, 2.7\"",
        "洗发水500ml 2瓶 红色 K380",
        "Nike Air Max EU 42 / UK 8 / US 9 weiß",
        "microsoft office 2007 5 user win 95 98 me nt 2000 xp",
    ];

    /// Titles of pieces that readers look for, in any order: xorshift64* with a fixed seed.
    fn random_titles(count: usize) -> Vec<String> {
        let pieces: Vec<&str> = concat!(
            "1|2|500|000|1e308|99999999999999999999999999999999999999999|0|1.5|1,000|.|,|-|/| | | |x|×|ml|g|L|m|'|\"|in|XL|S|",
            "size|Gr.|v|version|2007|pack|of|isi|EU|red|⁄|½|é|红|İ|ß|\u{301}|AB|gb|12|fl|oz|$|(|)|#|4k|pc|er|😀|NaN|inf|_|to|w|pro",
            "|max|+|case|for|remote|ohne|zucker|sugar|free|zero|non|kids|boys|girls|men|used|decaf"
        )
        .split('|')
        .collect();
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = |below: usize| {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % below
        };
        (0..count).map(|_| (0..next(24)).map(|_| pieces[next(pieces.len())]).collect()).collect()
    }

    fn agreements(c: &Comparison) -> [Agreement; 10] {
        let numbers = [c.quantity, c.pack_count, c.model_number, c.size, c.colour, c.year_or_version];
        let words = [c.generation, c.condition, c.relation, c.variant];
        std::array::from_fn(|i| *numbers.iter().chain(&words).nth(i).unwrap())
    }

    fn titles() -> Vec<String> {
        TITLES.iter().map(|&title| title.to_owned()).chain(random_titles(20_000)).collect()
    }

    #[test]
    fn amounts_standards_years_prices_and_phrases_are_no_model_numbers() {
        for title in [
            "400ml 1080p 2.5kg 5000mAh 28-135mm 6x330ml 1920x1080",
            "mp3 h264 usb2.0 802.11n ddr2 ipv6 spf50 5.1ch 10/100base-tx IP68",
            "3rd 21st 4th-6th 2007/2008 1990-2005",
            "2-in-1 6-disc 33-1/3 vol-12 iphone12 office2007 24hrs 10-user",
            "Rp 150000 $12345 100000 images",
            "Gr. 38 EU42 3XL",
        ] {
            assert_eq!(Attributes::of(title).model_numbers, [""; 0], "{title}");
        }
    }

    #[test]
    fn values_are_finite_and_positive_whatever_the_title() {
        for title in titles() {
            let attributes = Attributes::of(&title);
            let values = attributes.quantities.iter().map(|quantity| quantity.value);
            assert!(values.clone().all(|value| value.is_finite() && value > 0.0), "{title}: {attributes:?}");
            assert!(attributes.sizes.iter().all(|size| size.value.is_finite()), "{title}: {attributes:?}");
            assert!(
                attributes.quantities.iter().all(|quantity| title.contains(&quantity.text)),
                "{title}: {attributes:?}"
            );
        }
    }

    #[test]
    fn a_title_agrees_with_itself() {
        for title in titles() {
            let attributes = Attributes::of(&title);
            let itself = Comparison::of(&attributes, &attributes);
            let fits = |agreement: &Agreement| matches!(agreement, Agreement::Full | Agreement::Missing);
            assert!(agreements(&itself).iter().all(fits), "{title}: {itself:?}");
        }
    }

    #[test]
    fn agreements_are_the_same_with_the_sides_exchanged() {
        let all: Vec<Attributes> = titles().iter().map(|title| Attributes::of(title)).collect();
        for pair in all.windows(2) {
            assert_eq!(
                agreements(&Comparison::of(&pair[0], &pair[1])),
                agreements(&Comparison::of(&pair[1], &pair[0])),
                "{pair:?}"
            );
        }
    }
}
