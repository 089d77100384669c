//! `twinlens build`: a catalogue from a CSV and a folder of images.

use std::path::{Path, PathBuf};

use super::feed;
use crate::catalogue::Catalogue;
use crate::encoder::Encoder;
use crate::fusion::Costs;
use crate::matching::ranker::Ranker;
use crate::merchant::build::{self, ReadableTitles, Summary};
use crate::merchant::feed::{Feed, Problem, Report};
use crate::merchant::learn::{LabelledQuery, learn};
use crate::merchant::listings::{Record, photos};
use crate::merchant::models::{Joint, Models};
use crate::merchant::vocabulary::{self, Cut};
use crate::merchant::{held_out, real_queries};
use crate::title::NormalTitle;
use crate::{Error, Result};

/// The encoders of a catalogue unless others are named; the table answers until the text encoder is loaded.
const DEFAULT_ENCODERS: &str = "efficientnet-lite0,e5-table,e5-small-latin";

/// Build a catalogue from a CSV of listings and a folder of images
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Folder to write the catalogue to
    #[arg(long)]
    out: PathBuf,
}

/// How a catalogue is built, wherever it goes
#[derive(clap::Args)]
pub struct Options {
    /// Export of products as the platform writes it (Shopify, WooCommerce, PrestaShop, Magento, Google Merchant, Etsy, Amazon,
    /// OpenCart …): CSV, TSV, JSON, JSON Lines, RSS or Atom, gzipped or not
    listings: PathBuf,
    #[command(flatten)]
    feed: feed::Arguments,
    /// Encoders whose vectors the catalogue holds
    #[arg(long, value_delimiter = ',', default_value = DEFAULT_ENCODERS)]
    encoders: Vec<String>,
    /// Two of the encoders that were trained together, as CLIP's are: titles by the first are compared with pictures by the second
    #[arg(long, value_name = "WORDS=PICTURES")]
    joint: Vec<Joint>,
    /// Which pieces of a text encoder's vocabulary its pack has: as it comes, or those that this shop needs, cut from e5-small for
    /// titles of any script
    #[arg(long, value_enum, default_value_t = Vocabulary::Pack)]
    vocabulary: Vocabulary,
    /// CSV of real queries, to learn from: as the listings, with a label_group that is a listing's label_group or id
    #[arg(long)]
    queries: Option<PathBuf>,
    /// Folder of customers' photos, in a folder for each listing that is named by its id or SKU: they are searched like the listing's
    /// own and shown to nobody, as those of --queries are
    #[arg(long, value_name = "DIR")]
    customer_photos: Option<PathBuf>,
    /// What saying Match of another product costs, in looks at an unsure answer
    #[arg(long, default_value_t = Costs::default().false_match)]
    cost_false_match: f64,
    /// What saying No-Match of the product itself costs, likewise
    #[arg(long, default_value_t = Costs::default().false_no_match)]
    cost_false_no_match: f64,
    /// Take over what has not changed since the last build
    #[arg(long)]
    update: bool,
    /// How many catalogues before this one keep their shards, so that tabs which are loading one of them can finish
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(super) keep_generations: usize,
    /// Longest side of the pictures that shoppers see, in pixels; 0 publishes none [default: 320 up to 1,000 listings, 160 beyond]
    #[arg(long, value_name = "SIDE", value_parser = clap::value_parser!(u32).range(0..=2000))]
    pictures: Option<u32>,
    /// Where to encode: the CPU uses all cores
    #[arg(long, default_value = "cpu", value_parser = ["auto", "gpu", "cpu"])]
    device: String,
    /// Folder of packs
    #[arg(long)]
    models: Option<PathBuf>,
}

/// What the vocabulary of a text encoder is cut to.
#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Vocabulary {
    Pack,
    Shop,
}

/// Puts the pack that is cut for those records in the place of the e5 encoder among `names`.
fn cut_for(records: &[Record], models: &Models, names: &mut [String]) -> Result<Cut> {
    let found = names.join(", ");
    let is_cut = |name: &&mut String| name.starts_with(vocabulary::WHOLE);
    let name = names.iter_mut().find(is_cut).ok_or_else(|| {
        Error::argument("encoders", format!("{} or one cut from it, with --vocabulary shop", vocabulary::WHOLE), found)
    })?;
    let titles: Vec<NormalTitle> = records.iter().filter_map(|record| NormalTitle::of(&record.title).ok()).collect();
    let cut = vocabulary::cut(models, vocabulary::WHOLE, &titles)?;
    name.clone_from(&cut.encoder);
    Ok(cut)
}

/// What a build came to.
pub struct Built {
    pub report: Report,
    pub summary: Summary,
    /// Of the export and of its pictures.
    pub problems: Vec<Problem>,
    pub models: Models,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let built = build_in(&arguments.out, &arguments.options)?;
    if json {
        super::print(&built.in_json().to_string());
        return Ok(());
    }
    built.tell();
    Ok(())
}

impl Built {
    /// In words; problems on stderr.
    pub fn tell(&self) {
        let Built { report, summary, problems, models } = self;
        feed::tell_problems(problems);
        feed::tell(report);
        super::print(&format!(
            "{} listings ({} with a photo, {} photos in all, {} with a title, {} unchanged) in {} shards of {} bytes; {} problems",
            summary.listings,
            summary.with_photo,
            summary.photos,
            summary.with_title,
            summary.reused,
            summary.shards,
            summary.bytes,
            problems.len()
        ));
        let photos = ("photos", summary.learnt_from_photos, "photos of customers or further pictures of listings");
        for (kind, count, of) in [photos, ("titles", summary.learnt_from_titles, "titles of customers")] {
            if count > 0 {
                super::print(&format!("the projection of {kind} is learnt from {count} {of}"));
            }
        }
        if let Some(Cut { encoder, pieces, of, bytes }) = &summary.vocabulary {
            let folder = models.folder().display();
            super::print(&format!("{encoder} with {pieces} of {of} pieces, {bytes} bytes, is in {folder}"));
        }
        for ReadableTitles { encoder, titles, read } in
            summary.readable.iter().filter(|readable| readable.read < readable.titles)
        {
            super::print(&format!(
                "{encoder} reads {read} of {titles} titles; e5-small reads all scripts, and --vocabulary shop cuts it to this shop"
            ));
        }
    }

    /// One document of how the export was read and how the build went; the problems of both.
    pub fn in_json(&self) -> serde_json::Value {
        let Built { report, summary, problems, .. } = self;
        let mut document = serde_json::json!(report);
        let built = serde_json::json!(summary);
        if let (Some(document), serde_json::Value::Object(built)) = (document.as_object_mut(), built) {
            document.extend(built);
            document.insert("problems".into(), serde_json::json!(problems));
        }
        document
    }
}

/// Builds the catalogue in a folder.
pub fn build_in(out: &Path, options: &Options) -> Result<Built> {
    let folder = options.feed.images.as_deref();
    let Feed { records, report } = options.feed.read(&options.listings)?;
    let rows = options.queries.as_deref().map(|path| feed::rows(path, folder)).transpose()?.unwrap_or_default();
    let costs = Costs {
        false_match: options.cost_false_match,
        false_no_match: options.cost_false_no_match,
        ..Costs::default()
    };
    costs.thresholds()?;
    let models = Models::find(options.models.as_deref())?;
    let device = super::open(&options.device)?;
    let mut names = options.encoders.clone();
    let cut = match options.vocabulary {
        Vocabulary::Pack => None,
        Vocabulary::Shop => Some(cut_for(&records, &models, &mut names)?),
    };
    let (identities, mut encoders) = models.encoders(&names, &options.joint, &device)?;
    let bar = super::bar(records.len(), "listings");
    let progress = |done| bar.set_position(done);
    let images = options.feed.folder();
    let mut queries = real_queries::of_rows(&rows, &records, images)?;
    let mut problems = report.problems.clone();
    if let Some(folder) = &options.customer_photos {
        queries.extend(real_queries::of_folder(folder, &records, &mut problems)?);
        feed::refuse_problems(options.feed.strict, &problems, folder)?;
    }
    let customer_photos = real_queries::customer_photos(&queries);
    let customer_titles = real_queries::customer_titles(&queries);
    let source = build::Source {
        records: &records,
        images,
        further_images: &[],
        customer_photos: &customer_photos,
        customer_titles: &customer_titles,
        identities: &identities,
        update: options.update,
        keep_generations: options.keep_generations,
        strict: options.feed.strict,
        pictures_side: options.pictures,
    };
    let photo = photos(&records, images);
    let learn = |catalogue: Catalogue, encoders: &mut [Encoder], summary: &Summary| {
        let real = |ranker: &Ranker, mut labelled: Vec<LabelledQuery>, encoders: &mut [Encoder]| {
            for query in &queries {
                labelled.push(real_queries::labelled(query, &ranker.catalogue, encoders)?);
            }
            held_out::divided_examples(ranker, &summary.learnt_from, labelled)
        };
        learn(catalogue, encoders, &photo, &real, costs)
    };
    let summary = build::build(&source, out, &mut encoders, &learn, &progress)?;
    let summary = Summary { vocabulary: cut, ..summary };
    problems.extend(summary.problems.iter().cloned());
    bar.finish_and_clear();
    Ok(Built { report, summary, problems, models })
}
