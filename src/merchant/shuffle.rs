//! Pseudo-random choices that depend on the listings alone: the same whatever their order, the machine and the run.

use crate::catalogue::{Catalogue, Listing, Position};
use crate::digest::sha256_hex;

/// At most `count` of the positions, those whose ids have the least hashes.
pub fn sample(catalogue: &Catalogue, positions: impl Iterator<Item = Position>, count: usize) -> Vec<Position> {
    let mut sample: Vec<Position> = positions.collect();
    sample.sort_by_cached_key(|p| sha256_hex(catalogue.listing(*p).id.as_bytes()));
    sample.truncate(count);
    sample
}

/// The seed for what is drawn for one listing.
pub fn seed(listing: &Listing) -> u64 {
    let text = format!("{}\0{}", listing.id, listing.title);
    sha256_hex(text.as_bytes()).bytes().fold(0, |seed: u64, digit| seed.rotate_left(5) ^ u64::from(digit))
}
