//! What a matcher has loaded and where it runs.

use std::collections::HashMap;

use serde::Serialize;

use super::Matcher;
use crate::catalogue::{Listing, PicturesEntry};
use crate::encoder::{Encoder, Identity, Kind};
use crate::{Error, Result};

/// What is loaded and where it runs.
#[derive(Debug, Clone, Serialize)]
pub struct Info {
    pub packs: Vec<Identity>,
    pub encoders: Vec<EncoderInfo>,
    pub shards: u64,
    pub listings: u64,
    /// Of the shards and all packs.
    pub bytes: u64,
    /// Of the files of pictures.
    pub picture_bytes: u64,
    /// In the shop's order.
    pub categories: Vec<CategoryInfo>,
    /// `None` where no listing has a price.
    pub prices: Option<PriceRange>,
    pub device: String,
    /// Name of the GPU.
    pub adapter: Option<String>,
    /// Why this device and no other.
    pub reason: Option<String>,
}

/// One encoder of the catalogue.
#[derive(Debug, Clone, Serialize)]
pub struct EncoderInfo {
    pub name: String,
    pub kind: Kind,
    /// Whether it stands in for the other text encoders until one is there.
    pub preliminary: bool,
    /// Of the pack and its tokenizer.
    pub bytes: u64,
    /// Whether it is there.
    pub attached: bool,
}

/// One category of the shop.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CategoryInfo {
    pub name: String,
    pub count: usize,
}

/// What listings cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PriceRange {
    pub min: f64,
    pub max: f64,
    /// `None` where it is not known, or not the same everywhere.
    pub currency: Option<String>,
}

impl PriceRange {
    fn of<'a>(listings: impl Iterator<Item = &'a Listing>) -> Option<Self> {
        let of_one = |listing: &'a Listing| Some((listing.price?, &listing.currency));
        let mut range: Option<PriceRange> = None;
        for (price, currency) in listings.filter_map(of_one) {
            let found = range.get_or_insert_with(|| PriceRange { min: price, max: price, currency: currency.clone() });
            (found.min, found.max) = (found.min.min(price), found.max.max(price));
            found.currency = found.currency.take().filter(|known| Some(known) == currency.as_ref());
        }
        range
    }
}

impl Matcher {
    /// What is loaded and where it runs.
    pub fn info(&self) -> Info {
        let manifest = &self.ranker.catalogue.manifest;
        let listings = || self.ranker.catalogue.shards.iter().flat_map(|shard| &shard.listings);
        Info {
            packs: manifest.encoders.clone(),
            encoders: self.encoders(),
            shards: manifest.shards.len() as u64,
            listings: manifest.listings,
            bytes: manifest.bytes() + manifest.encoders.iter().map(Identity::all_bytes).sum::<u64>(),
            picture_bytes: manifest.picture_bytes(),
            categories: categories(listings()),
            prices: PriceRange::of(listings()),
            device: self.device_name().into(),
            adapter: self.device.adapter(),
            reason: self.device.reason(),
        }
    }

    /// The files of pictures: for each shard one, or none at all.
    pub fn pictures(&self) -> &[PicturesEntry] {
        &self.ranker.catalogue.manifest.pictures
    }

    /// The encoder of the catalogue that has that name; an error is [`Error::Argument`].
    pub fn identity(&self, name: &str) -> Result<&Identity> {
        let encoders = &self.ranker.catalogue.manifest.encoders;
        let named = encoders.iter().find(|encoder| encoder.name == name);
        named.ok_or_else(|| Error::argument("encoder", "one of the catalogue", format!("{name:?}")))
    }

    /// The encoders of the catalogue, in the manifest's order.
    pub fn encoders(&self) -> Vec<EncoderInfo> {
        let info = |(identity, encoder): (&Identity, &Option<Encoder>)| EncoderInfo {
            name: identity.name.clone(),
            kind: identity.kind,
            preliminary: identity.preliminary,
            bytes: identity.all_bytes(),
            attached: encoder.is_some(),
        };
        self.ranker.catalogue.manifest.encoders.iter().zip(&self.encoders).map(info).collect()
    }
}

fn categories<'a>(listings: impl Iterator<Item = &'a Listing>) -> Vec<CategoryInfo> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut categories: Vec<CategoryInfo> = Vec::new();
    for name in listings.filter_map(|listing| listing.category.as_deref()) {
        let place = *places.entry(name).or_insert(categories.len());
        match categories.get_mut(place) {
            Some(category) => category.count += 1,
            None => categories.push(CategoryInfo { name: name.into(), count: 1 }),
        }
    }
    categories
}
