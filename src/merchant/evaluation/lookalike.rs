//! Products that differ in one value only, of which a shop has one: is a query for the other answered with it?

use std::collections::BTreeSet;

use fastrand::Rng;
use serde::Serialize;

use super::dataset::{Dataset, Query};
use super::evaluation_set::{Encoders, EvaluationSet};
use super::families::families;
use crate::Result;
use crate::encoder::{Encoder, Identity};
use crate::fusion::{Decision, Mode};
use crate::matching::{Completeness, Decided};
use crate::merchant::learn::{predictor, training_examples};
use crate::merchant::listings::Record;

/// The decisions over look-alikes and over other spellings.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Lookalikes {
    /// Queries for the product with the other value, which the shop does not have.
    pub pairs: usize,
    /// Share of them that was decided to be the one the shop has (Match), and share that was left Unsure.
    pub false_match: f64,
    pub unsure: f64,
    /// Queries for a product of the shop, its value written otherwise.
    pub spellings: usize,
    /// Share of them whose product came first as a Match; and came first, whatever the decision.
    pub true_match: f64,
    pub found: f64,
    /// False matches, query and listing.
    pub examples: Vec<[String; 2]>,
}

/// Builds a shop with one product of each pair, as `twinlens build` does, and queries it for both, by title.
///
/// `encoders` must be those that the shop is built with. Errors are those of encoding and learning.
pub fn lookalikes(encoders: Vec<(Identity, Encoder)>) -> Result<Lookalikes> {
    let (mut records, mut queries, mut is_other) = (Vec::new(), Vec::new(), Vec::new());
    let mut rng = Rng::with_seed(1);
    for family in families() {
        for title in &family.titles {
            for [has, other, spelling] in &family.values {
                let index = records.len();
                let price = Some(1.0 + rng.f64() * 99.0);
                let title = |value: &str| title.replace("{}", value);
                records.push(Record {
                    line: index as u64 + 2,
                    id: format!("p{index}"),
                    title: title(has),
                    price,
                    ..Record::default()
                });
                for (value, other) in [(other, true), (spelling, false)] {
                    let relevant = if other { BTreeSet::new() } else { [index].into() };
                    queries.push(Query { title: title(value), relevant, group: index as u64, ..Query::default() });
                    is_other.push(other);
                }
            }
        }
    }
    let dataset = Dataset {
        images: Default::default(),
        listings: records,
        queries,
        examples: Vec::new(),
        further_images: Vec::new(),
        customer_photos: Vec::new(),
        pairs: None,
        is_symmetric: false,
        encoders: &["e5-small-latin"],
    };
    let set = EvaluationSet::new(&dataset, &mut Encoders::of(encoders), &[])?;
    let training_examples = training_examples(&set.ranker, &set.augmented, false)?;
    let predictor =
        predictor(&training_examples.iter().filter(|l| l.mode == Mode::Title).collect::<Vec<_>>(), Mode::Title)?;
    let mut found = Lookalikes::default();
    for (query, other) in set.queries.iter().zip(is_other) {
        let ranked = set.ranker.rank_with(&predictor, &query.probe, set.ranker.retrieve(&query.probe, None));
        let Some(best) = ranked.scored.first() else { continue };
        let decision = Decided::of(&set.ranker, &query.probe, &ranked, Completeness::Whole).decision;
        if other {
            found.pairs += 1;
            found.unsure += f64::from(u8::from(decision == Decision::Unsure));
            if decision == Decision::Match {
                found.false_match += 1.0;
                let title = query.probe.title.as_ref().map_or(String::new(), |t| t.normal.as_str().into());
                found.examples.push([title, set.ranker.catalogue.listing(best.candidate.position).title.clone()]);
            }
        } else {
            let is_right = query.relevant.contains(&best.candidate.position);
            found.spellings += 1;
            found.found += f64::from(u8::from(is_right));
            found.true_match += f64::from(u8::from(is_right && decision == Decision::Match));
        }
    }
    found.false_match /= found.pairs.max(1) as f64;
    found.unsure /= found.pairs.max(1) as f64;
    found.found /= found.spellings.max(1) as f64;
    found.true_match /= found.spellings.max(1) as f64;
    Ok(found)
}
