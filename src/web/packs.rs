//! Packs from the net straight to where they run: what has arrived of one is on the GPU, or in its final place, already.
#![deny(clippy::indexing_slicing, reason = "packs are strangers' bytes")]

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::fetch::{Body, Fetch, Mode, Source};
use crate::digest::{hex, sha256_hex};
use crate::encoder::Identity;
use crate::engine::gpu::{Gpu, Weights};
use crate::engine::{Device, Plan};
use crate::matching::{LoadedPack, NO_DEVICE, Reload};
use crate::pack::{Pack, Preprocessing};
use crate::{Error, Result};

/// Where packs lie on the net.
#[derive(Clone)]
pub struct Packs {
    /// URL of the folder, with a slash at its end.
    pub models: String,
    pub source: Source,
}

/// What takes the words in.
enum Words<'a> {
    /// The words, and how many bytes of them are there.
    Memory(Vec<u32>, usize),
    Gpu(&'a Arc<Gpu>, Weights),
}

impl Packs {
    /// Asks for an encoder's pack. The hash in the URL makes it one of this very pack: a cache that holds an older one under the
    /// name does not answer.
    pub fn start(&self, identity: &Identity) -> Fetch {
        let Identity { bytes, fingerprint, .. } = identity;
        self.source.start(&self.url(identity), *bytes, Some(fingerprint), Mode::Default)
    }

    /// Asks for an encoder's pack, which will be started.
    pub fn anticipate(&self, identity: &Identity) {
        self.source.anticipate(&self.url(identity), identity.bytes, &identity.fingerprint);
    }

    fn url(&self, Identity { name, fingerprint, .. }: &Identity) -> String {
        format!("{}{name}.safetensors?v={fingerprint}", self.models)
    }

    /// Takes a pack and its tokenizer in, each once more past every store and cache where it is not the one that was stated.
    pub async fn finish(&self, fetch: Fetch, identity: &Identity, device: &Device) -> Result<LoadedPack> {
        let url = self.url(identity);
        let attempt = async |body: &mut Body| self.take_in(body, identity, &url, device).await;
        let (pack, tokenizer) = fetch.twice_at_most(attempt).await?;
        let tokenizer = match tokenizer {
            Some((fetch, sha256)) => {
                let same = |bytes: Vec<u8>| match sha256_hex(&bytes) {
                    found if found == sha256 => Ok(bytes),
                    found => Err(pack.error(format!("a tokenizer with SHA-256 {sha256}"), format!("SHA-256 {found}"))),
                };
                Some(fetch.read(same).await?)
            }
            None => None,
        };
        Ok(LoadedPack { pack, tokenizer })
    }

    /// Takes a pack in, and asks for its tokenizer, whose hash is given. On a GPU its kernels are compiled while its weights
    /// arrive, which go there and are not kept here.
    async fn take_in(
        &self,
        body: &mut Body,
        identity: &Identity,
        url: &str,
        device: &Device,
    ) -> Result<(Pack, Option<(Fetch, String)>)> {
        let mut hash = Sha256::new();
        let mut head = Vec::new();
        let begun = head_of(body, &mut head, identity, url).await;
        hash.update(&head);
        let (mut pack, start) = match begun {
            // Most likely it is another file altogether, and that is what to say.
            Err(error @ Error::Pack { .. }) => {
                while let Some(piece) = body.next().await? {
                    hash.update(piece);
                }
                same(hash, identity, url)?;
                return Err(error);
            }
            begun => begun?,
        };
        let tokenizer = match &pack.header.preprocessing {
            Preprocessing::Text { tokenizer, tokenizer_sha256, .. } => {
                let url = format!("{}{tokenizer}?v={tokenizer_sha256}", self.models);
                let (bytes, sha256) = (identity.tokenizer_bytes, Some(tokenizer_sha256.as_str()));
                Some((self.source.start(&url, bytes, sha256, Mode::Default), tokenizer_sha256.clone()))
            }
            Preprocessing::Image { .. } => None,
        };
        let bytes = pack.bytes.saturating_sub(start as u64);
        // On every device before memory is asked for: the plan is checked against its limits.
        let plan = Plan::new(&pack)?;
        let mut words = match device {
            Device::Gpu(gpu) => {
                gpu.prepare(&plan)?;
                Words::Gpu(gpu, Weights::new(gpu, bytes))
            }
            Device::Cpu { .. } => Words::Memory(vec![0; bytes.div_ceil(4) as usize], 0),
        };
        words.push(head.get(start..).unwrap_or_default());
        let mut arrived = head.len() as u64;
        drop(head);
        while let Some(piece) = body.next().await? {
            hash.update(piece);
            arrived += piece.len() as u64;
            words.push(piece);
        }
        same(hash, identity, url)?;
        if arrived != pack.bytes {
            return Err(Error::pack(format!("a pack of {} bytes", pack.bytes), arrived.to_string(), url));
        }
        match words {
            Words::Memory(words, _) => pack.words = Arc::new(words),
            Words::Gpu(gpu, weights) => gpu.keep(&pack.fingerprint, weights),
        }
        Ok((pack, tokenizer))
    }

    /// Gets packs again for the CPU, which a store is likely to have.
    pub fn reload(self) -> Reload {
        Box::new(move |identity| {
            let packs = self.clone();
            Box::pin(async move { packs.finish(packs.start(&identity), &identity, &NO_DEVICE).await })
        })
    }
}

/// Reads on until the header is whole: the pack without its words, and where these begin in what was read.
async fn head_of(body: &mut Body, head: &mut Vec<u8>, identity: &Identity, url: &str) -> Result<(Pack, usize)> {
    while let Some(piece) = body.next().await? {
        head.extend_from_slice(piece);
        if let Some(found) = Pack::begin(head, &identity.fingerprint, identity.bytes, url)? {
            return Ok(found);
        }
    }
    Err(Error::pack("a whole safetensors file", format!("{} bytes that are not one", head.len()), url))
}

/// Whether what was hashed is the very pack.
fn same(hash: Sha256, identity: &Identity, url: &str) -> Result<()> {
    let found = hex(&hash.finalize());
    if found != identity.fingerprint {
        let expected = format!("a pack with SHA-256 {}", identity.fingerprint);
        return Err(Error::pack(expected, format!("SHA-256 {found}"), url));
    }
    Ok(())
}

impl Words<'_> {
    fn push(&mut self, piece: &[u8]) {
        match self {
            Words::Memory(words, at) => {
                // WebAssembly is little-endian, as the file is.
                let end = *at + piece.len();
                // Bytes past the end are dropped: their count, which is checked, is what refuses the file.
                if let Some(room) = bytemuck::cast_slice_mut(words).get_mut(*at..end) {
                    room.copy_from_slice(piece);
                }
                *at = end;
            }
            Words::Gpu(gpu, weights) => weights.write(gpu, piece),
        }
    }
}
