//! Units of measure and words of counting: what may stand behind a number.

use super::quantity::Dimension::{self, *};
use super::words::Tokens;

/// What a number counts, and how many base units one of it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unit {
    pub dimension: Dimension,
    pub factor: f64,
    /// Small enough that `1.500` of it are 1500, or large enough that `1,500` are 1.5.
    pub scale: Scale,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Small,
    Large,
    Plain,
}

impl Unit {
    /// The unit behind the number at `at`, and the last token of it; none where the word means something else there.
    pub fn after(tokens: &Tokens, at: usize) -> Option<(Unit, usize)> {
        if let Some(found) = inch_sign(tokens, at) {
            return Some(found);
        }
        let joint = matches!(tokens.sign(at + 1), Some('-' | '\'' | '’'));
        let hyphen = joint && tokens.glued(at + 1) && tokens.glued(at + 2);
        let word = if hyphen { at + 2 } else { at + 1 };
        let apart = !tokens.glued(word) || hyphen;
        if tokens.key(word).is_empty() {
            return None;
        }
        if let Some(found) = two_words(tokens, word) {
            return Some(found);
        }
        let unit = match tokens.key(word) {
            "pc" if tokens.is_software() => Unit::of(Seats, 1.0),
            "ct" if matches!(tokens.key(word + 1), "gold" | "white" | "yellow" | "diamond" | "tw" | "rose") => {
                return None;
            }
            key => named(key)?,
        };
        let ends = !tokens.runs_on(word) && is_meant(tokens, at, word, apart);
        ends.then_some((unit, word))
    }

    const fn of(dimension: Dimension, factor: f64) -> Unit {
        Unit { dimension, factor, scale: Scale::Plain }
    }
}

/// `"`, `''`, NFKC's two primes and, from tokenisers, `2.5 '`; glued, `6'` is feet.
fn inch_sign(tokens: &Tokens, at: usize) -> Option<(Unit, usize)> {
    let mark = tokens.sign(at + 1)?;
    let double = tokens.sign(at + 2) == Some(mark) && tokens.glued(at + 2);
    let (factor, last) = match mark {
        '"' | '”' | '“' => (25.4, at + 1),
        '\'' | '′' | '’' if double => (25.4, at + 2),
        '\'' | '′' | '’' if tokens.glued(at + 1) => (304.8, at + 1),
        '\'' => (25.4, at + 1),
        _ => return None,
    };
    (!tokens.runs_on(last)).then_some((Unit::of(Length, factor), last))
}

/// `fl oz`, `fl. oz.`, `mega pixel`, `6er pack`.
fn two_words(tokens: &Tokens, word: usize) -> Option<(Unit, usize)> {
    let next = if matches!(tokens.sign(word + 1), Some('.' | '-')) { word + 2 } else { word + 1 };
    let unit = match (tokens.key(word), tokens.key(next)) {
        ("fl" | "fluid", "oz" | "ounce" | "ounces") => Unit::of(Volume, 29.5735),
        ("mega", "pixel" | "pixels") => Unit::of(Pixel, 1.0),
        ("er", "pack" | "packung" | "set" | "pck" | "box") => Unit::of(PackCount, 1.0),
        _ => return None,
    };
    Some((unit, next))
}

/// Whether a word that is also something else is a unit here: `5g` phones, `2 in 1`, `w / remote`, `2 to 4`.
fn is_meant(tokens: &Tokens, at: usize, word: usize, apart: bool) -> bool {
    let (key, text) = (tokens.key(word), tokens.get(word).map_or("", |token| token.text));
    let value = tokens.number(at).map_or(0.0, |number| number.value);
    let slash = tokens.sign(word + 1) == Some('/');
    let short = key.chars().count() == 1 || matches!(key, "pc" | "pk" | "ct");
    let in_code = short && tokens.sign(at.wrapping_sub(1)) == Some('-') && tokens.hangs_on(at - 1);
    let fits = match key {
        "g" => {
            (apart || !matches!(value as u32, 2..=6) || value.fract() > 0.0) && !(slash && tokens.key(word + 2) == "m")
        }
        "w" => !slash && !tokens.is_clothing(),
        "v" => tokens.number(word + 1).is_none(),
        "l" => {
            value <= 1000.0 && !tokens.is_clothing() && !(slash && matches!(tokens.key(word + 2), "h" | "min" | "s"))
        }
        "m" => (text == "m" || !apart && value != 3.0) && !(apart && tokens.is_clothing()),
        "p" | "i" => !apart && matches!(value as u32, 240 | 360 | 480 | 540 | 576 | 720 | 1080 | 1440 | 2160 | 4320),
        "k" => !apart && (value == 4.0 || value == 8.0),
        "in" => !apart || tokens.sign(word - 1) == Some('-') || is_inch(tokens, word + 1),
        "go" => !apart || text == "Go" || (value >= 8.0 && value.log2().fract() == 0.0),
        "to" => (!apart || text == "To") && tokens.number(word + 1).is_none(),
        "gb" | "mb" | "tb" | "kb" => !(slash && matches!(tokens.key(word + 2), "s" | "sec")),
        "li" | "lı" | "lu" => tokens.glued(word) && tokens.sign(word - 1) != Some('-'),
        "pack" | "packs" | "pk" => !(apart && is_year(value) || in_service_pack(tokens, word)),
        _ => true,
    };
    fits && !in_code
}

fn in_service_pack(tokens: &Tokens, word: usize) -> bool {
    tokens.number(word + 1).is_some() && !tokens.glued(word + 1) && tokens.sign(word - 1).is_none()
}

pub(super) fn is_year(value: f64) -> bool {
    value.fract() == 0.0 && (1990.0..=2039.0).contains(&value)
}

/// After `19 in`: the end, a sign, or what is sold by the inch.
fn is_inch(tokens: &Tokens, next: usize) -> bool {
    match tokens.key(next) {
        "" => tokens.number(next).is_none(),
        key => BY_THE_INCH.binary_search(&key).is_ok(),
    }
}

/// What is sold by the inch. Sorted.
#[rustfmt::skip]
static BY_THE_INCH: &[&str] = &[
    "class", "diagonal", "display", "flat", "hdtv", "laptop", "lcd", "led", "long", "monitor", "notebook", "oled",
    "plasma", "screen", "smart", "tablet", "tv", "wide", "widescreen", "x",
];

/// Whether a word's key is one of software and its licences.
pub(super) fn is_of_software(key: &str) -> bool {
    SOFTWARE.binary_search(&key).is_ok()
}

/// Words of titles in which a `pc` is a computer. Sorted.
#[rustfmt::skip]
static SOFTWARE: &[&str] = &[
    "antivirus", "download", "licence", "licencia", "license", "licenses", "licenza", "lizenz", "office", "security",
    "software", "subscription", "user", "windows",
];

/// The unit of that name; a few count only in the right surroundings.
fn named(key: &str) -> Option<Unit> {
    let (dimension, factor, scale) = match key {
        "ml" | "mls" | "cc" | "millilitre" | "millilitres" | "milliliter" | "milliliters" | "mililitro"
        | "mililitros" | "мл" => (Volume, 1.0, Scale::Small),
        "cl" => (Volume, 10.0, Scale::Large),
        "dl" => (Volume, 100.0, Scale::Large),
        "l" | "lt" | "ltr" | "litre" | "litres" | "liter" | "liters" | "litro" | "litros" | "litri" | "litr" | "л" => {
            (Volume, 1000.0, Scale::Large)
        }
        "floz" => (Volume, 29.5735, Scale::Plain),
        "gal" | "gallon" | "gallons" => (Volume, 3785.41, Scale::Plain),
        "pt" | "pint" | "pints" => (Volume, 473.176, Scale::Plain),
        "qt" | "quart" | "quarts" => (Volume, 946.353, Scale::Plain),
        "mcg" | "ug" | "μg" => (Mass, 1e-6, Scale::Plain),
        "mg" => (Mass, 1e-3, Scale::Small),
        "g" | "gr" | "grs" | "gm" | "gms" | "gram" | "grams" | "gramm" | "gramme" | "grammes" | "gramo" | "gramos"
        | "grammi" | "grama" | "gramas" | "г" | "гр" => (Mass, 1.0, Scale::Small),
        "kg" | "kgs" | "kilo" | "kilos" | "kilogram" | "kilograms" | "kilogramm" | "kilogramo" | "kilogramos"
        | "кг" => (Mass, 1000.0, Scale::Large),
        "oz" | "ounce" | "ounces" => (Mass, 28.3495, Scale::Plain),
        "lb" | "lbs" | "pound" | "pounds" => (Mass, 453.592, Scale::Plain),
        "kb" => (Storage, 1e-3, Scale::Plain),
        "mb" | "megabyte" | "megabytes" => (Storage, 1.0, Scale::Plain),
        "gb" | "go" | "gigabyte" | "gigabytes" => (Storage, 1e3, Scale::Plain),
        "tb" | "to" | "terabyte" | "terabytes" => (Storage, 1e6, Scale::Plain),
        "mm" => (Length, 1.0, Scale::Small),
        "cm" => (Length, 10.0, Scale::Plain),
        "m" | "mtr" | "mts" | "meter" | "meters" | "metre" | "metres" | "metros" | "metri" => {
            (Length, 1e3, Scale::Large)
        }
        "in" | "inch" | "inches" | "zoll" | "pouce" | "pouces" | "pulgada" | "pulgadas" | "pollici" | "polegadas"
        | "inci" | "cali" => (Length, 25.4, Scale::Plain),
        "ft" | "foot" | "feet" => (Length, 304.8, Scale::Plain),
        "yd" | "yard" | "yards" => (Length, 914.4, Scale::Plain),
        "w" | "watt" | "watts" => (Power, 1.0, Scale::Small),
        "kw" => (Power, 1e3, Scale::Large),
        "v" | "volt" | "volts" | "vac" | "vdc" => (Voltage, 1.0, Scale::Plain),
        "mah" => (Charge, 1.0, Scale::Small),
        "ah" => (Charge, 1e3, Scale::Plain),
        "hz" => (Frequency, 1e-6, Scale::Plain),
        "khz" => (Frequency, 1e-3, Scale::Plain),
        "mhz" => (Frequency, 1.0, Scale::Plain),
        "ghz" => (Frequency, 1e3, Scale::Plain),
        "rpm" => (Rotation, 1.0, Scale::Small),
        "mp" | "mpx" | "mpix" | "megapixel" | "megapixels" | "megapixeles" => (Pixel, 1.0, Scale::Plain),
        "p" | "i" => (Resolution, 1.0, Scale::Plain),
        "k" => (Resolution, 540.0, Scale::Plain),
        "user" | "users" | "seat" | "seats" | "device" | "devices" | "benutzer" | "utilisateurs" | "usuarios"
        | "postes" | "utenti" => (Seats, 1.0, Scale::Plain),
        "dozen" | "lusin" | "docena" => (PackCount, 12.0, Scale::Small),
        _ if COUNTS.binary_search(&key).is_ok() => (PackCount, 1.0, Scale::Small),
        _ => return None,
    };
    Some(Unit { dimension, factor, scale })
}

/// Words that follow the number of pieces in a pack. Sorted by the key.
#[rustfmt::skip]
static COUNTS: &[&str] = &[
    "adet", "biji", "bottles", "buah", "bungkus", "cans", "capsulas", "capsules", "count", "ct", "gelules", "kapseln",
    "keping", "lembar", "li", "lu", "lı", "pack", "packs", "paires", "pairs", "pak", "pares", "pasang", "pc", "pce",
    "pces", "pcs", "pecas", "pezzi", "piece", "pieces", "pieza", "piezas", "pk", "pods", "pz", "pza", "pzas", "pzs",
    "rolls", "sachet", "sachets", "softgels", "stk", "stuck", "stueck", "stuks", "szt", "sztuk", "tabletas",
    "tablets", "tabletten", "tabs", "uds", "unid", "unidad", "unidades", "unita", "unites", "wipes", "шт",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_lists_are_sorted() {
        for words in [COUNTS, BY_THE_INCH, SOFTWARE] {
            assert!(words.is_sorted_by(|a, b| a < b), "{words:?}");
        }
    }
}
