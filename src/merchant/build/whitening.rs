//! A projection learnt from labelled photos: directions in which photos of one product differ count less.

use nalgebra::{DMatrix, SymmetricEigen};

use crate::catalogue::{Projection, unit};

/// Least share of the identity in the covariance within products; with few photos it is more.
const LEAST_SHRINKAGE: f32 = 0.1;
/// Folds in which the projection is tried on photos that it was not learnt from.
const FOLDS: usize = 5;
/// Fewest labelled photos of which a projection is learnt.
pub const FEWEST_LABELLED: usize = 32;

/// A picture's vector, of length 1, and the product that it shows.
pub struct Labelled {
    pub vector: Vec<f32>,
    pub product: usize,
    /// Whether it is one of the merchant's own; a customer's is a query for it.
    pub is_own: bool,
}

/// The principal directions that `principal` has, as rows `[to, from]`, whitened by the covariance within products (Hastie and
/// others 2009, "The Elements of Statistical Learning", section 4.3.3), which is shrunk to a multiple of the identity. `None`
/// where no product has two pictures.
fn within_class(principal: &DMatrix<f32>, pictures: &[&Labelled]) -> Option<DMatrix<f32>> {
    let to = principal.nrows();
    let projected: Vec<DMatrix<f32>> = pictures.iter().map(|p| principal * column(&p.vector)).collect();
    let products = pictures.iter().map(|p| p.product).max()? + 1;
    let mut sums = vec![(DMatrix::<f32>::zeros(to, 1), 0.0_f32); products];
    for (picture, vector) in pictures.iter().zip(&projected) {
        let (sum, count) = &mut sums[picture.product];
        *sum += vector;
        *count += 1.0;
    }
    let mut within = DMatrix::<f32>::zeros(to, to);
    let mut freedom = 0.0_f32;
    for (picture, vector) in pictures.iter().zip(&projected) {
        let (sum, count) = &sums[picture.product];
        let deviation = vector - sum / *count;
        within.gemm(1.0, &deviation, &deviation.transpose(), 1.0);
        freedom += 1.0 - 1.0 / count;
    }
    if freedom < 1.0 {
        return None;
    }
    within /= freedom;
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
    Some(root * principal)
}

/// The projection of labelled pictures where it finds the products of customers' photos better than `usual` does, by the mean
/// reciprocal rank over photos that it was not learnt from; `principal` are directions `[to, from]` of all pictures.
pub fn of_labelled(principal: &DMatrix<f32>, usual: &Projection, pictures: &[Labelled]) -> Option<Projection> {
    let customers: Vec<usize> = (0..pictures.len()).filter(|i| !pictures[*i].is_own).collect();
    if customers.len() < FEWEST_LABELLED {
        return None;
    }
    let usual_map = |vector: &[f32]| usual.project(vector);
    let without = reciprocal_ranks(pictures, &customers, &usual_map);
    let mut with = 0.0;
    for fold in 0..FOLDS {
        let tried: Vec<usize> = customers.iter().copied().skip(fold).step_by(FOLDS).collect();
        let learnt: Vec<&Labelled> =
            pictures.iter().enumerate().filter(|(i, _)| !tried.contains(i)).map(|(_, picture)| picture).collect();
        let rows = within_class(principal, &learnt)?;
        let map = |vector: &[f32]| unit((&rows * column(vector)).as_slice().to_vec());
        with += reciprocal_ranks(pictures, &tried, &map);
    }
    let rows = within_class(principal, &pictures.iter().collect::<Vec<_>>())?;
    (with > without).then(|| Projection::of_rows(rows.transpose().as_slice(), principal.ncols()))
}

fn column(vector: &[f32]) -> DMatrix<f32> {
    DMatrix::from_column_slice(vector.len(), 1, vector)
}

/// The sum over the tried pictures of 1 / rank of their product, by its nearest other picture.
fn reciprocal_ranks(pictures: &[Labelled], tried: &[usize], map: &dyn Fn(&[f32]) -> Vec<f32>) -> f64 {
    let mapped: Vec<Vec<f32>> = pictures.iter().map(|picture| map(&picture.vector)).collect();
    let products = pictures.iter().map(|p| p.product).max().map_or(0, |last| last + 1);
    let rank = |query: &usize| {
        let mut best = vec![f32::MIN; products];
        for (_, (picture, vector)) in pictures.iter().zip(&mapped).enumerate().filter(|(i, _)| i != query) {
            let dot: f32 = mapped[*query].iter().zip(vector).map(|(a, b)| a * b).sum();
            best[picture.product] = best[picture.product].max(dot);
        }
        let own = best[pictures[*query].product];
        1 + best.iter().filter(|score| **score > own).count()
    };
    tried.iter().map(|query| 1.0 / rank(query) as f64).sum()
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
        let learnt = of_labelled(&principal, &usual, &pictures).expect("it finds products better");
        let tried: Vec<usize> = (0..pictures.len()).filter(|i| !pictures[*i].is_own).collect();
        let rank = |projection: &Projection| reciprocal_ranks(&pictures, &tried, &|v| projection.project(v));
        assert!(rank(&learnt) > rank(&usual) * 1.05, "{} {}", rank(&learnt), rank(&usual));
    }

    #[test]
    fn few_photos_or_single_ones_teach_nothing() {
        let pictures = pictures(6.0);
        let (usual, principal) = usual(&pictures);
        assert!(of_labelled(&principal, &usual, &pictures[..20]).is_none());
        let own: Vec<&Labelled> = pictures.iter().filter(|p| p.is_own).collect();
        assert!(within_class(&principal, &own).is_none());
    }
}
