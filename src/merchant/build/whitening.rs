//! Projections learnt from labelled photos or titles: directions in which those of one product differ count less.

use std::collections::{BTreeMap, BTreeSet};

use nalgebra::{DMatrix, SymmetricEigen};
use rayon::prelude::*;

use super::projection::MOST_DIRECTIONS;
use crate::catalogue::{Projection, unit};

/// Least share of the identity in the covariance within products; with few photos it is more.
const LEAST_SHRINKAGE: f32 = 0.1;
/// Folds in which the projection is tried on queries that it was not learnt from.
const FOLDS: usize = 5;
/// Of pictures of a few products the covariance in many directions is mostly chance.
const FEW_DIRECTIONS: usize = 64;
/// Fewest labelled photos or titles of customers of which a projection is learnt.
pub const FEWEST_LABELLED: usize = 32;
/// Standard errors by which a gain is above 0 with a confidence of 95 %, one-sided.
const SIGNIFICANT: f64 = 1.645;
/// Fewest products by which it is told whether a projection is better.
const FEWEST_PRODUCTS: usize = 5;

/// The vector, of length 1, of a picture or a title, and its product.
pub struct Labelled {
    pub vector: Vec<f32>,
    pub product: usize,
    /// Whether it is one of the merchant's own; a customer's, or what stands for one, is a query for it.
    pub is_own: bool,
}

/// What customers ask by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Photos, which are searched like the merchant's own: a projection is tried on other photos of the same products, and, as far
    /// as there are products without any, as titles are.
    Photos,
    /// Photos, for which further pictures of the merchant's stand. They are searched; fronts, backs and sides of products are like
    /// those of other products, so that a projection is tried on products from whose pictures it was not learnt.
    FurtherPictures,
    /// Titles, which are not searched: it is tried on products of which no query was learnt from.
    Titles,
}

/// The rows `[to, from]` of the map from coordinates along `directions` `[to, from]` to whitened ones, times these directions.
/// The whitening is by the covariance of coordinates of length 1 within products (Hastie and others 2009, "The Elements of
/// Statistical Learning", section 4.3.3), which is shrunk to a multiple of the identity. `None` where no product has two vectors.
fn within_class(directions: &DMatrix<f32>, labelled: &[&Labelled]) -> Option<DMatrix<f32>> {
    let to = directions.nrows();
    let coordinates: Vec<DMatrix<f32>> =
        labelled.par_iter().map(|one| column(&mapped(directions, &one.vector))).collect();
    let products = labelled.iter().map(|one| one.product).max()? + 1;
    let mut sums = vec![(DMatrix::<f32>::zeros(to, 1), 0.0_f32); products];
    for (one, vector) in labelled.iter().zip(&coordinates) {
        let (sum, count) = &mut sums[one.product];
        *sum += vector;
        *count += 1.0;
    }
    // What stands alone for its product has no deviation.
    let several = || labelled.iter().zip(&coordinates).filter(|(one, _)| sums[one.product].1 > 1.0);
    let mut deviations = DMatrix::<f32>::zeros(to, several().count());
    let mut freedom = 0.0_f32;
    for (i, (one, vector)) in several().enumerate() {
        let (sum, count) = &sums[one.product];
        deviations.set_column(i, &(vector - sum / *count).column(0));
        freedom += 1.0 - 1.0 / count;
    }
    if freedom < 1.0 {
        return None;
    }
    let within = &deviations * deviations.transpose() / freedom;
    // The identity counts as much as a quarter of `to` deviations.
    let shrinkage = (to as f32 / (to as f32 + 4.0 * freedom)).max(LEAST_SHRINKAGE);
    let mean = within.trace() / to as f32;
    if mean <= 0.0 {
        return None;
    }
    let shrunk = within * (1.0 - shrinkage) + DMatrix::<f32>::identity(to, to) * (mean * shrinkage);
    let eigen = SymmetricEigen::new(shrunk);
    let roots = eigen.eigenvalues.map(|value| value.max(mean * 1e-4).powf(-0.5));
    let root = &eigen.eigenvectors * DMatrix::from_diagonal(&roots) * eigen.eigenvectors.transpose();
    Some(root * directions)
}

/// The map `[to, to]` from the vectors of a projection to coordinates along principal directions, in which nothing is whitened.
pub fn coordinates(projection: &Projection) -> DMatrix<f32> {
    let rows = DMatrix::from_row_slice(projection.to(), projection.from, &projection.rows());
    let eigen = SymmetricEigen::new(&rows * rows.transpose());
    let largest = eigen.eigenvalues.max();
    // The projection's rows span these directions: rows = U S V', so that S^-1 U' takes its vectors to coordinates along V'.
    let inverse = eigen.eigenvalues.map(|value| value.max(largest * 1e-6).powf(-0.5));
    DMatrix::from_diagonal(&inverse) * eigen.eigenvectors.transpose()
}

/// The map `[to, to]` from the vectors of a projection that [`of_labelled`] gave to those of the projection that it would have
/// given of these alone, but for a rotation; `labelled` are in the projection that is there. `None` where no product has two.
pub fn relearnt(projection: &Projection, labelled: &[Labelled]) -> Option<DMatrix<f32>> {
    within_class(&coordinates(projection), &labelled.iter().collect::<Vec<_>>())
}

/// A vector under the rows of a map, of length 1.
pub fn mapped(rows: &DMatrix<f32>, vector: &[f32]) -> Vec<f32> {
    unit((rows * column(vector)).as_slice().to_vec())
}

/// The product of each item, numbered from 0: items that answer one query are one product; of `others` each is one unless it
/// answers a query.
pub fn products<T: Ord + Copy>(
    answers: impl Iterator<Item = impl IntoIterator<Item = T>>,
    others: impl Iterator<Item = T>,
) -> BTreeMap<T, usize> {
    let mut products: BTreeMap<T, usize> = BTreeMap::new();
    let mut count = 0;
    let mut add = |items: Vec<T>| {
        let known = items.iter().find_map(|item| products.get(item).copied());
        let product = known.unwrap_or(count);
        count = count.max(product + 1);
        items.iter().for_each(|item| _ = products.entry(*item).or_insert(product));
    };
    answers.for_each(|items| add(items.into_iter().collect()));
    others.for_each(|item| add(vec![item]));
    products
}

/// The projection of labelled pictures or titles where it finds the products of customers' queries better than `usual` does,
/// which is none for the vectors as they are: where the mean reciprocal rank over queries that it was not learnt from, first
/// averaged by product, is significantly higher, and higher than by chance: queries that show other products than their listings
/// are found worse than by chance where all of their kind are alike, and a projection that takes away what they share gains by
/// that alone. `principal` are directions `[to, from]` of all of them, the first of which tell most; of all, [`MOST_DIRECTIONS`] and
/// [`FEW_DIRECTIONS`] as many are kept as these queries are found best by.
pub fn of_labelled(
    principal: &DMatrix<f32>,
    usual: Option<&Projection>,
    labelled: &[Labelled],
    asked: Asked,
) -> Option<Projection> {
    let customers: Vec<usize> = (0..labelled.len()).filter(|i| !labelled[*i].is_own).collect();
    if customers.len() < FEWEST_LABELLED {
        return None;
    }
    let usual_map = |vector: &[f32]| usual.map_or_else(|| vector.to_vec(), |usual| usual.project(vector));
    let products: BTreeSet<usize> = labelled.iter().map(|one| one.product).collect();
    let with_queries: BTreeSet<usize> = customers.iter().map(|query| labelled[*query].product).collect();
    let share = with_queries.len() as f64 / products.len() as f64;
    // What is learnt from photos of some products need not hold for others: both kinds of products count by their number.
    let trials: Vec<(Asked, f64)> = match asked {
        Asked::Titles => vec![(asked, 1.0)],
        _ if share < 1.0 => vec![(asked, share), (Asked::Titles, 1.0 - share)],
        _ => vec![(asked, 1.0)],
    };
    let trials: Vec<(Asked, f64, Vec<f64>)> = trials
        .into_iter()
        .map(|(asked, weight)| (asked, weight, reciprocal_ranks(labelled, &customers, &usual_map, asked)))
        .collect();
    let counts = [principal.nrows(), MOST_DIRECTIONS, FEW_DIRECTIONS].map(|count| count.min(principal.nrows()));
    let counts = BTreeSet::from(counts);
    let directions = counts.into_iter().map(|count| principal.rows(0, count).into_owned());
    let chance = by_chance(products.len());
    let tried = |directions: DMatrix<f32>| {
        let (mut gains, mut above_chance) = (vec![0.0; customers.len()], vec![-chance; customers.len()]);
        for (asked, weight, without) in &trials {
            let with = held_out_ranks(&directions, labelled, &customers, *asked)?;
            for (nth, (with, without)) in with.iter().zip(without).enumerate() {
                gains[nth] += weight * (with - without);
                above_chance[nth] += weight * with;
            }
        }
        let by_product = |values: Vec<f64>| {
            let mut of_products: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
            for (query, value) in customers.iter().zip(values) {
                of_products.entry(labelled[*query].product).or_default().push(value);
            }
            of_products.values().map(|values| mean(values)).collect::<Vec<f64>>()
        };
        let (gains, above_chance) = (by_product(gains), by_product(above_chance));
        (is_gain(&gains) && is_gain(&above_chance)).then(|| (mean(&gains), directions))
    };
    let (_, directions) = directions.filter_map(tried).max_by(|a, b| a.0.total_cmp(&b.0))?;
    let rows = within_class(&directions, &labelled.iter().collect::<Vec<_>>())?;
    Some(Projection::of_rows(rows.transpose().as_slice(), directions.ncols()))
}

/// For each customer's query 1 / rank of its product in the projection that is learnt without the queries of its fold.
fn held_out_ranks(
    directions: &DMatrix<f32>,
    labelled: &[Labelled],
    customers: &[usize],
    asked: Asked,
) -> Option<Vec<f64>> {
    let fold = |(nth, query): (usize, &usize)| match asked {
        Asked::Photos => nth % FOLDS,
        Asked::FurtherPictures | Asked::Titles => labelled[*query].product % FOLDS,
    };
    let folds: Vec<usize> = customers.iter().enumerate().map(fold).collect();
    let mut ranks = vec![0.0; customers.len()];
    for fold in 0..FOLDS {
        let own: Vec<usize> = (0..customers.len()).filter(|nth| folds[*nth] == fold).collect();
        let tried: Vec<usize> = own.iter().map(|nth| customers[*nth]).collect();
        let is_held_out: BTreeSet<usize> = tried.iter().copied().collect();
        let others: Vec<&Labelled> =
            labelled.iter().enumerate().filter(|(i, _)| !is_held_out.contains(i)).map(|(_, one)| one).collect();
        let rows = within_class(directions, &others)?;
        let found = reciprocal_ranks(labelled, &tried, &|vector| mapped(&rows, vector), asked);
        own.into_iter().zip(found).for_each(|(nth, rank)| ranks[nth] = rank);
    }
    Some(ranks)
}

/// The mean reciprocal rank in a random order of so many products.
fn by_chance(products: usize) -> f64 {
    (1..=products).map(|rank| 1.0 / rank as f64).sum::<f64>() / products.max(1) as f64
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn column(vector: &[f32]) -> DMatrix<f32> {
    DMatrix::from_column_slice(vector.len(), 1, vector)
}

/// Whether the mean of the products' gains is above 0 by more than [`SIGNIFICANT`] standard errors; never of a few products.
fn is_gain(gains: &[f64]) -> bool {
    if gains.len() < FEWEST_PRODUCTS {
        return false;
    }
    let (count, mean) = (gains.len() as f64, mean(gains));
    let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / (count - 1.0);
    mean > SIGNIFICANT * (variance / count).sqrt()
}

/// For each tried query 1 / rank of its product, by the nearest of what is searched of it.
fn reciprocal_ranks(
    labelled: &[Labelled],
    tried: &[usize],
    map: &(dyn Fn(&[f32]) -> Vec<f32> + Sync),
    asked: Asked,
) -> Vec<f64> {
    let mapped: Vec<Vec<f32>> = labelled.par_iter().map(|one| map(&one.vector)).collect();
    let products = labelled.iter().map(|p| p.product).max().map_or(0, |last| last + 1);
    let searched: Vec<usize> = (0..labelled.len()).filter(|i| asked != Asked::Titles || labelled[*i].is_own).collect();
    let reciprocal_rank = |query: &usize| {
        let mut best = vec![f32::MIN; products];
        for one in searched.iter().filter(|one| *one != query) {
            let dot: f32 = mapped[*query].iter().zip(&mapped[*one]).map(|(a, b)| a * b).sum();
            let best = &mut best[labelled[*one].product];
            *best = best.max(dot);
        }
        let own = best[labelled[*query].product];
        1.0 / (1 + best.iter().filter(|score| **score > own).count()) as f64
    };
    tried.par_iter().map(reciprocal_rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::unit;

    /// Pictures of 40 products: an own one, and customers' photos that differ by much in two directions that tell nothing.
    fn pictures(noise: f32) -> Vec<Labelled> {
        let mut rng = fastrand::Rng::with_seed(5);
        let products: Vec<Vec<f32>> = (0..40).map(|_| (0..16).map(|_| rng.f32() - 0.5).collect()).collect();
        let mut pictures = Vec::new();
        for (product, look) in products.iter().enumerate() {
            for photo in 0..4 {
                let mut vector = look.clone();
                if photo > 0 {
                    vector.iter_mut().take(2).for_each(|value| *value += (rng.f32() - 0.5) * noise);
                }
                pictures.push(Labelled { vector: unit(vector), product, is_own: photo == 0 });
            }
        }
        pictures
    }

    fn usual(pictures: &[Labelled]) -> (Projection, DMatrix<f32>) {
        let vectors: Vec<Vec<f32>> = pictures.iter().map(|p| p.vector.clone()).collect();
        (Projection::fit(&vectors).unwrap(), Projection::principal(&vectors).unwrap().0)
    }

    #[test]
    fn directions_in_which_photos_of_one_product_differ_count_less() {
        let pictures = pictures(6.0);
        let (usual, principal) = usual(&pictures);
        let learnt = of_labelled(&principal, Some(&usual), &pictures, Asked::Photos).expect("it finds products better");
        let tried: Vec<usize> = (0..pictures.len()).filter(|i| !pictures[*i].is_own).collect();
        let rank = |projection: &Projection| {
            reciprocal_ranks(&pictures, &tried, &|v| projection.project(v), Asked::Photos).iter().sum::<f64>()
        };
        assert!(rank(&learnt) > rank(&usual) * 1.05, "{} {}", rank(&learnt), rank(&usual));
    }

    #[test]
    fn a_projection_that_is_learnt_anew_in_another_is_that_of_the_same_pictures() {
        let pictures = pictures(6.0);
        let (usual, principal) = usual(&pictures);
        let all = of_labelled(&principal, Some(&usual), &pictures, Asked::Photos).unwrap();
        // One of each product's three photos is left out.
        let some = |vector: &dyn Fn(&[f32]) -> Vec<f32>| -> Vec<Labelled> {
            let kept = pictures.iter().enumerate().filter(|(i, _)| i % 4 != 1);
            kept.map(|(_, one)| Labelled { vector: vector(&one.vector), product: one.product, is_own: one.is_own })
                .collect()
        };
        let map = relearnt(&all, &some(&|vector| all.project(vector))).unwrap();
        let direct = within_class(&principal, &some(&|vector| vector.to_vec()).iter().collect::<Vec<_>>()).unwrap();
        let mapped_to = |i: usize| mapped(&map, &all.project(&pictures[i].vector));
        let direct_to = |i: usize| mapped(&direct, &pictures[i].vector);
        let dot = |a: Vec<f32>, b: Vec<f32>| a.iter().zip(&b).map(|(a, b)| a * b).sum::<f32>();
        for (a, b) in (0..40).flat_map(|a| [(a, a + 1), (a, a + 40), (4 * a, 4 * a + 2)]) {
            let (anew, directly) = (dot(mapped_to(a), mapped_to(b)), dot(direct_to(a), direct_to(b)));
            assert!((anew - directly).abs() < 0.03, "{a} {b}: {anew} {directly}");
        }
    }

    #[test]
    fn further_pictures_are_tried_on_products_whose_pictures_taught_nothing() {
        let pictures = pictures(6.0);
        let (usual, principal) = usual(&pictures);
        assert!(of_labelled(&principal, Some(&usual), &pictures, Asked::FurtherPictures).is_some());
    }

    #[test]
    fn a_random_order_of_two_has_the_product_first_or_second() {
        assert_eq!([by_chance(1), by_chance(2), by_chance(0)], [1.0, 0.75, 0.0]);
    }

    #[test]
    fn customers_titles_are_not_searched() {
        let one = |vector: [f32; 2], product, is_own| Labelled { vector: vector.to_vec(), product, is_own };
        let [listing, other] = [one([1.0, 0.0], 0, true), one([0.6, 0.8], 1, true)];
        let two = [listing, other, one([0.0, 1.0], 0, false), one([0.0, 1.0], 0, false)];
        let rank = |asked| reciprocal_ranks(&two, &[2], &|v| v.to_vec(), asked);
        assert_eq!((rank(Asked::Photos), rank(Asked::Titles)), (vec![1.0], vec![0.5]));
    }

    #[test]
    fn titles_of_customers_teach_where_products_are_found_better_by_it() {
        let pictures = pictures(6.0);
        let (usual, principal) = usual(&pictures);
        assert!(of_labelled(&principal, Some(&usual), &pictures, Asked::Titles).is_some());
        // Of random vectors there is nothing to learn.
        let mut rng = fastrand::Rng::with_seed(7);
        let random = |(product, one): (usize, &Labelled)| Labelled {
            vector: unit((0..16).map(|_| rng.f32() - 0.5).collect()),
            product: product / 4,
            is_own: one.is_own,
        };
        let random: Vec<Labelled> = pictures.iter().enumerate().map(random).collect();
        assert!(of_labelled(&principal, None, &random, Asked::Titles).is_none());
    }

    #[test]
    fn a_gain_is_more_than_two_standard_errors() {
        assert!(is_gain(&[0.5, 0.4, 0.6, 0.5, 0.5]));
        assert!(!is_gain(&[0.5, 0.4, 0.6, 0.5]));
        assert!(!is_gain(&[1.0, -1.0, 1.0, -0.9, 0.0]));
        assert!(!is_gain(&[0.0; 8]));
        assert!(!is_gain(&[]));
    }

    #[test]
    fn items_that_answer_one_query_are_one_product() {
        let answers = [vec![4, 2], vec![7], vec![2, 9]];
        let found = products(answers.into_iter(), [1, 7, 9].into_iter());
        assert_eq!(found, [(1, 2), (2, 0), (4, 0), (7, 1), (9, 0)].into());
    }

    #[test]
    fn a_vector_of_zeros_leaves_the_whitening_finite() {
        let mut pictures = pictures(6.0);
        let (_, principal) = usual(&pictures);
        pictures[1].vector.fill(0.0);
        let rows = within_class(&principal, &pictures.iter().collect::<Vec<_>>()).unwrap();
        assert!(rows.iter().all(|value| value.is_finite()));
    }

    #[test]
    fn few_photos_or_single_ones_teach_nothing() {
        let pictures = pictures(6.0);
        let (usual, principal) = usual(&pictures);
        assert!(of_labelled(&principal, Some(&usual), &pictures[..20], Asked::Photos).is_none());
        let own: Vec<&Labelled> = pictures.iter().filter(|p| p.is_own).collect();
        assert!(within_class(&principal, &own).is_none());
    }
}
