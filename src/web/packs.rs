//! Packs from the net straight to where they run: what has arrived of one is on the GPU, or in its final place, already.
#![deny(clippy::indexing_slicing, reason = "packs are strangers' bytes")]

use std::rc::Rc;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use web_sys::RequestCache;

use super::fetch::{Body, Fetch, Progress};
use crate::digest::{hex, sha256_hex};
use crate::encoder::Identity;
use crate::engine::gpu::{Gpu, Weights};
use crate::engine::{Device, Plan};
use crate::matching::{LoadedPack, Reload};
use crate::pack::{MAX_TOKENIZER_BYTES, Pack, Preprocessing};
use crate::{Error, Result};

/// Where packs lie on the net.
#[derive(Clone)]
pub struct Packs {
    /// URL of the folder, with a slash at its end.
    pub models: String,
    pub progress: Rc<Progress>,
}

/// A pack whose request is out.
pub struct Coming {
    identity: Identity,
    url: String,
    fetch: Fetch,
}

/// What takes the words in.
enum Words<'a> {
    /// The words, and how many bytes of them are there.
    Memory(Vec<u32>, usize),
    Gpu(&'a Arc<Gpu>, Weights),
}

impl Packs {
    /// Sends the request for an encoder's pack. The hash in the URL makes it one of this very pack: a cache that holds an
    /// older one under the name does not answer.
    pub fn start(&self, identity: &Identity) -> Result<Coming> {
        let url = format!("{}{}.safetensors?v={}", self.models, identity.name, identity.fingerprint);
        Ok(Coming { identity: identity.clone(), fetch: Fetch::start(&url, RequestCache::Default)?, url })
    }

    /// Takes a pack and its tokenizer in, each once more past every cache where it is not the one that was stated.
    pub async fn finish(&self, coming: Coming, device: &Device) -> Result<LoadedPack> {
        let Coming { identity, url, fetch } = coming;
        let attempt = async |fetch: Fetch| self.take_in(fetch, &identity, &url, device).await;
        let (pack, tokenizer) = self.progress.twice_at_most(fetch, attempt).await?;
        let Preprocessing::Text { tokenizer: file, tokenizer_sha256, .. } = &pack.header.preprocessing else {
            return Ok(LoadedPack { pack, tokenizer: None });
        };
        let same = |bytes: Vec<u8>| match sha256_hex(&bytes) {
            found if found == *tokenizer_sha256 => Ok(bytes),
            found => Err(pack.error(format!("{file} with SHA-256 {tokenizer_sha256}"), format!("SHA-256 {found}"))),
        };
        let tokenizer = match tokenizer {
            Some(fetch) => {
                let stage = format!("Fetching {}", identity.name);
                Some(self.progress.read(&stage, fetch, MAX_TOKENIZER_BYTES, same).await?)
            }
            None => None,
        };
        Ok(LoadedPack { pack, tokenizer })
    }

    /// Takes a pack in, and sends the request for its tokenizer. On a GPU its kernels are compiled while its weights
    /// arrive, which go there and are not kept here.
    async fn take_in(
        &self,
        fetch: Fetch,
        identity: &Identity,
        url: &str,
        device: &Device,
    ) -> Result<(Pack, Option<Fetch>)> {
        let stage = format!("Fetching {}", identity.name);
        let mut body = fetch.body(identity.bytes).await?;
        let mut hash = Sha256::new();
        let mut head = Vec::new();
        let begun = self.head(&mut body, &mut head, identity, url, &stage).await;
        hash.update(&head);
        let (mut pack, start) = match begun {
            // Most likely it is another file altogether, and that is what to say.
            Err(error @ Error::Pack { .. }) => {
                while let Some(piece) = body.next(&self.progress, &stage).await? {
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
                Some(Fetch::start(&url, RequestCache::Default)?)
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
        while let Some(piece) = body.next(&self.progress, &stage).await? {
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

    /// Reads on until the header is whole: the pack without its words, and where these begin in what was read.
    async fn head(
        &self,
        body: &mut Body,
        head: &mut Vec<u8>,
        identity: &Identity,
        url: &str,
        stage: &str,
    ) -> Result<(Pack, usize)> {
        while let Some(piece) = body.next(&self.progress, stage).await? {
            head.extend_from_slice(piece);
            if let Some(found) = Pack::begin(head, &identity.fingerprint, identity.bytes, url)? {
                return Ok(found);
            }
        }
        Err(Error::pack("a whole safetensors file", format!("{} bytes that are not one", head.len()), url))
    }

    /// Gets packs again for the CPU, which the browser's cache is likely to have.
    pub fn reload(self) -> Reload {
        Box::new(move |identity| {
            let packs = self.clone();
            let cpu = Device::Cpu { reason: None };
            Box::pin(async move { packs.finish(packs.start(&identity)?, &cpu).await })
        })
    }
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
