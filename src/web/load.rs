//! Taking a catalogue in.

use serde::Deserialize;

use super::WebMatcher;
use super::encoder::{Opening, prepare_small};
use super::fetch::{Mode, Source};
use super::packs::Packs;
use crate::Result;
use crate::catalogue::limits::MAX_MANIFEST_BYTES;
use crate::catalogue::{Catalogue, MANIFEST_FILE, Manifest, Projection, ProjectionEntry, Shard};
use crate::encoder::{Identity, Kind};
use crate::engine::Preference;
use crate::matching::Matcher;

/// Most bytes of a text encoder that is loaded with the catalogue although it stands in for no other: a table is as small.
const SMALL_BYTES: u64 = 4 << 20;

#[derive(Deserialize)]
pub struct LoadOptions {
    /// URL of the folder of packs, with a slash at its end.
    models: String,
    /// URL of the catalogue's folder, with a slash at its end.
    catalogue: String,
    /// `auto`, `webgpu` or `cpu`.
    device: String,
    /// What [`WebMatcher::tuned`] said last time.
    tuned: Option<String>,
    /// Whether the other encoders will be fetched as soon as the catalogue is there: they are asked for already.
    #[serde(default)]
    everything: bool,
}

/// Whether an encoder is loaded with the catalogue.
fn comes_first(encoder: &Identity) -> bool {
    encoder.preliminary || encoder.kind == Kind::Text && encoder.all_bytes() <= SMALL_BYTES
}

pub async fn load(options: LoadOptions, source: &Source) -> Result<WebMatcher> {
    let preference: Preference = options.device.parse()?;
    // What cannot be read is of another version, and is found out again.
    let known = options.tuned.as_deref().and_then(|tuned| serde_json::from_str(tuned).ok());
    let url = |file: &str| format!("{}{file}", options.catalogue);
    let place = url(MANIFEST_FILE);
    // A host may allow caches to keep an old manifest, whose shards may be gone: it is always asked for anew.
    let manifest = source.start(&place, MAX_MANIFEST_BYTES, None, Mode::Revalidate);
    let manifest = manifest.read(|bytes| Manifest::parse(&bytes, &place)).await?;
    let (first, later): (Vec<&Identity>, Vec<&Identity>) = manifest.encoders.iter().partition(|e| comes_first(e));
    let bytes = |encoders: &[&Identity]| encoders.iter().map(|encoder| encoder.all_bytes()).sum::<u64>();
    source.expect(manifest.bytes() + bytes(&first), bytes(&later));
    // All requests go out now; what arrives waits until it is its turn.
    let packs = Packs { models: options.models.clone(), source: source.clone() };
    let start = |file: &str, bytes, sha256: &str| source.start(&url(file), bytes, Some(sha256), Mode::Default);
    let shards: Vec<_> = manifest.shards.iter().map(|e| start(&e.file, e.bytes, &e.sha256)).collect();
    let projection = |entry: &Option<ProjectionEntry>| entry.as_ref().map(|e| start(&e.file, e.bytes, &e.sha256));
    let projections: Vec<_> = manifest.projections.iter().map(projection).collect();
    let coming: Vec<_> = first.into_iter().map(|identity| (identity.clone(), packs.start(identity))).collect();
    if options.everything {
        later.into_iter().for_each(|identity| packs.anticipate(identity));
    }
    let mut read = Vec::with_capacity(shards.len());
    for (fetch, entry) in shards.into_iter().zip(&manifest.shards) {
        read.push(fetch.read(|bytes| Shard::read(&bytes, entry, &manifest, &url(&entry.file))).await?);
    }
    let mut projections_read = Vec::with_capacity(projections.len());
    for ((fetch, entry), encoder) in projections.into_iter().zip(&manifest.projections).zip(&manifest.encoders) {
        projections_read.push(match (fetch, entry) {
            (Some(fetch), Some(entry)) => {
                let from = encoder.dimension as usize;
                Some(fetch.read(|bytes| Projection::read(&bytes, entry, from, &url(&entry.file))).await?)
            }
            _ => None,
        });
    }
    let catalogue = Catalogue::new(manifest, read, projections_read)?;
    let mut matcher = Matcher::open(catalogue, packs.clone().reload(), "webgpu").await?;
    for (identity, fetch) in coming {
        matcher.attach(prepare_small(&packs, &identity, fetch).await?).await?;
    }
    Ok(WebMatcher { matcher, packs, opening: Opening::new(preference, known) })
}
