//! What a title says of a pack: how many pieces, of how much each.

use super::Attributes;
use super::dimension::Dimension;
use super::quantity::{Quantity, of_dimension};

/// The counts of a title but one.
pub(super) fn packs(attributes: &Attributes) -> Vec<&Quantity> {
    of_dimension(attributes, Dimension::PackCount).into_iter().filter(|count| count.value > 1.0).collect()
}

pub(super) fn both_packed(query: &Attributes, listing: &Attributes) -> bool {
    !packs(query).is_empty() && !packs(listing).is_empty()
}

/// Grams below which a mass is a dose, and no amount that is in a pack.
const LEAST_AMOUNT: f64 = 5.0;

/// Whether a title says how much is in the pack.
pub(super) fn states_amount(attributes: &Attributes) -> bool {
    attributes.quantities.iter().any(|quantity| match quantity.dimension {
        Dimension::Volume => true,
        Dimension::Mass => quantity.value >= LEAST_AMOUNT,
        _ => false,
    })
}

/// The values without those that are another one times a count: `16 GB (2 x 8 GB)` is two of 8 GB.
pub(super) fn without_totals<'a>(values: &[&'a Quantity], attributes: &Attributes) -> Vec<&'a Quantity> {
    let counts = packs(attributes);
    let is_total = |total: &Quantity| {
        values.iter().any(|unit| {
            let times = |count: &&Quantity| total.dimension.same(unit.value * count.value, total.value);
            unit.value < total.value && counts.iter().any(times)
        })
    };
    values.iter().filter(|value| !is_total(value)).copied().collect()
}
