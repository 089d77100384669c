//! From a CSV and a folder of images to a catalogue.

mod background;
mod generations;
mod journal;
mod pictures;
mod projection;
mod projections;
mod row;
mod store;
pub(crate) mod whitening;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use generations::TEMPORARY_PREFIX;
pub use journal::JOURNAL_FILE;
use journal::{FinishedRows, Journal};
pub use pictures::CustomerPhoto;
pub use projections::CustomerTitle;
use projections::{Projections, projections};
use row::Rows;
pub use row::{Readable, readable};
pub(crate) use row::{neither, thumbnail};
use store::Store;

use super::feed::Problem;
use super::folder;
use super::learn::prior;
use super::listings::Record;
use super::parallel;
use super::unpublished::{Unpublished, UnpublishedListing};
use super::vocabulary::Cut;
use crate::catalogue::{
    Background, Catalogue, MANIFEST_FILE, Manifest, Pictures, Position, Projection, Row, Shard, ShardEntry, VERSION,
};
use crate::encoder::{Encoder, Identity, Kind};
use crate::fusion::Model;
use crate::{Error, Result};

/// Listings of a shard: a few megabytes with two encoders, so that a download can be resumed and a change re-uses most.
pub const SHARD_LISTINGS: usize = 1024;

/// Longest side in pixels of the pictures that are shown, of shops of few listings and of larger ones.
const PICTURES_SIDE: (u32, u32) = (320, 160);
/// Most listings of a shop of few.
const FEW_LISTINGS: usize = 1_000;

/// What share of a shop's titles a text encoder reads: of those in which it does not know a word it has no vector.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ReadableTitles {
    pub encoder: String,
    pub titles: u64,
    pub read: u64,
}

/// How a build went.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Summary {
    pub listings: u64,
    /// Listings taken over unchanged from the catalogue before.
    pub reused: u64,
    pub with_photo: u64,
    /// All pictures that are searched, customers' among them.
    pub photos: u64,
    pub with_title: u64,
    /// Photos of customers, or further pictures of listings, from which a projection of photos was learnt; 0 where one without them
    /// found as much.
    pub learnt_from_photos: u64,
    /// Titles of customers from which a projection of titles was learnt; likewise.
    pub learnt_from_titles: u64,
    /// Either, of each encoder's projection.
    #[serde(skip)]
    pub learnt_from: Vec<u64>,
    pub shards: u64,
    /// Of all shards.
    pub bytes: u64,
    /// Of the files of pictures.
    pub picture_bytes: u64,
    /// One a text encoder.
    pub readable: Vec<ReadableTitles>,
    /// The pack that was cut for this shop, where one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vocabulary: Option<Cut>,
    pub problems: Vec<Problem>,
}

/// What a catalogue is built of.
pub struct Source<'a> {
    pub records: &'a [Record],
    /// Folder below which the records' images lie.
    pub images: &'a Path,
    /// Photos beyond the listings' own from which the projection is learnt.
    pub further_images: &'a [PathBuf],
    /// Photos that customers took, each of a record: they are searched like the listings' own, and shown to nobody.
    pub customer_photos: &'a [CustomerPhoto],
    /// Titles that customers typed for the listings: the projection of titles is learnt from them where it wins.
    pub customer_titles: &'a [CustomerTitle],
    /// In the order of the encoders.
    pub identities: &'a [Identity],
    /// Whether listings whose title and photo are unchanged are taken over from the catalogue that is there.
    pub update: bool,
    /// How many catalogues before this one keep their files, for tabs that have read an old manifest.
    pub keep_generations: usize,
    /// Whether a problem of any row is an error.
    pub strict: bool,
    /// Longest side of the pictures that are shown, in pixels; 0 for none, `None` for what fits the number of listings.
    pub pictures_side: Option<u32>,
}

impl Source<'_> {
    fn pictures_side(&self) -> u32 {
        let (of_few, of_many) = PICTURES_SIDE;
        self.pictures_side.unwrap_or(if self.records.len() <= FEW_LISTINGS { of_few } else { of_many })
    }
}

/// How a catalogue's decision is fitted once its vectors are there; the summary says how these were made.
pub type Learn<'a> = &'a dyn Fn(Catalogue, &mut [Encoder], &Summary) -> Result<Model>;

/// Builds a catalogue in the folder `out`. `progress` is called with listings done, from any thread.
///
/// A photo or title that cannot be read is a [`Problem`]; the listing keeps its other lanes. On an error, and when the process
/// ends before it is done, the catalogue that was in `out` stays as it was; the next build takes over the rows that were finished.
pub fn build(
    source: &Source<'_>,
    out: &Path,
    encoders: &mut [Encoder],
    learn: Learn<'_>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Summary> {
    let Source { records, images, identities, update, keep_generations, .. } = *source;
    let pictures_side = source.pictures_side();
    let before = if update { Before::read(out, identities, pictures_side)? } else { None };
    // Rows of another projection could not be taken over.
    let (Projections { of_encoders: projections, learnt_from }, mut before) = match before {
        Some(Before { projections, rows }) => (projections, rows),
        None => (projections(source, encoders)?, HashMap::new()),
    };
    let mut store = Store::open(out)?;
    let most = |kind: Kind| {
        let of_kind = identities.iter().zip(&learnt_from).filter(|(encoder, _)| encoder.kind == kind);
        of_kind.map(|(_, count)| *count).max().unwrap_or_default()
    };
    let mut summary = Summary {
        learnt_from_photos: most(Kind::Image),
        learnt_from_titles: most(Kind::Text),
        learnt_from: learnt_from.clone(),
        ..Summary::default()
    };
    let mut manifest = Manifest {
        version: VERSION,
        self_sha256: String::new(),
        listings: records.len() as u64,
        encoders: identities.to_vec(),
        projections: projections
            .iter()
            .map(|projection| store.projection(projection.as_ref()))
            .collect::<Result<_>>()?,
        backgrounds: Vec::new(),
        decision: prior()?,
        shards: Vec::new(),
        pictures: Vec::new(),
        pictures_side,
    };
    let mut unpublished = Vec::with_capacity(records.len());
    let mut files = Vec::new();
    // Shards and the journal are made by the encoders and projections that the manifest has now.
    let made_by = manifest.clone();
    let (journal, finished) = Journal::open(out, &made_by)?;
    before.extend(finished);
    let mut customers: HashMap<&str, Vec<&Path>> = HashMap::new();
    for photo in source.customer_photos {
        let record = records.get(photo.record).ok_or_else(|| {
            Error::argument("customer photos", "records that are there", format!("number {}", photo.record))
        })?;
        customers.entry(&record.id).or_default().push(&photo.path);
    }
    let groups = row::groups(records);
    let rows_of =
        Rows { images, customers, groups, identities, projections: &projections, before: &before, pictures_side };
    let done = AtomicU64::new(0);
    for (index, records) in records.chunks(SHARD_LISTINGS).enumerate() {
        let one = |encoders: &mut [Encoder], record: &Record| {
            let built = rows_of.build(record, encoders)?;
            if !built.reused && !built.digest.is_empty() {
                journal.add(&built.row, &built.digest);
            }
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            Ok(built)
        };
        let built = parallel::map(encoders, records, one)?;
        let mut rows = Vec::with_capacity(built.len());
        for (built, record) in built.into_iter().zip(records) {
            summary.reused += u64::from(built.reused);
            summary.with_photo += u64::from(built.row.hash.is_some());
            summary.photos += (usize::from(built.row.hash.is_some()) + built.row.further.len()) as u64;
            summary.with_title += u64::from(!built.row.listing.title.is_empty());
            summary.problems.extend(built.problems);
            rows.push(built.row);
            unpublished.push(UnpublishedListing {
                id: record.id.clone(),
                digest: built.digest,
                stock: record.stock,
                label_group: record.label_group.clone(),
            });
        }
        let file = Shard::write(&rows, &manifest)?;
        let entry = store.shard(index, &file, rows.len())?;
        files.push(file);
        summary.bytes += entry.bytes;
        manifest.shards.push(entry);
        if pictures_side > 0 {
            let entry = store.pictures(index, &Pictures::write(&rows)?)?;
            summary.picture_bytes += entry.bytes;
            manifest.pictures.push(entry);
        }
    }
    if let Some(problem) = summary.problems.first().filter(|_| source.strict) {
        let found = format!("{}, the first: {problem}", summary.problems.len());
        return Err(Error::listings("no problems", found, "the listings and their pictures"));
    }
    summary.listings = manifest.listings;
    summary.shards = manifest.shards.len() as u64;
    let catalogue = read_back(&manifest, files, projections, encoders)?;
    summary.readable = readable_titles(&catalogue);
    manifest.backgrounds = catalogue.manifest.backgrounds.clone();
    manifest.decision = learn(catalogue, encoders, &summary)?;
    store.finish(manifest, unpublished, learnt_from, keep_generations)?;
    journal.remove();
    Ok(summary)
}

/// For each text encoder of how many titles it has vectors.
fn readable_titles(catalogue: &Catalogue) -> Vec<ReadableTitles> {
    let has_title = |p: &Position| !catalogue.listing(*p).title.is_empty();
    let manifest = &catalogue.manifest;
    let is_one = |encoder: &Identity| encoder.compares_titles() && !manifest.stands_in(encoder);
    let encoders = manifest.encoders.iter().enumerate().filter(|(_, encoder)| is_one(encoder));
    let of_encoder = |(i, encoder): (usize, &Identity)| {
        let is_read = |p: &Position| catalogue.shards[p.shard].vectors[i].row(p.listing).is_some();
        let titles = || catalogue.positions().filter(has_title);
        let (read, titles) = (titles().filter(is_read).count() as u64, titles().count() as u64);
        ReadableTitles { encoder: encoder.name.clone(), titles, read }
    };
    encoders.map(of_encoder).collect()
}

/// The catalogue as a browser will see it, with its backgrounds.
fn read_back(
    manifest: &Manifest,
    files: Vec<Vec<u8>>,
    projections: Vec<Option<Projection>>,
    encoders: &mut [Encoder],
) -> Result<Catalogue> {
    let shard = |(entry, file): (&ShardEntry, Vec<u8>)| Shard::read(&file, entry, manifest, &entry.file);
    let shards = manifest.shards.iter().zip(files).map(shard).collect::<Result<_>>()?;
    let mut catalogue = Catalogue::new(manifest.clone(), shards, projections)?;
    let background = |(i, encoder): (usize, &mut Encoder)| match (&manifest.encoders[i].pictures, encoder) {
        (Some(_), Encoder::Text(encoder)) => Background::of_words(&catalogue, i, encoder),
        _ => Ok(Background::of(&catalogue, i)),
    };
    catalogue.manifest.backgrounds = encoders.iter_mut().enumerate().map(background).collect::<Result<_>>()?;
    Ok(catalogue)
}

/// What an update takes over.
struct Before {
    projections: Projections,
    rows: FinishedRows,
}

impl Before {
    /// From the catalogue in `out`; `None` where there is none, or one of other packs or another version, or one whose
    /// `merchant.json` is missing or another's.
    fn read(out: &Path, identities: &[Identity], pictures_side: u32) -> Result<Option<Self>> {
        if !out.join(MANIFEST_FILE).exists() || folder::version(out) != Some(VERSION) {
            return Ok(None);
        }
        let catalogue = folder::open(out)?;
        if catalogue.manifest.encoders != identities {
            return Ok(None);
        }
        let Some(unpublished) = Unpublished::read(out)?.filter(|u| u.belongs_to(&catalogue.manifest)) else {
            return Ok(None);
        };
        // Pictures of another size are made anew.
        let has_pictures = catalogue.manifest.pictures_side == pictures_side;
        let pictures = if has_pictures { folder::pictures(out, &catalogue)? } else { Vec::new() };
        let rows = catalogue.positions().map(|Position { shard, listing }| {
            let content = &catalogue.shards[shard];
            let mut row = content.row(listing);
            if let Some(pictures) = pictures.get(shard) {
                pictures.fill(&mut row, content, listing);
            }
            row
        });
        let learnt_from = unpublished.learnt_from;
        let digests = unpublished.listings.into_iter().map(|listing| (listing.id, listing.digest));
        let mut digests: HashMap<String, String> = digests.collect();
        let with_digest = |row: Row| {
            let digest = digests.remove(&row.listing.id)?;
            Some((row.listing.id.clone(), (row, digest)))
        };
        let rows: FinishedRows = rows.filter_map(with_digest).collect();
        let projections = Projections { of_encoders: catalogue.projections, learnt_from };
        Ok(Some(Before { rows, projections }))
    }
}
