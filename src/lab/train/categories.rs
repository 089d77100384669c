//! Categories of items, from which negatives are drawn.

use std::collections::{BTreeMap, HashMap};

use fastrand::Rng;
use serde::Serialize;

use super::corpus::{Corpus, Item};
use super::recipe::{Categories, CategorySource};
use crate::title::words::words;

/// A word is a category's where at least and at most such a share of the titles has it.
const LEAST_SHARE: f64 = 0.004;
const MOST_SHARE: f64 = 0.2;
/// Fewest titles of a category, whatever its share.
const FEWEST: usize = 4;
/// Fewest letters of a word that is a category.
const FEWEST_LETTERS: usize = 3;
/// Rounds of k-means.
const ROUNDS: usize = 20;

/// A category for each item, and where they come from.
#[derive(Debug, Clone, Serialize)]
pub struct Assigned {
    #[serde(skip)]
    pub of_item: Vec<usize>,
    pub count: usize,
    /// Items whose category the data has, whose title has a frequent word, and that are clustered.
    pub from_data: usize,
    pub from_words: usize,
    pub from_clusters: usize,
}

/// The data's own category, else the most frequent telling word of the title (if the recipe has it so), else the cluster of the
/// untrained vector; `vectors` are one for each item.
pub fn assign(corpus: &Corpus, vectors: &[Vec<f32>], recipe: Categories, seed: u64) -> Assigned {
    let frequent = match recipe.from {
        CategorySource::Words => frequent_words(&corpus.items),
        CategorySource::Clusters => HashMap::new(),
    };
    let clusters = k_means(vectors, recipe.clusters, seed);
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut assigned = Assigned { of_item: Vec::new(), count: 0, from_data: 0, from_words: 0, from_clusters: 0 };
    for (item, cluster) in corpus.items.iter().zip(clusters) {
        let name = if let Some(category) = &item.category {
            assigned.from_data += 1;
            format!("data {category}")
        } else if let Some(word) = head(&item.title, &frequent) {
            assigned.from_words += 1;
            format!("word {word}")
        } else {
            assigned.from_clusters += 1;
            format!("cluster {cluster}")
        };
        // A category is of one data set: negatives are of the same shops as their anchor.
        let next = names.len();
        assigned.of_item.push(*names.entry(format!("{} {name}", item.set)).or_insert(next));
    }
    assigned.count = names.len();
    assigned
}

/// In how many titles each word is that can be a category.
fn frequent_words(items: &[Item]) -> HashMap<String, usize> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for item in items {
        let mut own = words(&item.title);
        own.sort_unstable();
        own.dedup();
        own.retain(|word| word.chars().count() >= FEWEST_LETTERS && word.chars().all(char::is_alphabetic));
        own.into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
    }
    let least = ((items.len() as f64 * LEAST_SHARE) as usize).max(FEWEST);
    let most = items.len() as f64 * MOST_SHARE;
    counts.retain(|_, count| *count >= least && *count as f64 <= most);
    counts
}

fn head<'a>(title: &str, frequent: &'a HashMap<String, usize>) -> Option<&'a str> {
    let own = words(title);
    let known = own.iter().filter_map(|word| frequent.get_key_value(word));
    // Of equally frequent words the first in the alphabet.
    known.max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0))).map(|(word, _)| word.as_str())
}

/// Lloyd's k-means by cosine over vectors of length 1, started from vectors at random.
pub fn k_means(vectors: &[Vec<f32>], count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..vectors.len()).collect();
    Rng::with_seed(seed).shuffle(&mut order);
    let mut centres: Vec<Vec<f32>> = order.iter().take(count).map(|i| vectors[*i].clone()).collect();
    let nearest = |vector: &[f32], centres: &[Vec<f32>]| {
        let cosine = |centre: &Vec<f32>| vector.iter().zip(centre).map(|(a, b)| a * b).sum::<f32>();
        let scored = centres.iter().map(cosine).enumerate();
        scored.reduce(|best, next| if next.1 > best.1 { next } else { best }).map_or(0, |best| best.0)
    };
    let mut assigned = vec![0; vectors.len()];
    for _ in 0..ROUNDS {
        let found: Vec<usize> = vectors.iter().map(|vector| nearest(vector, &centres)).collect();
        if found == assigned {
            break;
        }
        assigned = found;
        let mut sums: Vec<Vec<f32>> = centres.iter().map(|centre| vec![0.0; centre.len()]).collect();
        for (vector, cluster) in vectors.iter().zip(&assigned) {
            sums[*cluster].iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
        }
        // A centre that nothing is nearest to stays where it is.
        for (centre, sum) in centres.iter_mut().zip(sums) {
            if sum.iter().any(|v| *v != 0.0) {
                *centre = crate::catalogue::unit(sum);
            }
        }
    }
    assigned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_of_three_directions_are_found() {
        let mut rng = Rng::with_seed(2);
        let vector = |i: usize, rng: &mut Rng| {
            let mut vector: Vec<f32> = (0..6).map(|_| (rng.f32() - 0.5) * 0.2).collect();
            vector[i % 3] += 1.0;
            crate::catalogue::unit(vector)
        };
        let vectors: Vec<Vec<f32>> = (0..60).map(|i| vector(i, &mut rng)).collect();
        // A seed whose three first centres are of three directions.
        let assigned = (0..20).map(|seed| k_means(&vectors, 3, seed)).find(|found| {
            (3..60).all(|i| found[i] == found[i % 3])
                && found[0] != found[1]
                && found[1] != found[2]
                && found[0] != found[2]
        });
        assert!(assigned.is_some());
        assert!(k_means(&[], 3, 1).is_empty());
    }

    #[test]
    fn the_head_word_is_the_most_frequent_that_is_not_everywhere() {
        let frequent = HashMap::from([("camera".to_string(), 9), ("black".to_string(), 12)]);
        assert_eq!(head("Corva Camera X1", &frequent), Some("camera"));
        assert_eq!(head("Black Camera", &frequent), Some("black"));
        assert_eq!(head("Soap", &frequent), None);
    }
}
