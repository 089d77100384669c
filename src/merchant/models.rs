//! Where the packs lie on this machine.

use std::path::{Path, PathBuf};

use crate::catalogue::Catalogue;
use crate::encoder::{Encoder, Identity, ImageEncoder, KNOWN, Kind, TABLE, TextEncoder};
use crate::engine::Device;
use crate::matching::{LoadedPack, Matcher, Reload};
use crate::merchant::folder::read_at_most;
use crate::pack::{MAX_PACK_BYTES, MAX_TOKENIZER_BYTES, Pack, Preprocessing};
use crate::{Error, Result};

/// The files of a text encoder's pack.
pub struct PackFiles {
    pub pack: Vec<u8>,
    pub tokenizer: Vec<u8>,
}

/// The name of the file that a text encoder's tokenizer is in.
pub fn tokenizer_file(encoder: &str) -> String {
    format!("{encoder}.tokenizer.json")
}

/// Two encoders that were trained together, so that words lie near the pictures of what they name: CLIP's, for example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joint {
    /// Name of the encoder of words.
    pub words: String,
    /// Name of the encoder of pictures.
    pub pictures: String,
}

impl std::str::FromStr for Joint {
    type Err = Error;

    /// Of `WORDS=PICTURES`.
    fn from_str(text: &str) -> Result<Self> {
        match text.split_once('=') {
            Some((words, pictures)) if !words.is_empty() && !pictures.is_empty() => {
                Ok(Joint { words: words.into(), pictures: pictures.into() })
            }
            _ => Err(Error::argument("joint", "WORDS=PICTURES, the names of two encoders", format!("{text:?}"))),
        }
    }
}

impl Joint {
    /// Writes it into the identity of the encoder of words.
    fn state(&self, identities: &mut [Identity]) -> Result<()> {
        let find = |name: &str, kind: Kind| {
            let found = identities.iter().position(|identity| identity.name == name && identity.kind == kind);
            let reads = if kind == Kind::Image { "photos" } else { "titles" };
            let names: Vec<&str> = identities.iter().map(|identity| identity.name.as_str()).collect();
            let wrong = || {
                Error::argument(
                    "joint",
                    format!("an encoder of {reads} among {}", names.join(", ")),
                    format!("{name:?}"),
                )
            };
            found.ok_or_else(wrong)
        };
        let (words, pictures) = (find(&self.words, Kind::Text)?, find(&self.pictures, Kind::Image)?);
        let (own, other) = (identities[words].dimension, identities[pictures].dimension);
        if own != other {
            let expected = format!("vectors as long as those of {}, {other}", self.pictures);
            return Err(Error::argument("joint", expected, format!("{own} of {}", self.words)));
        }
        identities[words].pictures = Some(self.pictures.clone());
        Ok(())
    }
}

/// A folder of packs.
#[derive(Clone)]
pub struct Models {
    folder: PathBuf,
}

impl Models {
    /// The folder given, that of `TWINLENS_MODELS`, or the nearest `models` beside or above this folder or the program.
    pub fn find(given: Option<&Path>) -> Result<Self> {
        let given = given.map(Path::to_path_buf).or_else(|| std::env::var_os("TWINLENS_MODELS").map(PathBuf::from));
        if let Some(folder) = given {
            return Ok(Models { folder });
        }
        let folder = nearest("models", |folder| folder.join("README.md").exists());
        let place = std::env::current_dir().map(|d| d.display().to_string()).unwrap_or_default();
        let none = || {
            Error::io("looking for packs", "a folder models here or above, --models or TWINLENS_MODELS", "none", place)
        };
        Ok(Models { folder: folder.ok_or_else(none)? })
    }

    /// Reads the pack of that name.
    pub fn pack(&self, name: &str) -> Result<Pack> {
        if !KNOWN.contains(&name) && !self.path(name).exists() {
            return Err(Error::argument("encoder", format!("one of {}", KNOWN.join(", ")), format!("{name:?}")));
        }
        let path = self.path(name);
        self.is_there(name)?;
        let pack = Pack::read(&read_at_most(&path, MAX_PACK_BYTES)?, &path.display().to_string(), None)?;
        match pack.header.name == name {
            true => Ok(pack),
            false => Err(pack.error(format!("the pack {name}"), format!("the pack {}", pack.header.name))),
        }
    }

    /// An error that says how to make a pack that is not there.
    fn is_there(&self, name: &str) -> Result<()> {
        let path = self.path(name);
        if path.exists() {
            return Ok(());
        }
        let expected = format!("the pack {name}, which `cargo xtask models {name}` makes");
        Err(Error::io("looking for a pack", expected, "no such file", path.display().to_string()))
    }

    /// The files of the text encoder of that name.
    pub fn files(&self, name: &str) -> Result<PackFiles> {
        self.is_there(name)?;
        let pack = read_at_most(&self.path(name), MAX_PACK_BYTES)?;
        let tokenizer = read_at_most(&self.folder.join(tokenizer_file(name)), MAX_TOKENIZER_BYTES)?;
        Ok(PackFiles { pack, tokenizer })
    }

    /// Writes the files of a text encoder, the pack last: one that is there is whole.
    pub fn write(&self, name: &str, files: &PackFiles) -> Result<()> {
        let write = |path: PathBuf, bytes: &[u8]| {
            let failed =
                |e| Error::io("writing a pack", "a folder that can be written to", e, path.display().to_string());
            let part = path.with_extension("part");
            std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, &path)).map_err(failed)
        };
        write(self.folder.join(tokenizer_file(name)), &files.tokenizer)?;
        write(self.path(name), &files.pack)
    }

    /// The encoder of that name on a device.
    pub fn encoder(&self, name: &str, device: &Device) -> Result<(Identity, Encoder)> {
        let pack = self.pack(name)?;
        let tokenizer = self.tokenizer(&pack)?;
        let encoder = pollster::block_on(Encoder::new(device, &pack, tokenizer.as_deref()))?;
        Ok((Identity::of(&pack, tokenizer.as_deref()), encoder))
    }

    /// The encoder of that name, which must read photos, on a device.
    pub fn image_encoder(&self, name: &str, device: &Device) -> Result<(Identity, ImageEncoder)> {
        match self.encoder(name, device)? {
            (identity, Encoder::Image(encoder)) => Ok((identity, encoder)),
            (_, Encoder::Text(_)) => Err(Error::argument("encoder", "one that reads photos", format!("{name:?}"))),
        }
    }

    /// The encoder of that name, which must read titles, on a device.
    pub fn text_encoder(&self, name: &str, device: &Device) -> Result<(Identity, TextEncoder)> {
        match self.encoder(name, device)? {
            (identity, Encoder::Text(encoder)) => Ok((identity, encoder)),
            (_, Encoder::Image(_)) => Err(Error::argument("encoder", "one that reads titles", format!("{name:?}"))),
        }
    }

    /// A catalogue with the packs that made its vectors, on a device.
    pub async fn matcher(&self, device: Device, catalogue: Catalogue) -> Result<Matcher> {
        let packs = catalogue.manifest.encoders.iter().map(|e| self.load(e)).collect::<Result<Vec<_>>>()?;
        Matcher::new(device, catalogue, packs, self.reload(), "gpu").await
    }

    /// The encoders of those names on a device, every name once; the table is preliminary beside another encoder that compares
    /// titles. The titles of each of `joint` are compared with pictures.
    ///
    /// # Errors
    /// Those of the packs; [`Error::Argument`] for a name twice and for joint encoders that do not fit.
    pub fn encoders(
        &self,
        names: &[String],
        joint: &[Joint],
        device: &Device,
    ) -> Result<(Vec<Identity>, Vec<Encoder>)> {
        let mut names = names.to_vec();
        names.dedup();
        if let Some(twice) = names.iter().find(|n| names.iter().filter(|m| m == n).count() > 1) {
            return Err(Error::argument("encoders", "every name once", format!("{twice:?} again")));
        }
        let loaded = names.iter().map(|name| self.encoder(name, device)).collect::<Result<Vec<_>>>()?;
        let (mut identities, encoders): (Vec<Identity>, Vec<Encoder>) = loaded.into_iter().unzip();
        joint.iter().try_for_each(|joint| joint.state(&mut identities))?;
        let is_table = |identity: &Identity| identity.name == TABLE;
        if identities.iter().any(|identity| identity.compares_titles() && !is_table(identity)) {
            identities.iter_mut().for_each(|identity| identity.preliminary = is_table(identity));
        }
        Ok((identities, encoders))
    }

    /// The very pack that made a catalogue's vectors, with its tokenizer.
    pub fn load(&self, identity: &Identity) -> Result<LoadedPack> {
        let path = self.path(&identity.name);
        let pack = Pack::read(
            &read_at_most(&path, MAX_PACK_BYTES)?,
            &path.display().to_string(),
            Some(&identity.fingerprint),
        )?;
        let tokenizer = self.tokenizer(&pack)?;
        Ok(LoadedPack { pack, tokenizer })
    }

    /// The same later on, from the files again.
    pub fn reload(&self) -> Reload {
        let models = self.clone();
        Box::new(move |identity| Box::pin(std::future::ready(models.load(&identity))))
    }

    fn tokenizer(&self, pack: &Pack) -> Result<Option<Vec<u8>>> {
        match &pack.header.preprocessing {
            Preprocessing::Text { tokenizer, .. } => {
                read_at_most(&self.folder.join(tokenizer), MAX_TOKENIZER_BYTES).map(Some)
            }
            Preprocessing::Image { .. } => Ok(None),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.safetensors"))
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// The nearest folder of that name beside or above the working folder or the program that `is_it` accepts.
pub fn nearest(name: &str, is_it: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let starts = [std::env::current_dir(), std::env::current_exe()];
    let above = starts.iter().flatten().flat_map(|start| start.ancestors());
    above.map(|folder| folder.join(name)).find(|folder| is_it(folder))
}
