//! A category as the query for pictures: the mean of its pictures of the training part against those of the test part.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalogue::unit;
use crate::lab::train::categories::assign;
use crate::lab::train::corpus::{Corpus, Item, Part};
use crate::lab::train::measure::cosine;
use crate::lab::train::recipe::{Categories, CategorySource};
use crate::merchant::evaluation::Estimate;
use crate::merchant::evaluation::metrics::mean;

/// Fewest pictures that a category's mean is of.
const FEWEST: usize = 2;

/// How categories found their pictures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Found {
    pub categories: usize,
    pub pictures: usize,
    /// Whether categories are the data's own, and not frequent words of the titles.
    pub from_data: bool,
    /// Share of the categories whose nearest picture, or one of whose five nearest, is of them.
    pub recall_at_1: Estimate,
    pub recall_at_5: Estimate,
}

/// Of the catalogue's pictures of a set; `None` where no category has pictures in both parts.
pub fn found(corpus: &Corpus, set: usize, vectors: &[Vec<f32>]) -> Option<Found> {
    let items = corpus.candidates(set);
    let (categories, from_data) = categories(corpus, &items);
    let mut prototypes: BTreeMap<usize, (Vec<f32>, usize)> = BTreeMap::new();
    let tested: Vec<(usize, usize)> = items
        .iter()
        .zip(&categories)
        .filter_map(|(item, category)| Some((*item, (*category)?)))
        .filter(|(item, category)| {
            let is_tested = corpus.items[*item].part == Part::Test;
            if !is_tested {
                let (sum, count) = prototypes.entry(*category).or_insert_with(|| (vec![0.0; vectors[*item].len()], 0));
                sum.iter_mut().zip(&vectors[*item]).for_each(|(sum, value)| *sum += value);
                *count += 1;
            }
            is_tested
        })
        .collect();
    let rank = |(category, (sum, count)): (usize, (Vec<f32>, usize))| {
        let prototype = (count >= FEWEST).then(|| unit(sum))?;
        let scored: Vec<(f32, bool)> =
            tested.iter().map(|(item, own)| (cosine(&prototype, &vectors[*item]), *own == category)).collect();
        let best = scored.iter().filter(|scored| scored.1).map(|scored| scored.0).reduce(f32::max)?;
        Some((category as u64, scored.iter().filter(|scored| !scored.1 && scored.0 >= best).count()))
    };
    let ranks: Vec<(u64, usize)> = prototypes.into_iter().filter_map(rank).collect();
    let recall = |k: usize| {
        let hits = ranks.iter().map(|(category, rank)| (*category, f64::from(u8::from(*rank < k))));
        mean(&hits.collect::<Vec<_>>())
    };
    (!ranks.is_empty()).then(|| Found {
        categories: ranks.len(),
        pictures: tested.len(),
        from_data,
        recall_at_1: recall(1),
        recall_at_5: recall(5),
    })
}

/// The data's own category of each item, where at least one has such; else the frequent word of its title, where it has one.
fn categories(corpus: &Corpus, items: &[usize]) -> (Vec<Option<usize>>, bool) {
    let from_data = items.iter().any(|item| corpus.items[*item].category.is_some());
    let mut own: Vec<Item> = items.iter().map(|item| corpus.items[*item].clone()).collect();
    // An item without category and title has that of the clusters, which are none here.
    own.extend(own.first().cloned().map(|first| Item { title: String::new(), category: None, ..first }));
    if from_data {
        own.iter_mut().for_each(|item| item.title.clear());
    }
    let none = vec![Vec::new(); own.len()];
    let catalogue =
        Corpus { sets: corpus.sets.clone(), trained: 0, items: own, groups: corpus.groups, pairs: Vec::new() };
    let assigned = assign(&catalogue, &none, Categories { from: CategorySource::Words, clusters: 0 }, 1).of_item;
    let without = assigned.last().copied();
    let of_item = assigned.iter().take(items.len()).map(|category| Some(*category).filter(|own| Some(*own) != without));
    (of_item.collect(), from_data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::train::corpus::{Content, Side};

    fn corpus(titles: &[(&str, Part, Option<&str>)]) -> Corpus {
        let item = |(i, (title, part, category)): (usize, &(&str, Part, Option<&str>))| Item {
            content: Content::Photo(format!("{i}.jpg").into()),
            title: title.to_string(),
            side: Side::Candidate,
            set: 0,
            group: i,
            part: *part,
            category: category.map(str::to_string),
        };
        let items: Vec<Item> = titles.iter().enumerate().map(item).collect();
        Corpus { sets: vec!["shop".into()], trained: 1, groups: items.len(), items, pairs: Vec::new() }
    }

    #[test]
    fn a_category_finds_the_picture_that_looks_like_its_others() {
        use Part::{Test, Training};
        let of = |category| {
            corpus(&[
                ("a", Training, category),
                ("b", Training, category),
                ("c", Training, Some("bag")),
                ("d", Training, Some("bag")),
                ("e", Test, category),
                ("f", Test, Some("bag")),
                ("g", Test, None),
            ])
        };
        let vectors: Vec<Vec<f32>> =
            [0.0f32, 0.1, 1.5, 1.4, 0.2, 1.3, 0.05].iter().map(|angle| vec![angle.cos(), angle.sin()]).collect();
        let found = found(&of(Some("hat")), 0, &vectors).unwrap();
        assert_eq!((found.categories, found.pictures, found.from_data), (2, 2, true));
        assert_eq!(found.recall_at_1.value, 1.0);
        // With the test's vectors exchanged each finds the other's first.
        let mut exchanged = vectors.clone();
        exchanged.swap(4, 5);
        let found = super::found(&of(Some("hat")), 0, &exchanged).unwrap();
        assert_eq!((found.recall_at_1.value, found.recall_at_5.value), (0.0, 1.0));
    }

    #[test]
    fn without_categories_there_are_none() {
        let corpus = corpus(&[("", Part::Training, None), ("", Part::Test, None)]);
        assert!(found(&corpus, 0, &vec![vec![1.0]; 2]).is_none());
    }
}
