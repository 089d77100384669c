//! Compares the attributes of two titles.

use super::agreement::{Agreement, Cap};
use super::dimension::Dimension;
use super::marks::{Mark, MarkKind, covers};
use super::model_relation::Relation;
use super::packs::{both_packed, packs, states_amount, without_totals};
use super::quantity::{Quantity, of_dimension};
use super::statement::{Attribute, Statement, bare_version, capitalised, join, sentence};
use super::{Attributes, Colour, Size};

/// How the attributes of two titles compare. Only `model_number` can be an [`Agreement::SeriesConflict`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Of all dimensions but pack count, year, version and generation: a conflict in one that decides is a conflict; one that
    /// does not decide only weakens an agreement.
    pub quantity: Agreement,
    pub pack_count: Agreement,
    pub model_number: Agreement,
    pub size: Agreement,
    pub colour: Agreement,
    pub year_or_version: Agreement,
    /// Numbered generations and suffixes such as Pro and Max.
    pub generation: Agreement,
    pub condition: Agreement,
    pub relation: Agreement,
    /// Words that exclude each other, and what a product is without.
    pub variant: Agreement,
    /// One for each attribute, and each dimension, that both titles have, or that one title alone may not have.
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
        let numbered = comparison.dimension(Dimension::Generation, query, listing);
        let named = comparison.marks(MarkKind::Suffix, query, listing);
        comparison.generation = worst(numbered, named);
        let condition = comparison.marks(MarkKind::Condition, query, listing);
        comparison.condition = worst(condition, comparison.marks(MarkKind::Offer, query, listing));
        comparison.relation = comparison.marks(MarkKind::Relation, query, listing);
        let variants = comparison.marks(MarkKind::Variant, query, listing);
        comparison.variant = worst(variants, comparison.marks(MarkKind::Without, query, listing));
        comparison
    }

    /// How far the contradictions limit the decision: as far as the worst of them.
    pub fn cap(&self) -> Cap {
        self.statements.iter().map(|statement| statement.cap).max().unwrap_or_default()
    }

    /// Adds a contradiction that was found beside the attributes.
    pub fn add(&mut self, statement: Statement) {
        self.statements.push(statement);
    }

    fn state(&mut self, attribute: Attribute, agreement: Agreement, text: String) -> Agreement {
        let cap = match agreement {
            Agreement::SeriesConflict => Cap::NoMatch,
            Agreement::Conflict => attribute.cap(),
            _ => Cap::None,
        };
        self.state_capped(attribute, agreement, cap, text)
    }

    fn state_capped(&mut self, attribute: Attribute, agreement: Agreement, cap: Cap, text: String) -> Agreement {
        if agreement != Agreement::Missing {
            self.statements.push(Statement { attribute, agreement, cap, text: capitalised(text) });
        }
        agreement
    }

    /// Compares the marks of one kind, a group at a time.
    fn marks(&mut self, kind: MarkKind, query: &Attributes, listing: &Attributes) -> Agreement {
        let mut groups: Vec<&str> = Vec::new();
        for mark in query.marks.iter().chain(&listing.marks) {
            if mark.kind == kind && mark.firm && !groups.contains(&mark.group) {
                groups.push(mark.group);
            }
        }
        groups
            .into_iter()
            .fold(Agreement::Missing, |found, group| worst(found, self.mark_group((kind, group), query, listing)))
    }

    /// Compares what two titles state of one group; where only one does, what that means depends on the kind.
    fn mark_group(&mut self, group: (MarkKind, &str), query: &Attributes, listing: &Attributes) -> Agreement {
        let kind = group.0;
        let stated = |of: &Attributes| -> Vec<String> {
            let firm = of.marks.iter().filter(|mark| mark.firm && (mark.kind, mark.group) == group);
            firm.map(|mark| mark.value.clone()).collect()
        };
        let (a, b) = (stated(query), stated(listing));
        // Also where the other title has the word without stating it by itself.
        let lacks = |of: &Attributes, value: &String| {
            let same = |mark: &Mark| covers(value, &mark.value) || covers(&mark.value, value);
            let any = group.1 == "modifier";
            !of.marks.iter().any(|mark| same(mark) || any && mark.kind == MarkKind::Relation)
        };
        let not_listed = a.iter().filter(|value| lacks(listing, value)).count();
        let not_asked = b.iter().filter(|value| lacks(query, value)).count();
        let one_sided = a.is_empty() || b.is_empty();
        let (attribute, cap) = match kind {
            MarkKind::Suffix => (Attribute::Generation, Cap::Unsure),
            MarkKind::Condition => (Attribute::Condition, Cap::NoMatch),
            MarkKind::Offer => (Attribute::Condition, Cap::Unsure),
            // A shopper may leave out that a listing is an accessory, but does not name one for nothing.
            MarkKind::Relation => (Attribute::Relation, if b.is_empty() { Cap::NoMatch } else { Cap::Unsure }),
            MarkKind::Variant => (Attribute::Variant, Cap::None),
            MarkKind::Without => (Attribute::Variant, Cap::Unsure),
        };
        let between = if kind == MarkKind::Without { " and " } else { " " };
        let (ours, theirs) = (a.join(between), b.join(between));
        let agreement = match not_listed + not_asked {
            0 => Agreement::Full,
            _ if one_sided && cap == Cap::None => return Agreement::Missing,
            _ if one_sided || matches!(kind, MarkKind::Suffix | MarkKind::Without) => Agreement::Conflict,
            _ if not_listed == a.len() && not_asked == b.len() => Agreement::Conflict,
            _ => Agreement::Partial,
        };
        let text = match (agreement, a.is_empty(), b.is_empty()) {
            (Agreement::Conflict, _, true) => format!("{ours} is asked for, and the listing does not say so"),
            (Agreement::Conflict, true, _) => format!("the listing is {theirs}, which is not asked for"),
            (_, _, true) => sentence(agreement, "", &ours, &ours),
            (_, true, _) => sentence(agreement, "", &theirs, &theirs),
            _ => sentence(agreement, "", &ours, &theirs),
        };
        match (agreement, one_sided) {
            (Agreement::Conflict, true) => self.state_capped(attribute, agreement, cap, text),
            _ => self.state(attribute, agreement, text),
        }
    }

    fn dimension(&mut self, dimension: Dimension, query: &Attributes, listing: &Attributes) -> Agreement {
        if dimension == Dimension::PackCount {
            return self.packs(query, listing);
        }
        let (a, b) = (of_dimension(query, dimension), of_dimension(listing, dimension));
        let (a, b) = match both_packed(query, listing) && dimension.is_packed() {
            true => (without_totals(&a, query), without_totals(&b, listing)),
            false => (a, b),
        };
        let same = |a: &&Quantity, b: &&Quantity| dimension.same(a.value, b.value);
        let mut agreement = of_lists(&a, &b, same);
        // Sides of one thing, 66 m x 38 mm: one that differs makes another.
        if dimension == Dimension::Length && agreement == Agreement::Partial && a.len() == b.len() {
            let text = sentence(Agreement::Conflict, "", &texts(&a), &texts(&b));
            return self.state_capped(Attribute::Quantity(dimension), Agreement::Conflict, Cap::Unsure, text);
        }
        if agreement == Agreement::Conflict
            && dimension == Dimension::Version
            && a.iter().any(|a| b.iter().any(|b| is_within(a, b)))
        {
            agreement = Agreement::Partial;
        }
        let single = a.len() == 1 && b.len() == 1;
        let (a, b) = (texts(&a), texts(&b));
        let (attribute, text) = match dimension {
            Dimension::Version => {
                (Attribute::YearOrVersion, sentence(agreement, "version ", &bare_version(&a), &bare_version(&b)))
            }
            Dimension::Year => (Attribute::YearOrVersion, sentence(agreement, "", &a, &b)),
            Dimension::Generation => (Attribute::Generation, sentence(agreement, "", &a, &b)),
            _ => (Attribute::Quantity(dimension), sentence(agreement, "", &a, &b)),
        };
        // Where each title gives one length or power, it is that of the product.
        if agreement == Agreement::Conflict && single && attribute.cap() == Cap::None {
            return self.state_capped(attribute, agreement, Cap::Unsure, text);
        }
        self.state(attribute, agreement, text)
    }

    /// Compares how many pieces are in the pack. One piece is no pack; a pack that only one title names is another product where the
    /// other says what amount it has, and may be one where it does not.
    fn packs(&mut self, query: &Attributes, listing: &Attributes) -> Agreement {
        let (a, b) = (packs(query), packs(listing));
        let one_sided = a.is_empty() != b.is_empty();
        let agreement = match one_sided {
            true => Agreement::Conflict,
            false => of_lists(&a, &b, |a, b| a.value == b.value),
        };
        let named = |counts: &[&Quantity]| match counts {
            [] => "a single one".to_owned(),
            counts => format!("pack of {}", join_counts(counts)),
        };
        let text = match agreement {
            Agreement::Conflict => format!("{} is not {}", named(&a), named(&b)),
            agreement => sentence(agreement, "pack of ", &join_counts(&a), &join_counts(&b)),
        };
        if one_sided && !(states_amount(query) && states_amount(listing)) {
            return self.state_capped(Attribute::PackCount, agreement, Cap::Unsure, text);
        }
        self.state(Attribute::PackCount, agreement, text)
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

/// Version 7 covers 7.2, as most titles give only the first part.
fn is_within(a: &Quantity, b: &Quantity) -> bool {
    let major = |version: &Quantity| !version.text.contains('.') || version.value.fract() == 0.0;
    a.value.floor() == b.value.floor() && (major(a) || major(b))
}

/// The worse of two agreements: a conflict before an agreement, and either before none.
fn worst(a: Agreement, b: Agreement) -> Agreement {
    use Agreement::*;
    [SeriesConflict, Conflict, Partial, Full].into_iter().find(|worse| a == *worse || b == *worse).unwrap_or(Missing)
}

fn texts(quantities: &[&Quantity]) -> String {
    join(quantities.iter().map(|quantity| quantity.text.as_str()))
}

fn join_counts(counts: &[&Quantity]) -> String {
    let values: Vec<String> = counts.iter().map(|count| count.value.to_string()).collect();
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
            ("agua 2 x 500 ml", "agua 500 ml", "Pack of 2 is not a single one"),
            ("tab 3rd gen", "tab 2nd gen", "3rd gen is not 2nd gen"),
            ("used tab", "tab", "Used is asked for, and the listing does not say so"),
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
            ("agua 6 x 1,5 l", "agua 9 litros", Conflict),
            ("ram 16gb (2x8gb)", "ram 32gb kit (2 x 16gb)", Conflict),
            ("ram 16gb (2x8gb)", "ram 2 x 8gb", Full),
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
    fn a_contradiction_limits_the_decision_as_far_as_its_attribute_makes_another_product() {
        for (query, listing, expected) in [
            ("milk 1 l", "milk 2 l", Cap::NoMatch),
            ("T-Shirt S", "T-Shirt XL", Cap::NoMatch),
            ("quicken 2006", "quicken 2007", Cap::NoMatch),
            ("isi 3", "isi 12 pcs", Cap::NoMatch),
            ("cola 6 x 330 ml", "cola 330 ml", Cap::NoMatch),
            ("cola 6 x 330 ml", "cola 2 l", Cap::NoMatch),
            ("cola 330 ml", "cola 1 x 330 ml", Cap::None),
            ("phone case 2 pack", "phone case", Cap::Unsure),
            ("tape 66 m x 38 mm", "tape 66 m x 50 mm", Cap::Unsure),
            ("tape 66 m x 38 mm", "tape 38 mm x 66 m", Cap::None),
            ("rug 147x147 cm", "rug 77x147 cm", Cap::Unsure),
            ("rug 147x77 cm", "rug 77x147 cm", Cap::None),
            ("box 30x20x10 cm", "box 30x20x15 cm", Cap::Unsure),
            ("alpha a7 III", "alpha a7 IV", Cap::NoMatch),
            ("tab 3rd gen", "tab gen 2", Cap::NoMatch),
            ("phone pro", "phone pro max", Cap::NoMatch),
            ("phone pro", "phone", Cap::Unsure),
            ("pro photo frame", "acme inc pro", Cap::None),
            ("case for phone", "phone", Cap::NoMatch),
            ("phone", "case for phone", Cap::Unsure),
            ("used phone", "phone", Cap::NoMatch),
            ("mouse wireless", "mouse wired", Cap::Unsure),
            ("pods non bio", "pods bio", Cap::Unsure),
            ("tv 40 inch", "tv 55 inch", Cap::Unsure),
            ("tv 40 inch 10 cm", "tv 55 inch", Cap::None),
            ("red cup", "blue cup", Cap::Unsure),
            ("shoes EU 42", "shoes UK 8", Cap::None),
            ("nappies 4 size 68 pcs", "nappies size 4 68 pcs", Cap::None),
            ("nappies 4 size 68 pcs", "nappies size 5 68 pcs", Cap::NoMatch),
        ] {
            assert_eq!(compare(query, listing).cap(), expected, "{query} and {listing}");
        }
    }

    #[test]
    fn a_first_part_of_a_version_covers_the_rest() {
        assert_eq!(compare("logic version 7", "logic v7.2").year_or_version, Partial);
        assert_eq!(compare("logic version 7.1", "logic v7.2").year_or_version, Conflict);
    }
}
