//! What `dedup` and `match-catalogues` share.

mod outputs;
mod table;

use std::path::{Path, PathBuf};

pub use outputs::{Form, Outputs};

use crate::catalogue::{Catalogue, Listing, Pictures};
use crate::encoder::{Encoder, Identity};
use crate::fusion::{Costs, Thresholds};
use crate::matching::ranker::Ranker;
use crate::merchant::build;
use crate::merchant::feed::Problem;
use crate::merchant::held_out;
use crate::merchant::learn::{LabelledQuery, learn};
use crate::merchant::listings::{Record, photos};
use crate::merchant::models::Models;
use crate::merchant::pairing::{Blend, Lists, Options};
use crate::{Error, Result};

/// The encoders of the pairs unless others are named.
const DEFAULT_ENCODERS: &str = "efficientnet-lite0,e5-small-latin";

/// What the pairs look like.
pub const HELP: &str = "\
The pairs go to stdout unless --out or --html is given: as CSV with the columns id_a, id_b, probability, decision,
log_odds, cluster, at_least_one and why, or with --json as one JSON document {pairs, clusters, summary} with a line for
each pair. They come out as they are found; with --clusters or --mutual-best at the end.";

/// Options of both commands
#[derive(clap::Args)]
#[group(id = "pairs")]
pub struct Arguments {
    /// File for the results, by its ending .csv, .json or .html; may be given again
    #[arg(long, value_name = "FILE", value_parser = known_ending)]
    out: Vec<PathBuf>,
    /// File for a report with pictures, scores and reasons
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// How pairs are written to stdout; --json is short for json
    #[arg(long, default_value = "csv", value_parser = ["csv", "json"])]
    format: String,
    /// Least probability of a pair, 0 to 1; unless it is given that from which on a pair is Unsure, not No-Match
    #[arg(long, value_parser = unit_interval)]
    min_probability: Option<f64>,
    /// Only pairs of which each row is the other's best partner
    #[arg(long)]
    mutual_best: bool,
    /// Give every row (of the first CSV) at least its best partner, and mark such pairs
    #[arg(long)]
    at_least_one: bool,
    /// Blend every row's vectors with its neighbours', that many times over
    #[arg(long, value_name = "ROUNDS", num_args = 0..=1, require_equals = true, default_missing_value = "1")]
    blend: Option<u32>,
    /// From which cosine on a row is a neighbour, in standard deviations above that of rows that differ
    #[arg(long, value_name = "DEVIATIONS", default_value_t = 4.0)]
    blend_above: f32,
    /// Name each pair's cluster, and order the pairs by cluster
    #[arg(long)]
    clusters: bool,
    /// Encoders by whose vectors rows are compared
    #[arg(long, value_delimiter = ',', default_value = DEFAULT_ENCODERS)]
    encoders: Vec<String>,
    /// Where to encode: the CPU uses all cores
    #[arg(long, default_value = "cpu", value_parser = ["auto", "gpu", "cpu"])]
    device: String,
    /// Folder of packs
    #[arg(long)]
    models: Option<PathBuf>,
}

impl Arguments {
    /// Opens all files, so that one that cannot be written is known before the work.
    pub fn open<'a>(&self, lists: Lists<'a>, json: bool) -> Result<Outputs<'a>> {
        let is_report = |path: &&Path| path.extension().is_some_and(|e| e == "html");
        let out = self.out.iter().map(PathBuf::as_path);
        let (mut reports, tables): (Vec<&Path>, Vec<&Path>) = out.partition(is_report);
        reports.extend(self.html.as_deref());
        let form = Form { json: json || self.format == "json", by_cluster: self.clusters };
        Outputs::open(lists, &tables, &reports, form)
    }

    /// The encoders that are named.
    pub fn encoders(&self) -> Result<(Vec<Identity>, Vec<Encoder>)> {
        Models::find(self.models.as_deref())?.encoders(&self.encoders, &[], &super::open(&self.device)?)
    }

    /// How vectors are blended, if they are.
    pub fn blend(&self) -> Option<Blend> {
        self.blend.map(|rounds| Blend { rounds, deviations: self.blend_above })
    }

    /// Which pairs are wanted of a catalogue with those thresholds.
    pub fn options(&self, thresholds: Thresholds) -> Options {
        Options {
            min_probability: self.min_probability.unwrap_or(thresholds.no_match),
            mutual_best: self.mutual_best,
            at_least_one: self.at_least_one,
        }
    }
}

fn known_ending(text: &str) -> std::result::Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension().and_then(|e| e.to_str()) {
        Some("csv" | "json" | "html") => Ok(path),
        _ => Err("expected a file name that ends in .csv, .json or .html".into()),
    }
}

fn unit_interval(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse().ok().filter(|p| (0.0..=1.0).contains(p));
    number.ok_or_else(|| "expected a probability from 0 to 1".into())
}

/// Longest side of the pictures of a report, in pixels.
pub const PICTURES_SIDE: u32 = 192;

/// A list as a catalogue is built of it.
pub struct Source<'a> {
    pub records: &'a [Record],
    pub images: &'a Path,
    /// Photos beyond the records' own from which the projection is learnt.
    pub further_images: &'a [PathBuf],
    pub identities: &'a [Identity],
}

impl Source<'_> {
    /// Builds the catalogue in a temporary folder as `twinlens build` does, and reads it.
    pub fn build(&self, encoders: &mut [Encoder], blend: Option<Blend>) -> Result<BuiltList> {
        let Source { records, images, further_images, identities } = *self;
        let folder = tempfile::tempdir()
            .map_err(|e| Error::io("making a folder", "room for one", e, std::env::temp_dir().display().to_string()))?;
        let bar = super::bar(records.len(), "listings");
        let photo = photos(records, images);
        let blended = |mut catalogue: Catalogue| {
            if let Some(blend) = blend {
                blend.catalogue(&mut catalogue);
            }
            catalogue
        };
        let photo: &(dyn Fn(&Listing) -> Option<Vec<u8>> + Sync) = &photo;
        let learn = |catalogue: Catalogue, encoders: &mut [Encoder], summary: &build::Summary| {
            let real = |ranker: &Ranker, queries: Vec<LabelledQuery>, _: &mut [Encoder]| {
                held_out::divided_examples(ranker, &summary.learnt_from, queries)
            };
            learn(blended(catalogue), encoders, photo, &real, Costs::default())
        };
        let source = build::Source {
            records,
            images,
            further_images,
            customer_photos: &[],
            customer_titles: &[],
            identities,
            update: false,
            keep_generations: 0,
            strict: false,
            pictures_side: Some(PICTURES_SIDE),
        };
        let summary = build::build(&source, folder.path(), encoders, &learn, &|done| bar.set_position(done))?;
        bar.finish_and_clear();
        let catalogue = crate::merchant::folder::open(folder.path())?;
        let pictures = crate::merchant::folder::pictures(folder.path(), &catalogue)?;
        Ok(BuiltList { ranker: Ranker::new(blended(catalogue)), pictures, problems: summary.problems })
    }
}

/// The folder of images that `option` gives; it may be left out where no row has an image.
pub fn folder<'a>(given: Option<&'a Path>, option: &str, records: &[Record]) -> Result<&'a Path> {
    let with_image = records.iter().filter(|r| !r.images.is_empty()).count();
    match given {
        Some(folder) => super::is_folder(folder).map(|()| folder),
        None if with_image == 0 => Ok(Path::new("")),
        None => Err(Error::argument(option, format!("a folder of images, as {with_image} rows name an image"), "none")),
    }
}

/// A list that was built as a catalogue.
pub struct BuiltList {
    pub ranker: Ranker,
    pub pictures: Vec<Pictures>,
    pub problems: Vec<Problem>,
}

impl BuiltList {
    /// The first picture of the listing with that number, a WebP file.
    pub fn thumbnail(&self, number: usize) -> Option<Vec<u8>> {
        let position = self.ranker.catalogue.positions().nth(number)?;
        let row = self.ranker.catalogue.shards[position.shard].picture_row(position.listing, 0);
        self.pictures.get(position.shard)?.get(row).map(<[u8]>::to_vec)
    }
}

/// A file's name without its folder.
pub fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
