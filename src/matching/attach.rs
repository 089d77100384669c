//! Encoders on their way into a matcher: read, laid out on a device, and attached one by one.

use std::pin::Pin;

use super::Matcher;
use crate::catalogue::MANIFEST_FILE;
use crate::encoder::{Encoder, Identity};
use crate::engine::Device;
use crate::pack::Pack;
use crate::search::Search;
use crate::{Error, Result};

/// A pack with its tokenizer.
pub struct LoadedPack {
    pub pack: Pack,
    pub tokenizer: Option<Vec<u8>>,
}

/// Gets an encoder's pack again, should the GPU be lost: once packs are laid out, nothing here keeps a copy of them.
pub type Reload = Box<dyn Fn(Identity) -> Pin<Box<dyn Future<Output = Result<LoadedPack>>>>>;

/// An encoder that is laid out, and where.
pub struct Prepared {
    identity: Identity,
    encoder: Encoder,
    /// [`NO_DEVICE`] for one that runs on the CPU whatever device the others have.
    device: Device,
}

/// The CPU, as long as no device was asked for.
pub const NO_DEVICE: Device = Device::Cpu { reason: None };

impl LoadedPack {
    /// Refuses a pack that is not the manifest's. Every field counts: vectors of another length or kind would be compared all the
    /// same, and mean nothing.
    fn check(&self, expected: &Identity) -> Result<()> {
        let Identity { preliminary, pictures, .. } = expected.clone();
        let found = Identity { preliminary, pictures, ..Identity::of(&self.pack, self.tokenizer.as_deref()) };
        match *expected == found {
            true => Ok(()),
            false => Err(Error::manifest(expected.to_string(), format!("a pack of {found}"), MANIFEST_FILE)),
        }
    }
}

impl Prepared {
    /// Lays out an encoder of a manifest by the pack that `load` gets for a device: on the CPU where the GPU fails, as one that
    /// computes wrongly or is too small. Errors are those of the pack and of `load`.
    pub async fn new(
        identity: Identity,
        device: &Device,
        load: impl AsyncFn(&Device) -> Result<LoadedPack>,
    ) -> Result<Self> {
        match Self::on(identity.clone(), device.clone(), load(device).await).await {
            Err(Error::Gpu { found, .. }) => {
                let device = cpu_instead(&found);
                let loaded = load(&device).await;
                Self::on(identity, device, loaded).await
            }
            laid_out => laid_out,
        }
    }

    async fn on(identity: Identity, device: Device, loaded: Result<LoadedPack>) -> Result<Self> {
        let loaded = loaded?;
        loaded.check(&identity)?;
        let encoder = Encoder::new(&device, &loaded.pack, loaded.tokenizer.as_deref()).await?;
        Ok(Prepared { identity, encoder, device })
    }

    /// Where it runs.
    pub fn device(&self) -> &Device {
        &self.device
    }
}

/// The CPU, saying what the GPU's failure was.
fn cpu_instead(failure: &str) -> Device {
    Device::Cpu { reason: Some(format!("the GPU failed: {}", failure.trim_end_matches('.'))) }
}

impl Matcher {
    /// Takes an encoder of the manifest in. The first one that is not on [`NO_DEVICE`] brings the matcher's device with it; where
    /// one is on the CPU because the GPU failed, all move there.
    ///
    /// # Errors
    /// Where it is no encoder of the manifest, and where one has to be laid out anew, those of getting it again.
    pub async fn attach(&mut self, prepared: Prepared) -> Result<()> {
        let Prepared { identity, mut encoder, device } = prepared;
        let encoders = &self.ranker.catalogue.manifest.encoders;
        let Some(at) = encoders.iter().position(|encoder| *encoder == identity) else {
            let expected: Vec<String> = encoders.iter().map(Identity::to_string).collect();
            return Err(Error::manifest(expected.join(" or "), identity.to_string(), MANIFEST_FILE));
        };
        match (&self.device, &device) {
            (_, Device::Cpu { reason: None }) => {}
            (Device::Cpu { reason: None }, _) => match Search::new(&device, &self.ranker.catalogue).await {
                Err(Error::Gpu { found, .. }) => {
                    self.leave_gpu(&found).await?;
                    encoder = self.again(&identity).await?;
                }
                search => (self.search, self.device) = (search?, device),
            },
            (Device::Gpu(_), Device::Cpu { .. }) => self.move_to(device).await?,
            (Device::Cpu { .. }, Device::Gpu(_)) => encoder = self.again(&identity).await?,
            _ => {}
        }
        self.encoders[at] = Some(encoder);
        Ok(())
    }

    /// From the GPU to the CPU, saying why.
    pub(super) async fn leave_gpu(&mut self, failure: &str) -> Result<()> {
        self.move_to(cpu_instead(failure)).await
    }

    /// To the CPU with those encoders that are on the GPU.
    async fn move_to(&mut self, cpu: Device) -> Result<()> {
        let mut moved = Vec::new();
        for (at, encoder) in self.encoders.iter().enumerate() {
            if encoder.as_ref().is_some_and(Encoder::is_on_gpu) {
                moved.push((at, self.again(&self.ranker.catalogue.manifest.encoders[at]).await?));
            }
        }
        // Nothing has changed where a pack could not be had: the next query tries again.
        for (at, encoder) in moved {
            self.encoders[at] = Some(encoder);
        }
        self.search = Search::new(&cpu, &self.ranker.catalogue).await?;
        self.device = cpu;
        Ok(())
    }

    /// Gets a pack again and lays it out on the CPU.
    async fn again(&self, identity: &Identity) -> Result<Encoder> {
        let loaded = (self.reload)(identity.clone()).await;
        Ok(Prepared::on(identity.clone(), NO_DEVICE, loaded).await?.encoder)
    }
}
