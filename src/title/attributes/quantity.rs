//! The reader of quantities, measured or counted: `400 ml`, `2.5 "`, `6er Pack`, `12 megapixel`.

use super::Attributes;
use super::dimension::Dimension;
use super::number::Number;
use super::tokens::Tokens;
use super::unit::{Scale, Unit};
use super::word_class::WordClass;

/// One quantity of a title.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    pub dimension: Dimension,
    /// In the dimension's base unit; finite and greater than 0.
    pub value: f64,
    /// As written, e.g. "400 ml".
    pub text: String,
}

/// Values above are no amounts of a product.
const MAX_VALUE: f64 = 1e12;
const MAX_COUNT: f64 = 10_000.0;
/// Most quantities of a title: comparing two titles takes time with the product of their numbers.
const MAX_PER_TITLE: usize = 32;

/// The quantities of one dimension.
pub(super) fn of_dimension(attributes: &Attributes, dimension: Dimension) -> Vec<&Quantity> {
    attributes.quantities.iter().filter(|quantity| quantity.dimension == dimension).collect()
}

/// The quantities of a title but years and versions; their tokens are consumed.
pub(super) fn read(tokens: &mut Tokens) -> Vec<Quantity> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if let Some((count, last)) = named_pack(tokens, at) {
            add(&mut found, tokens, Dimension::PackCount, count, (at, last));
        }
        let Some(number) = tokens.number(at).filter(|_| !tokens.is_consumed(at) && stands_alone(tokens, at)) else {
            continue;
        };
        match Unit::after(tokens, at) {
            Some((unit, last)) => measured(tokens, &mut found, (at, number), unit, last),
            None => counted(tokens, &mut found, at, number),
        }
    }
    found
}

/// The pieces of `twin pack`, `triple pack` and `Doppelpack`, and the last token.
fn named_pack(tokens: &Tokens, at: usize) -> Option<(f64, usize)> {
    const PACKS: [&str; 6] = ["packung", "packs", "pack", "pak", "kit", "set"];
    let key = tokens.key(at);
    let joined = PACKS.iter().find_map(|pack| key.strip_suffix(pack)).filter(|count| !count.is_empty());
    let count = match joined.unwrap_or(key) {
        "twin" | "double" | "duo" | "doppel" | "zweier" => 2.0,
        "triple" | "trio" | "dreier" => 3.0,
        "quad" | "vierer" => 4.0,
        "six" | "sechser" => 6.0,
        _ => return None,
    };
    let next = if tokens.symbol(at + 1) == Some('-') { at + 2 } else { at + 1 };
    match joined {
        Some(_) => Some((count, at)),
        None => PACKS.contains(&tokens.key(next)).then_some((count, next)),
    }
}

/// Adds a quantity unless its value is impossible or already there, and consumes its tokens.
pub(super) fn add(
    found: &mut Vec<Quantity>,
    tokens: &mut Tokens,
    dimension: Dimension,
    value: f64,
    span: (usize, usize),
) {
    if found.iter().any(|q| q.dimension == dimension && q.value == value) {
        tokens.consume(span.0, span.1);
    } else {
        add_again(found, tokens, dimension, value, span);
    }
}

/// The same for a value that may be there already: a side of a square.
fn add_again(found: &mut Vec<Quantity>, tokens: &mut Tokens, dimension: Dimension, value: f64, span: (usize, usize)) {
    let pieces = matches!(dimension, Dimension::PackCount | Dimension::Seats);
    let possible = if pieces { value.fract() == 0.0 && value <= MAX_COUNT } else { value <= MAX_VALUE };
    if value > 0.0 && possible {
        tokens.consume(span.0, span.1);
        if found.len() < MAX_PER_TITLE {
            found.push(Quantity { dimension, value, text: tokens.text(span.0, span.1).to_owned() });
        }
    }
}

fn stands_alone(tokens: &Tokens, at: usize) -> bool {
    let times = tokens.key_before(at) == "x" && (!tokens.follows_letters(at - 1));
    let aperture =
        tokens.adjacent(at) && tokens.symbol(at.wrapping_sub(1)) == Some('/') && tokens.key_before(at - 1) == "f";
    (!tokens.follows_letters(at) || times) && !aperture && !tokens.is_price(at)
}

fn value(number: Number, unit: Unit) -> f64 {
    let other = number.other.unwrap_or(number.value);
    let value = match unit.scale {
        Scale::Small => number.value.max(other),
        Scale::Large => number.value.min(other),
        Scale::Plain => number.value,
    };
    value * unit.factor
}

/// Adds a number with its unit, and the numbers that share the unit: `28-135 mm`, `10 x 20 cm`, `6 x 330 ml`, `330 ml x 6`.
fn measured(tokens: &mut Tokens, found: &mut Vec<Quantity>, (at, number): (usize, Number), unit: Unit, last: usize) {
    let (joint, partner) = (at.wrapping_sub(1), at.wrapping_sub(2));
    let before = tokens.number(partner).filter(|_| is_free(tokens, partner));
    let mut first = at;
    if let Some(before) = before {
        let range =
            matches!(tokens.symbol(joint), Some('-' | '–' | '~')) && tokens.adjacent(joint) == tokens.adjacent(at);
        if is_times(tokens, joint) {
            if unit.dimension.is_packed() {
                add_count(tokens, found, before, (partner, joint));
            } else if unit.dimension == Dimension::Length {
                add_sides(tokens, found, at, unit, last);
                return;
            }
        } else if range {
            add(found, tokens, unit.dimension, value(before, unit), (partner, last));
            first = partner;
        }
    }
    add(found, tokens, unit.dimension, value(number, unit), (first, last));
    let times = last + 1;
    if let Some(count) = tokens.number(times + 1).filter(|_| is_times(tokens, times) && unit.dimension.is_packed())
        && Unit::after(tokens, times + 1).is_none()
        && !tokens.continues(times + 1)
    {
        add_count(tokens, found, count, (times, times + 1));
    }
}

/// Adds the sides of one thing, `30 x 20 x 10 cm`, of which the last one's number stands at `at`, in their order.
fn add_sides(tokens: &mut Tokens, found: &mut Vec<Quantity>, at: usize, unit: Unit, last: usize) {
    let mut places = vec![at];
    let mut first = at;
    while let Some(before) = first.checked_sub(2)
        && is_times(tokens, first - 1)
        && tokens.number(before).is_some()
        && is_free(tokens, before)
    {
        first = before;
        places.insert(0, before);
    }
    let sides: Vec<Number> = places.into_iter().filter_map(|place| tokens.number(place)).collect();
    for side in sides {
        add_again(found, tokens, unit.dimension, value(side, unit), (first, last));
    }
}

/// Whether no reader has taken the number at `at`, and no letters but a sign for times stand right before it.
fn is_free(tokens: &Tokens, at: usize) -> bool {
    !tokens.is_consumed(at) && (!tokens.follows_letters(at) || is_times(tokens, at - 1))
}

fn is_times(tokens: &Tokens, at: usize) -> bool {
    tokens.key(at) == "x" || matches!(tokens.symbol(at), Some('×' | '*'))
}

fn add_count(tokens: &mut Tokens, found: &mut Vec<Quantity>, count: Number, span: (usize, usize)) {
    if let Some(count) = count.integer() {
        add(found, tokens, Dimension::PackCount, f64::from(count), span);
    }
}

/// `Large Eggs 6`, `Toilet Rolls 16`, `Masker x 50`: at the end of a title, after what is counted or a sign for times.
fn is_count_of_the_word_before(tokens: &Tokens, at: usize) -> bool {
    if at < 2 || at + 1 != tokens.len() || tokens.adjacent(at) && !is_times(tokens, at - 1) {
        return false;
    }
    let times = is_times(tokens, at - 1) && tokens.number(at - 2).is_none() && !tokens.adjacent(at - 1);
    times || WordClass::Counted.has(tokens.key(at - 1))
}

/// Adds a count whose word stands before it or is missing: `pack of 6`, `isi 6`, `(x6)`, `6x soap`.
fn counted(tokens: &mut Tokens, found: &mut Vec<Quantity>, at: usize, number: Number) {
    if number.integer().is_none() || tokens.continues(at) && !is_times(tokens, at + 1) {
        return;
    }
    let before = tokens.key_before(at);
    if is_count_of_the_word_before(tokens, at) {
        add_count(tokens, found, number, (at - 1, at));
        return;
    }
    let ends = at + 1 == tokens.len() || tokens.symbol(at + 1).is_some();
    let added =
        matches!(tokens.key_before(at.wrapping_sub(1)), "service" | "expansion" | "language" | "booster" | "update");
    if before == "isi" || (matches!(before, "pack" | "paquete" | "paket") && ends && !added) {
        add_count(tokens, found, number, (at - 1, at));
    } else if matches!(before, "of" | "de" | "da" | "di" | "van" | "con" | "mit" | "a") && at >= 2 {
        if WordClass::Container.has(tokens.key(at - 2)) {
            add_count(tokens, found, number, (at - 2, at));
        }
    } else if at >= 2 && is_times(tokens, at - 1) && matches!(tokens.symbol(at - 2), Some('(' | '[')) {
        add_count(tokens, found, number, (at - 1, at));
    } else if tokens.adjacent(at + 1)
        && is_times(tokens, at + 1)
        && !matches!(tokens.key(at + 2), "")
        && !WordClass::NotPacked.has(tokens.key(at + 2))
    {
        let leads = at == 0 || matches!(tokens.symbol(at - 1), Some('(' | '[' | ',' | '+' | '|' | '-'));
        if leads && !tokens.adjacent(at + 2) {
            add_count(tokens, found, number, (at, at + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Dimension::*;
    use super::*;

    fn amounts(title: &str) -> Vec<(Dimension, f64)> {
        read(&mut Tokens::of(title)).iter().map(|q| (q.dimension, (q.value * 100.0).round() / 100.0)).collect()
    }

    #[test]
    fn quantities_are_read_in_many_languages() {
        for (title, expected) in [
            ("Coca-Cola Zero 6 x 330 ml", vec![(PackCount, 6.0), (Volume, 330.0)]),
            ("Nivea Duschgel 250ml 6er Pack", vec![(Volume, 250.0), (PackCount, 6.0)]),
            ("Huile d'olive lot de 6 bouteilles 75 cl", vec![(PackCount, 6.0), (Volume, 750.0)]),
            ("Café molido 250 g pack 4 unidades", vec![(Mass, 250.0), (PackCount, 4.0)]),
            ("Leite Meio Gordo 1 L", vec![(Volume, 1000.0)]),
            ("Woda mineralna 1,5l 6 szt", vec![(Volume, 1500.0), (PackCount, 6.0)]),
            ("Çay 1.000 gr 6'lı", vec![(Mass, 1000.0), (PackCount, 6.0)]),
            ("MASKER KN95 isi 10 pcs", vec![(PackCount, 10.0)]),
            ("Indomie Goreng 85gr x 40", vec![(Mass, 85.0), (PackCount, 40.0)]),
            ("Tuna in oil 3 x 5 oz cans", vec![(PackCount, 3.0), (Mass, 141.75)]),
            ("soda 12 fl. oz. cans, set of 4", vec![(Volume, 354.88), (PackCount, 4.0)]),
            ("Xiaomi Power Bank 20.000mAh 22,5W", vec![(Charge, 20_000.0), (Power, 22.5)]),
            ("SSD 1 To, 32 Go DDR4", vec![(Storage, 1e6), (Storage, 32_000.0)]),
            ("Canon EF-S 18-55mm f/2.8 L", vec![(Length, 18.0), (Length, 55.0)]),
            ("Handtuch 50 x 100 cm", vec![(Length, 500.0), (Length, 1000.0)]),
            ("Kissen 40x40x10 cm", vec![(Length, 400.0), (Length, 400.0), (Length, 100.0)]),
            ("Zahnpasta Doppelpack 75 ml, Sixpack", vec![(PackCount, 2.0), (Volume, 75.0), (PackCount, 6.0)]),
            ("6 pack 1.5 litre water", vec![(PackCount, 6.0), (Volume, 1500.0)]),
            ("turntable 33-1/3 rpm two 2-1/2 ' drivers", vec![(Rotation, 33.33), (Length, 63.5)]),
            (
                "samsung 42in lcd 1080p 600 hz 4K",
                vec![(Length, 1066.8), (Resolution, 1080.0), (Frequency, 0.0), (Resolution, 2160.0)],
            ),
            ("lg 19 in monitor 48-in . max", vec![(Length, 482.6), (Length, 1219.2)]),
            ("norton antivirus 3 pc 1 year", vec![(Seats, 3.0)]),
            ("windows server cal 10-user", vec![(Seats, 10.0)]),
            ("Camiseta hombre pack 3", vec![(PackCount, 3.0)]),
            ("2x Duschgel sensitiv", vec![(PackCount, 2.0)]),
            ("洗发水500ml装", vec![(Volume, 500.0)]),
            ("Чай черный 100 мг, 30 см, 60 Вт", vec![(Mass, 0.1), (Length, 300.0), (Power, 60.0)]),
            ("コーヒー 200グラム", vec![(Mass, 200.0)]),
            ("ماء 500 مل 12 حبة", vec![(Volume, 500.0), (PackCount, 12.0)]),
        ] {
            assert_eq!(amounts(title), expected, "{title}");
        }
    }

    #[test]
    fn numbers_of_other_kinds_are_no_quantities() {
        for title in [
            "aquarium 3 in 1, 2 in 1 shampoo, 5 in rot",
            "Samsung Galaxy A14 5G",
            "camera w / 4x optical zoom, 12 w/ bag",
            "kdl46g5 ab-12g 5g",
            "mario 2 to 4 players",
            "lens f/2.8 l is",
            "0 g 0,0 l 99999999999999999999999999 kg 1e308 ml",
            "14ct gold ring",
            "Rp 500 g",
            "office with service pack 2, sims expansion pack 3",
            "T-Shirt 38 L",
            "Jeans 34W / 32L",
            "pump 500 l/h",
        ] {
            assert_eq!(amounts(title), [], "{title}");
        }
    }
}
