//! Compares the attributes of two titles.

use super::agreement::Agreement;
use super::dimension::Dimension;
use super::model_relation::Relation;
use super::quantity::Quantity;
use super::statement::{Attribute, Statement, bare_version, capitalised, join, sentence};
use super::{Attributes, Colour, Size};

/// How the attributes of two titles compare. Only `model_number` can be an [`Agreement::SeriesConflict`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Of all dimensions but pack count, year and version: a conflict in one that decides is a conflict; one that does not
    /// decide only weakens an agreement.
    pub quantity: Agreement,
    pub pack_count: Agreement,
    pub model_number: Agreement,
    pub size: Agreement,
    pub colour: Agreement,
    pub year_or_version: Agreement,
    /// One for each attribute, and each dimension, that both titles have.
    pub statements: Vec<Statement>,
}

const MEASURES: [Dimension; 12] = {
    use Dimension::*;
    [Volume, Mass, Storage, Charge, Seats, Length, Power, Voltage, Frequency, Pixel, Resolution, Rotation]
};

impl Comparison {
    /// Compares the attributes of a query with those of a listing. Exchanging the sides changes no [`Agreement`], only the order in
    /// the statements, where the query's values come first.
    pub fn of(query: &Attributes, listing: &Attributes) -> Comparison {
        let mut comparison = Comparison::default();
        comparison.model_number = comparison.model_numbers(&query.model_numbers, &listing.model_numbers);
        let measures = MEASURES.map(|dimension| (dimension, comparison.dimension(dimension, query, listing)));
        comparison.quantity = overall(&measures);
        comparison.pack_count = comparison.dimension(Dimension::PackCount, query, listing);
        let editions = [Dimension::Year, Dimension::Version];
        comparison.year_or_version = overall(&editions.map(|d| (d, comparison.dimension(d, query, listing))));
        comparison.size = comparison.sizes(&query.sizes, &listing.sizes);
        comparison.colour = comparison.colours(&query.colours, &listing.colours);
        comparison
    }

    /// Whether an attribute that decides alone is in conflict.
    pub fn vetoes(&self) -> bool {
        self.statements.iter().any(|s| s.agreement == Agreement::Conflict && s.attribute.decides())
    }

    fn state(&mut self, attribute: Attribute, agreement: Agreement, text: String) -> Agreement {
        if agreement != Agreement::Missing {
            self.statements.push(Statement { attribute, agreement, text: capitalised(text) });
        }
        agreement
    }

    fn dimension(&mut self, dimension: Dimension, query: &Attributes, listing: &Attributes) -> Agreement {
        let (a, b) = (of_dimension(query, dimension), of_dimension(listing, dimension));
        let same = |a: &&Quantity, b: &&Quantity| dimension.same(a.value, b.value);
        let mut agreement = of_lists(&a, &b, same);
        if agreement == Agreement::Conflict
            && dimension == Dimension::Version
            && a.iter().any(|a| b.iter().any(|b| is_within(a, b)))
        {
            agreement = Agreement::Partial;
        }
        let (mut a, mut b) = (texts(&a), texts(&b));
        if matches!(agreement, Agreement::Conflict | Agreement::Partial)
            && let Some((total_a, total_b)) = same_total(dimension, query, listing)
        {
            (a, b) = (total_a, total_b);
            agreement = Agreement::Full;
        }
        let (attribute, text) = match dimension {
            Dimension::PackCount => {
                let (a, b) = (counts(query), counts(listing));
                (Attribute::PackCount, sentence(agreement, "pack of ", &a, &b))
            }
            Dimension::Version => {
                (Attribute::YearOrVersion, sentence(agreement, "version ", &bare_version(&a), &bare_version(&b)))
            }
            Dimension::Year => (Attribute::YearOrVersion, sentence(agreement, "", &a, &b)),
            _ => (Attribute::Quantity(dimension), sentence(agreement, "", &a, &b)),
        };
        self.state(attribute, agreement, text)
    }

    fn model_numbers(&mut self, a: &[String], b: &[String]) -> Agreement {
        let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (Relation::of(a, b), a, b)));
        let closest = pairs.reduce(|best, pair| if pair.0 > best.0 { pair } else { best });
        let Some((relation, one, other)) = closest else {
            return Agreement::Missing;
        };
        let (agreement, text) = match relation {
            Relation::Same => (Agreement::Full, format!("same model number {one}")),
            Relation::Variant => (Agreement::Partial, format!("model number {one} goes with {other}")),
            Relation::Series => (Agreement::SeriesConflict, format!("model number {one} is not {other}")),
            Relation::Different => {
                (Agreement::Conflict, format!("model number {} is not {}", a.join(" and "), b.join(" and ")))
            }
        };
        self.state(Attribute::ModelNumber, agreement, text)
    }

    fn sizes(&mut self, a: &[Size], b: &[Size]) -> Agreement {
        let comparable = |of: &[Size], with: &[Size]| -> Vec<Size> {
            of.iter().filter(|size| with.iter().any(|other| size.is_comparable(other))).cloned().collect()
        };
        let (a, b) = (comparable(a, b), comparable(b, a));
        let agreement = of_lists(&a, &b, Size::is_same);
        let labels = |sizes: &[Size]| join(sizes.iter().map(|size| size.text.as_str()));
        let text = sentence(agreement, "size ", &labels(&a), &labels(&b));
        self.state(Attribute::Size, agreement, text)
    }

    fn colours(&mut self, a: &[Colour], b: &[Colour]) -> Agreement {
        let agreement = of_lists(a, b, |a, b| a == b);
        let names = |colours: &[Colour]| join(colours.iter().map(|colour| colour.name()));
        let text = sentence(agreement, "", &names(a), &names(b));
        self.state(Attribute::Colour, agreement, text)
    }
}

/// Full agreement where all of the shorter list are in the longer, partial where some are, conflict where none is.
fn of_lists<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> Agreement {
    if a.is_empty() || b.is_empty() {
        return Agreement::Missing;
    }
    let found_a = a.iter().filter(|a| b.iter().any(|b| same(a, b))).count();
    let found_b = b.iter().filter(|b| a.iter().any(|a| same(a, b))).count();
    let all = (found_a == a.len() || a.len() > b.len()) && (found_b == b.len() || b.len() > a.len());
    match found_a {
        0 => Agreement::Conflict,
        _ if all => Agreement::Full,
        _ => Agreement::Partial,
    }
}

fn overall(agreements: &[(Dimension, Agreement)]) -> Agreement {
    let any = |wanted: Agreement| agreements.iter().any(|&(_, agreement)| agreement == wanted);
    let decided =
        agreements.iter().any(|&(dimension, agreement)| dimension.decides() && agreement == Agreement::Conflict);
    match (any(Agreement::Conflict), any(Agreement::Full), any(Agreement::Partial)) {
        (true, false, false) => Agreement::Conflict,
        _ if decided => Agreement::Conflict,
        (false, true, false) => Agreement::Full,
        (false, false, false) => Agreement::Missing,
        _ => Agreement::Partial,
    }
}

fn of_dimension(attributes: &Attributes, dimension: Dimension) -> Vec<&Quantity> {
    attributes.quantities.iter().filter(|quantity| quantity.dimension == dimension).collect()
}

/// Version 7 covers 7.2, as most titles give only the first part.
fn is_within(a: &Quantity, b: &Quantity) -> bool {
    let major = |version: &Quantity| !version.text.contains('.') || version.value.fract() == 0.0;
    a.value.floor() == b.value.floor() && (major(a) || major(b))
}

/// The totals that agree where the values do not: `2 x 500 ml` and `1 l`.
fn same_total(dimension: Dimension, query: &Attributes, listing: &Attributes) -> Option<(String, String)> {
    let (a, b) = (totals(query, dimension), totals(listing, dimension));
    let mut pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
    let same = pairs.find(|(a, b)| (a.2 || b.2) && dimension.same(a.0, b.0))?;
    Some((same.0.1.clone(), same.1.1.clone()))
}

/// Each value of a dimension, alone and times each pack count: its value, its text, and whether it is a product.
fn totals(attributes: &Attributes, dimension: Dimension) -> Vec<(f64, String, bool)> {
    if !dimension.is_packed() || dimension == Dimension::PackCount {
        return Vec::new();
    }
    let packs = of_dimension(attributes, Dimension::PackCount);
    let of = |quantity: &Quantity| {
        let packed =
            packs.iter().map(|pack| (pack.value * quantity.value, format!("{} × {}", pack.value, quantity.text), true));
        std::iter::once((quantity.value, quantity.text.clone(), false)).chain(packed).collect::<Vec<_>>()
    };
    of_dimension(attributes, dimension).into_iter().flat_map(of).collect()
}

fn texts(quantities: &[&Quantity]) -> String {
    join(quantities.iter().map(|quantity| quantity.text.as_str()))
}

fn counts(attributes: &Attributes) -> String {
    let values: Vec<String> =
        of_dimension(attributes, Dimension::PackCount).iter().map(|count| count.value.to_string()).collect();
    join(values.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::Agreement::*;
    use super::*;

    fn compare(query: &str, listing: &str) -> Comparison {
        Comparison::of(&Attributes::of(query), &Attributes::of(listing))
    }

    #[test]
    fn statements_are_sentences_for_a_shopper() {
        for (query, listing, expected) in [
            ("speaker am53bk", "Bose AM53BK", "Same model number AM53BK"),
            ("shampoo 400 ml", "Shampoo 800 ml", "400 ml is not 800 ml"),
            ("spaghetti 500 g", "Pasta 500 G", "Both 500 g"),
            ("Sony WH-1000XM3", "Sony WH-1000XM4", "Model number WH1000XM3 is not WH1000XM4"),
            ("red mug", "taza negra", "Red is not black"),
            ("T-Shirt M", "T-Shirt Gr. L", "Size M is not size L"),
            ("soap pack of 2", "soap 6-pack", "Pack of 2 is not pack of 6"),
            ("office 2003", "office 2007", "2003 is not 2007"),
            ("acrobat v8 .0", "acrobat version 9", "Version 8.0 is not version 9"),
            ("agua 2 x 500 ml", "agua 1 l", "2 × 500 ml agrees with 1 l"),
            ("butter 1 lb", "butter 454 g", "1 lb agrees with 454 g"),
        ] {
            let texts: Vec<String> = compare(query, listing).statements.into_iter().map(|s| s.text).collect();
            assert!(texts.iter().any(|text| text == expected), "{query} and {listing}: {texts:?}");
        }
    }

    #[test]
    fn quantities_agree_within_two_per_cent_in_any_unit() {
        for (query, listing, expected) in [
            ("1 lb", "454 g", Full),
            ("cola 12 fl oz", "cola 355ml", Full),
            ("0,75 l Wein", "vin 75cl", Full),
            ("1.000 g", "1 kg", Full),
            ("ssd 1 tb", "ssd 1024gb", Full),
            ("agua 6 x 1,5 l", "agua 9 litros", Full),
            ("phone 8gb 256gb", "phone 256 gb", Full),
            ("phone 8gb 256gb", "phone 12gb 256gb", Partial),
            ("phone 128gb", "phone 256gb", Conflict),
            ("kopi 100 gr", "kopi 200gr", Conflict),
            ("tv 55 inch", "tv", Missing),
            ("tv 55 inch 4k", "tv 139 cm 2160p", Full),
            ("lamp 40w 12v", "lamp 60w 12v", Partial),
        ] {
            assert_eq!(compare(query, listing).quantity, expected, "{query} and {listing}");
        }
    }

    #[test]
    fn only_deciding_attributes_veto() {
        for (query, listing, expected) in [
            ("milk 1 l", "milk 2 l", true),
            ("T-Shirt S", "T-Shirt XL", true),
            ("quicken 2006", "quicken 2007", true),
            ("isi 3", "isi 12 pcs", true),
            ("tv 40 inch", "tv 55 inch", false),
            ("motor 12 v", "motor 24 v", false),
            ("red cup", "blue cup", false),
            ("shoes EU 42", "shoes UK 8", false),
        ] {
            assert_eq!(compare(query, listing).vetoes(), expected, "{query} and {listing}");
        }
    }

    #[test]
    fn a_first_part_of_a_version_covers_the_rest() {
        assert_eq!(compare("logic version 7", "logic v7.2").year_or_version, Partial);
        assert_eq!(compare("logic version 7.1", "logic v7.2").year_or_version, Conflict);
    }
}
