//! What is checked of a manifest before anything that it names is read.
#![deny(clippy::indexing_slicing, reason = "manifests are strangers' bytes")]

use super::limits::{
    MAX_CATALOGUE_BYTES, MAX_DIMENSION, MAX_ENCODERS, MAX_FILE_BYTES, MAX_LISTINGS, MAX_SHARD_LISTINGS,
};
use super::shard::bytes_at_least;
use super::{Background, Manifest, PicturesEntry, ProjectionEntry, ShardEntry};
use crate::encoder::{Identity, Kind};
use crate::pack::{MAX_PACK_BYTES, MAX_TOKENIZER_BYTES};

/// What was expected, and what was found.
type Fault = (String, String);

/// `Ok` where the condition holds.
fn expect(holds: bool, expected: impl Into<String>, found: impl ToString) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err((expected.into(), found.to_string())) }
}

impl Manifest {
    /// Finds what makes the manifest unusable whatever lies beside it: its limits are those of `limits.rs`.
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.decision.fault().map_or(Ok(()), Err)?;
        self.encoders_fit()?;
        self.files_fit()?;
        self.pictures_fit()?;
        let files = self.shards.iter().map(|s| &s.file).chain(self.projections.iter().flatten().map(|p| &p.file));
        let pictures = self.pictures.iter().map(|p| &p.file);
        for name in files.chain(pictures).chain(self.encoders.iter().map(|e| &e.name)) {
            let is_plain =
                !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', ':', '?', '#', '%']);
            expect(is_plain, "plain file and encoder names", format!("{name:?}"))?;
        }
        Ok(())
    }

    fn encoders_fit(&self) -> Result<(), Fault> {
        let count = self.encoders.len();
        expect(count <= MAX_ENCODERS, format!("at most {MAX_ENCODERS} encoders"), count)?;
        let sound = |b: &Background| b.mean.is_finite() && b.deviation.is_finite() && b.deviation > 0.0;
        expect(
            self.backgrounds.len() == count && self.backgrounds.iter().all(sound),
            format!("{count} backgrounds with a deviation above 0"),
            format!("{:?}", self.backgrounds),
        )?;
        expect(self.projections.len() == count, format!("{count} projections"), self.projections.len())?;
        for (i, (encoder, projection)) in self.encoders.iter().zip(&self.projections).enumerate() {
            let Identity { name, kind, dimension, bytes, fingerprint, tokenizer_bytes, preliminary, pictures } =
                encoder;
            expect(
                self.encoders.iter().take(i).all(|e| e.name != *name),
                "every encoder once",
                format!("{name} again"),
            )?;
            is_dimension(*dimension, MAX_DIMENSION, name)?;
            let expected = format!("a pack {name} of 1 to {MAX_PACK_BYTES} bytes");
            expect((1..=MAX_PACK_BYTES).contains(bytes), expected, bytes)?;
            is_sha256(fingerprint, name)?;
            let reads_titles = *kind == Kind::Text;
            let most = if reads_titles { MAX_TOKENIZER_BYTES } else { 0 };
            let expected = format!("a tokenizer of {name} of {} to {most} bytes", u64::from(reads_titles));
            expect((u64::from(reads_titles)..=most).contains(tokenizer_bytes), expected, tokenizer_bytes)?;
            let found = format!("{name}, which reads photos");
            expect(reads_titles || !preliminary, "preliminary encoders that read titles", found)?;
            if let Some(by) = pictures {
                let fits =
                    |other: &Identity| (other.kind, &other.name, other.dimension) == (Kind::Image, by, *dimension);
                let is_joint = reads_titles && !preliminary && projection.is_none() && self.encoders.iter().any(fits);
                let expected =
                    format!("{name} to read titles, its vectors as long as those of an encoder {by} of photos");
                expect(is_joint, expected, encoder)?;
            }
            if let Some(ProjectionEntry { file, bytes, sha256, dimension: to }) = projection {
                is_dimension(*to, *dimension, file)?;
                is_sha256(sha256, file)?;
                has_room(file, *bytes, u64::from(*to) * (u64::from(*dimension) + 4))?;
            }
        }
        Ok(())
    }

    fn files_fit(&self) -> Result<(), Fault> {
        let a_listing = bytes_at_least((0..self.encoders.len()).map(|encoder| self.dimension(encoder)));
        for ShardEntry { file, bytes, sha256, listings } in &self.shards {
            is_sha256(sha256, file)?;
            let expected = format!("at most {MAX_SHARD_LISTINGS} listings in {file}");
            expect(*listings <= MAX_SHARD_LISTINGS, expected, listings)?;
            has_room(file, *bytes, listings * a_listing)?;
        }
        // No sum overflows: there are fewer entries than a manifest has bytes, and each was found within its limit.
        let bytes = self.bytes();
        expect(bytes <= MAX_CATALOGUE_BYTES, format!("at most {MAX_CATALOGUE_BYTES} bytes in all files"), bytes)?;
        let listings: u64 = self.shards.iter().map(|s| s.listings).sum();
        expect(listings <= MAX_LISTINGS, format!("at most {MAX_LISTINGS} listings"), listings)?;
        expect(listings == self.listings, format!("{} listings in all shards", self.listings), listings)
    }

    fn pictures_fit(&self) -> Result<(), Fault> {
        let expected = if self.pictures_side == 0 { 0 } else { self.shards.len() };
        let found = self.pictures.len();
        expect(
            found == expected,
            format!("{expected} files of pictures with a side of {}", self.pictures_side),
            found,
        )?;
        for (PicturesEntry { file, bytes, sha256 }, shard) in self.pictures.iter().zip(&self.shards) {
            is_sha256(sha256, file)?;
            has_room(file, *bytes, shard.listings * 4)?;
        }
        let bytes = self.picture_bytes();
        expect(bytes <= MAX_CATALOGUE_BYTES, format!("at most {MAX_CATALOGUE_BYTES} bytes of pictures"), bytes)
    }
}

/// A length that vectors can have: kernels read four codes at a time.
fn is_dimension(dimension: u32, most: u32, of: &str) -> Result<(), Fault> {
    let is_one = dimension > 0 && dimension <= most && dimension.is_multiple_of(4);
    expect(is_one, format!("a dimension of {of} that is a multiple of 4 from 4 to {most}"), dimension)
}

fn is_sha256(digits: &str, of: &str) -> Result<(), Fault> {
    let is_one = digits.len() == 64 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    expect(is_one, format!("64 lower-case hexadecimal digits as SHA-256 of {of}"), format!("{digits:?}"))
}

/// A size that a file may have which holds `least` bytes of tensors.
fn has_room(file: &str, bytes: u64, least: u64) -> Result<(), Fault> {
    let expected = format!("{file} of {least} to {MAX_FILE_BYTES} bytes");
    expect((least..=MAX_FILE_BYTES).contains(&bytes), expected, bytes)
}
