//! The attributes lane: what both titles state in numbers and fixed words, −1 (contradiction) to 1 (agreement).

use crate::title::attributes::{Agreement, Attributes, Cap, Comparison, Dimension, MarkKind, Statement};

/// The attributes of two titles side by side.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Compared {
    pub comparison: Comparison,
    /// A number an attribute, in the order of [`NAMES`]: −1 for values that look alike and are not the same, −0.5 for other
    /// contradictions, 0 where the query has a value and the listing none, 0.5 where some agree, 1 where all do. `None` where
    /// nothing is compared.
    pub values: [Option<f32>; NAMES.len()],
}

/// The attributes that are compared.
pub const NAMES: [&str; 10] = [
    "model_number",
    "quantity",
    "pack_count",
    "size",
    "colour",
    "edition",
    "generation",
    "condition",
    "relation",
    "variant",
];

impl Compared {
    /// Compares a query's attributes with a listing's; `numbers` is a contradiction that their alignment found.
    pub fn of(query: &Attributes, listing: &Attributes, numbers: Option<Statement>) -> Self {
        let mut comparison = Comparison::of(query, listing);
        // Numbers that a reader has found related are compared.
        if let Some(numbers) = numbers.filter(|_| comparison.model_number != Agreement::Partial) {
            comparison.add(numbers);
        }
        let agreements = [
            comparison.model_number,
            comparison.quantity,
            comparison.pack_count,
            comparison.size,
            comparison.colour,
            comparison.year_or_version,
            comparison.generation,
            comparison.condition,
            comparison.relation,
            comparison.variant,
        ];
        let (asked, said) = (stated(query), stated(listing));
        let value = |i: usize| match agreements[i] {
            // What the listing alone states says nothing.
            Agreement::Missing => (asked[i] && !said[i]).then_some(0.0),
            Agreement::SeriesConflict => Some(-1.0),
            Agreement::Conflict => Some(-0.5),
            Agreement::Partial => Some(0.5),
            Agreement::Full => Some(1.0),
        };
        Compared { values: std::array::from_fn(value), comparison }
    }

    /// The number of the attribute with that name.
    pub fn value(&self, name: &str) -> Option<f32> {
        NAMES.iter().zip(self.values).find(|(other, _)| **other == name).and_then(|(_, value)| value)
    }

    /// The lane in one number: the worst contradiction, or else the best agreement; `None` where no attribute is in both.
    pub fn summary(&self) -> Option<f32> {
        let compared = || self.values.iter().flatten().copied().filter(|value| *value != 0.0);
        let worst = compared().reduce(f32::min)?;
        if worst < 0.0 { Some(worst) } else { compared().reduce(f32::max) }
    }

    /// The attributes that are contrary.
    pub fn contrary(&self) -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().zip(self.values).filter(|(_, value)| value.is_some_and(|v| v < 0.0)).map(|(name, _)| name)
    }

    /// How far the contradictions limit the decision.
    pub fn cap(&self) -> Cap {
        self.comparison.cap()
    }
}

/// Which attributes a title states.
fn stated(attributes: &Attributes) -> [bool; NAMES.len()] {
    let any = |of: fn(Dimension) -> bool| attributes.quantities.iter().any(|q| of(q.dimension));
    let is_edition = |d: Dimension| matches!(d, Dimension::Year | Dimension::Version);
    let is_measure = |d: Dimension| {
        !matches!(d, Dimension::Year | Dimension::Version | Dimension::Generation | Dimension::PackCount)
    };
    let marked = |kinds: &[MarkKind]| attributes.marks.iter().any(|mark| mark.firm && kinds.contains(&mark.kind));
    [
        !attributes.model_numbers.is_empty(),
        any(is_measure),
        any(|d| d == Dimension::PackCount),
        !attributes.sizes.is_empty(),
        !attributes.colours.is_empty(),
        any(is_edition),
        any(|d| d == Dimension::Generation) || marked(&[MarkKind::Suffix]),
        marked(&[MarkKind::Condition, MarkKind::Offer]),
        marked(&[MarkKind::Relation]),
        marked(&[MarkKind::Variant, MarkKind::Without]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(query: &str, listing: &str) -> Compared {
        Compared::of(&Attributes::of(query), &Attributes::of(listing), None)
    }

    #[test]
    fn another_amount_is_a_veto_and_an_unstated_one_is_not() {
        let other = compared("Milk 400 ml", "Milk 800 ml");
        assert!(other.cap() == Cap::NoMatch && other.summary() == Some(-0.5));
        let unstated = compared("Milk", "Milk 800 ml");
        assert!(unstated.cap() == Cap::None && unstated.summary().is_none());
        assert_eq!(unstated.values[1], None);
        assert_eq!(compared("Milk 800 ml", "Milk").values[1], Some(0.0));
        assert_eq!(compared("Milk", "Milk").values, [None; NAMES.len()]);
    }

    #[test]
    fn the_next_model_of_a_series_is_a_veto() {
        assert_eq!(compared("Sony WH-1000XM3", "Sony WH-1000XM4 headphones").cap(), Cap::NoMatch);
        assert_eq!(compared("Sony WH-1000XM4", "Sony WH1000XM4 headphones").summary(), Some(1.0));
    }
}
