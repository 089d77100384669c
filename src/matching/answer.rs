//! What a match gives back, as JSON and as JavaScript objects.

use serde::Serialize;

use super::{Decision, Lanes};
use crate::encoder::Identity;

/// The answer to one query.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// For the best hit; No-Match where there is none.
    pub decision: Decision,
    /// Of the best hit, 0 to 1.
    pub probability: f32,
    /// Best first.
    pub hits: Vec<Hit>,
    /// `webgpu` or `gpu`, or `cpu`.
    pub device: String,
    pub timings: Timings,
}

/// One listing that may be the product.
#[derive(Debug, Clone, Serialize)]
pub struct Hit {
    pub id: String,
    pub title: String,
    /// 0 to 1.
    pub probability: f32,
    pub decision: Decision,
    pub lanes: Lanes,
    /// Sentences a shopper can read.
    pub why: Vec<String>,
    pub price: Option<f64>,
    pub url: Option<String>,
    /// A WebP file.
    #[serde(skip)]
    pub thumbnail: Option<Vec<u8>>,
}

/// Milliseconds; 0 for a step that was not needed.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Timings {
    pub decode: f64,
    pub embed_photo: f64,
    pub embed_title: f64,
    pub search: f64,
    pub total: f64,
}

/// What is loaded and where it runs.
#[derive(Debug, Clone, Serialize)]
pub struct Info {
    pub packs: Vec<Identity>,
    pub shards: u64,
    pub listings: u64,
    /// Of packs and shards.
    pub bytes: u64,
    pub device: String,
    /// Name of the GPU.
    pub adapter: Option<String>,
    /// Why this device and no other.
    pub reason: Option<String>,
}
