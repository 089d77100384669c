//! Queries of which the right answers are known.

use std::collections::BTreeSet;

use fastrand::Rng;

use super::cousins::ShopWords;
use super::{augment_photo, augment_title};
use crate::Result;
use crate::catalogue::{Catalogue, Listing, Vectors};
use crate::encoder::Encoder;
use crate::matching::probe::Probe;
use crate::merchant::decode::decode;
use crate::merchant::{parallel, shuffle};
use crate::search::{Mask, Position, cosine};
use crate::title::{Gtin, NormalTitle};

/// Most listings of which queries are made.
const SAMPLE: usize = 240;
/// Augmented photos and titles, and cousins, a listing.
const AUGMENTED: usize = 2;
/// Most further pictures of a listing that are queries.
const FURTHER_PICTURES: usize = 2;
/// How much a cousin counts beside a query for a product that the shop has.
const COUSIN_WEIGHT: f64 = 0.3;

/// A query with the listings that answer it.
#[derive(Clone)]
pub struct LabelledQuery {
    pub probe: Probe,
    /// Listings that are the product.
    pub relevant: BTreeSet<Position>,
    /// Listings that are never retrieved: with leave-one-out the one that the query was made of.
    pub excluded: BTreeSet<Position>,
    /// Queries of one group are never in different folds of a fit.
    pub group: u64,
    /// Of real queries: the part of them that is answered by what was learnt from the others.
    pub fold: usize,
    /// How much it counts in training.
    pub weight: f64,
}

impl LabelledQuery {
    /// Whether it is a picture that the catalogue holds.
    pub fn is_picture(&self) -> bool {
        !self.probe.left_out.is_empty()
    }

    /// The listings that may be retrieved; `is_removed` says which others are taken out. `None` where all may.
    pub fn mask(&self, catalogue: &Catalogue, is_removed: Option<&dyn Fn(Position) -> bool>) -> Option<Mask> {
        let is_allowed =
            |p: Position| !self.excluded.contains(&p) && !is_removed.is_some_and(|is_removed| is_removed(p));
        (is_removed.is_some() || !self.excluded.is_empty()).then(|| catalogue.positions().map(is_allowed).collect())
    }
}

/// Queries made of the photos and titles of a sample of the listings, in every mode that a listing has, and queries for their
/// cousins, which no listing answers. `photo` gives the file of a listing's photo.
pub fn augmented(
    catalogue: &Catalogue,
    encoders: &mut [Encoder],
    photo: &(dyn Fn(&Listing) -> Option<Vec<u8>> + Sync),
) -> Result<Vec<LabelledQuery>> {
    let words = ShopWords::of(catalogue);
    let one = |encoders: &mut [Encoder], p: &Position| augmentations(catalogue, encoders, *p, photo, &words);
    Ok(parallel::map(encoders, &sample(catalogue), one)?.into_iter().flatten().collect())
}

/// Each listing of a sample that is not the only one of its product, as a query for the others.
pub fn leave_one_out(catalogue: &Catalogue) -> impl Iterator<Item = LabelledQuery> {
    sample(catalogue).into_iter().filter_map(|position| left_out(catalogue, position))
}

/// The last further pictures of each listing of a sample, as queries for its other pictures; photos of customers are queries of
/// their own.
pub fn further_pictures(catalogue: &Catalogue) -> Vec<LabelledQuery> {
    let of_listing = |position: Position| {
        let gallery = &catalogue.shards[position.shard].gallery;
        let relevant: BTreeSet<Position> = same_product(catalogue, position).collect();
        let group = relevant.iter().map(|p| catalogue.number(*p) as u64).min().unwrap_or_default();
        let rows = gallery.of(position.listing).rev().filter(|row| gallery.is_shown(*row)).take(FURTHER_PICTURES);
        let query = move |row| LabelledQuery {
            probe: Probe::of_picture(catalogue, position, row),
            relevant: relevant.clone(),
            excluded: BTreeSet::new(),
            group,
            fold: 0,
            weight: 1.0,
        };
        rows.map(query).collect::<Vec<_>>()
    };
    sample(catalogue).into_iter().flat_map(of_listing).collect()
}

/// Which of a listing's pictures a probe was made of: the one with its hash that is nearest to it.
pub fn picture_of(catalogue: &Catalogue, position: Position, probe: &Probe) -> Option<usize> {
    let shard = &catalogue.shards[position.shard];
    let rows = shard.gallery.of(position.listing);
    let first = (0, shard.hashes[position.listing], &shard.vectors, position.listing);
    let further =
        rows.enumerate().map(|(i, row)| (i + 1, Some(shard.gallery.hashes[row]), &shard.gallery.vectors, row));
    let same = [first].into_iter().chain(further).filter(|(_, hash, _, _)| hash.is_some() && *hash == probe.hash);
    let alike = |vectors: &[Vectors], row: usize| -> f32 {
        let own = probe.vectors.iter().zip(vectors).filter_map(|(own, stored)| Some((own.as_ref()?, stored.row(row)?)));
        own.map(|(own, (codes, scale))| cosine(own, codes, scale)).sum()
    };
    let nearest = same.max_by(|a, b| alike(a.2, a.3).total_cmp(&alike(b.2, b.3)));
    nearest.map(|(place, ..)| place)
}

/// Listings that stand for all, at random and whatever their order.
fn sample(catalogue: &Catalogue) -> Vec<Position> {
    shuffle::sample(catalogue, catalogue.positions(), SAMPLE)
}

fn left_out(catalogue: &Catalogue, position: Position) -> Option<LabelledQuery> {
    let relevant: BTreeSet<Position> = same_product(catalogue, position).filter(|p| *p != position).collect();
    let group = relevant.iter().chain([&position]).map(|p| catalogue.number(*p) as u64).min()?;
    let probe = Probe::of_listing(catalogue, position);
    (!relevant.is_empty()).then(|| LabelledQuery {
        probe,
        relevant,
        excluded: [position].into(),
        group,
        fold: 0,
        weight: 1.0,
    })
}

/// Listings that are one product with that one by label group or GTIN, itself among them.
fn same_product(catalogue: &Catalogue, position: Position) -> impl Iterator<Item = Position> + '_ {
    let gtins = |p: Position| catalogue.listing(p).gtins.iter().filter_map(|gtin| Gtin::parse(gtin));
    let (own, own_gtins) = (catalogue.listing(position), gtins(position).collect::<Vec<_>>());
    catalogue.positions().filter(move |p| {
        let same_group = own.group.is_some() && catalogue.listing(*p).group == own.group;
        *p == position || same_group || gtins(*p).any(|gtin| own_gtins.contains(&gtin))
    })
}

fn augmentations(
    catalogue: &Catalogue,
    encoders: &mut [Encoder],
    position: Position,
    photo: &(dyn Fn(&Listing) -> Option<Vec<u8>> + Sync),
    words: &ShopWords,
) -> Result<Vec<LabelledQuery>> {
    let listing = catalogue.listing(position);
    let relevant: BTreeSet<Position> = same_product(catalogue, position).collect();
    let group = relevant.iter().map(|p| catalogue.number(*p) as u64).min().unwrap_or_default();
    let mut rng = Rng::with_seed(shuffle::seed(listing));
    let picture = photo(listing).and_then(|bytes| decode(bytes).ok());
    let mut queries = Vec::new();
    for i in 0..AUGMENTED {
        let by_photo = picture.as_ref().map(|picture| {
            let augmented = augment_photo::augment(picture, &mut rng);
            pollster::block_on(Probe::of_photo(catalogue, encoders, &augmented))
        });
        let by_photo = by_photo.transpose()?;
        // The first is short, the others have most of the title.
        let augmented = match i {
            0 => augment_title::short(&listing.title, |word| words.frequency(word), &mut rng),
            _ => augment_title::augment(&listing.title, &mut rng),
        };
        let cousin = words.cousin(&listing.title, &mut rng);
        let mut by_title = |title: &str| {
            let title = NormalTitle::of(title).ok()?;
            pollster::block_on(Probe::of_title(catalogue, encoders, title)).ok()
        };
        let (by_title, by_cousin) = (by_title(&augmented), cousin.and_then(|cousin| by_title(&cousin)));
        let with_photo = |title: &Option<Probe>| {
            by_photo.as_ref().zip(title.as_ref()).map(|(photo, title)| Probe::merged(photo, title))
        };
        let (both, both_of_cousin) = (with_photo(&by_title), with_photo(&by_cousin));
        let excluded = BTreeSet::new();
        let query = |probe, relevant: &BTreeSet<Position>, weight| LabelledQuery {
            probe,
            relevant: relevant.clone(),
            excluded: excluded.clone(),
            group,
            fold: 0,
            weight,
        };
        queries.extend([by_photo, by_title, both].into_iter().flatten().map(|probe| query(probe, &relevant, 1.0)));
        let none = BTreeSet::new();
        let cousins = [by_cousin, both_of_cousin].into_iter().flatten();
        queries.extend(cousins.map(|probe| query(probe, &none, COUSIN_WEIGHT)));
    }
    Ok(queries)
}
