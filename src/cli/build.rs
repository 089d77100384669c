//! `twinlens build`: a catalogue from a CSV and a folder of images.

use std::path::{Path, PathBuf};

use super::feed;
use crate::catalogue::Catalogue;
use crate::encoder::Encoder;
use crate::fusion::Costs;
use crate::matching::probe::Probe;
use crate::merchant::build::{self, Readable, Summary};
use crate::merchant::feed::{Feed, Problem, Report, Variants};
use crate::merchant::learn::{LabelledQuery, learn};
use crate::merchant::listings::{self, Record, photos};
use crate::merchant::models::Models;
use crate::merchant::vocabulary::{self, Cut};
use crate::photo::decode;
use crate::title::NormalTitle;
use crate::{Error, Result};

/// The encoders of a catalogue unless others are named.
pub const DEFAULT_ENCODERS: &str = "efficientnet-lite0,e5-small-latin";

/// Build a catalogue from a CSV of listings and a folder of images
#[derive(clap::Args)]
pub struct Arguments {
    /// Export of products as the platform writes it (Shopify, WooCommerce, PrestaShop, Magento, Google Merchant, Etsy, Amazon,
    /// OpenCart …): CSV, TSV, JSON, JSON Lines, RSS or Atom, gzipped or not
    listings: PathBuf,
    /// Folder that holds the images; without one the catalogue has titles alone
    #[arg(long)]
    images: Option<PathBuf>,
    /// Whether the variants of a product become one listing
    #[arg(long, value_enum, default_value_t = Variants::Together)]
    variants: Variants,
    #[command(flatten)]
    feed: feed::Arguments,
    /// Folder to write the catalogue to
    #[arg(long)]
    out: PathBuf,
    /// Encoders whose vectors the catalogue holds
    #[arg(long, value_delimiter = ',', default_value = DEFAULT_ENCODERS)]
    encoders: Vec<String>,
    /// Which pieces of a text encoder's vocabulary its pack has: as it comes, or those that this shop needs, cut from e5-small for
    /// titles of any script
    #[arg(long, value_enum, default_value_t = Vocabulary::Pack)]
    vocabulary: Vocabulary,
    /// CSV of real queries, to learn from: as the listings, with a label_group that is a listing's label_group or id
    #[arg(long)]
    queries: Option<PathBuf>,
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
    keep_generations: usize,
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

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let folder = arguments.images.as_deref();
    let Feed { mut records, report } = arguments.feed.read(&arguments.listings, folder, arguments.variants)?;
    let queries = arguments.queries.as_deref().map(|path| feed::rows(path, folder)).transpose()?.unwrap_or_default();
    if folder.is_none() {
        records.iter_mut().for_each(|record| record.images.clear());
    }
    let costs = Costs {
        false_match: arguments.cost_false_match,
        false_no_match: arguments.cost_false_no_match,
        ..Costs::default()
    };
    costs.thresholds()?;
    let models = Models::find(arguments.models.as_deref())?;
    let device = super::open(&arguments.device)?;
    let mut names = arguments.encoders.clone();
    let cut = match arguments.vocabulary {
        Vocabulary::Pack => None,
        Vocabulary::Shop => Some(cut_for(&records, &models, &mut names)?),
    };
    let (identities, mut encoders) = models.encoders(&names, &device)?;
    let bar = super::bar(records.len(), "listings");
    let progress = |done| bar.set_position(done);
    let images = folder.unwrap_or(Path::new(""));
    let (queries, look) = listings::apart(queries, |query| !query.images.is_empty());
    let further_images =
        look.iter().filter_map(|query| query.image_path(images).transpose()).collect::<Result<Vec<_>>>()?;
    let source = build::Source {
        records: &records,
        images,
        further_images: &further_images,
        identities: &identities,
        update: arguments.update,
        keep_generations: arguments.keep_generations,
        strict: arguments.feed.strict,
    };
    let photo = photos(&records, images);
    let real = |catalogue: &Catalogue, encoders: &mut [Encoder]| {
        queries.iter().map(|query| labelled(query, &records, images, catalogue, encoders)).collect::<Result<Vec<_>>>()
    };
    let learn = |catalogue: Catalogue, encoders: &mut [Encoder]| learn(catalogue, encoders, &photo, &real, costs);
    let summary = build::build(&source, &arguments.out, &mut encoders, &learn, &progress)?;
    let summary = Summary { vocabulary: cut, ..summary };
    bar.finish_and_clear();
    if json {
        super::print(&in_json(&report, &summary).to_string());
        return Ok(());
    }
    let problems: Vec<Problem> = report.problems.iter().chain(&summary.problems).cloned().collect();
    feed::tell_problems(&problems);
    feed::tell(&report);
    super::print(&format!(
        "{} listings ({} with a photo, {} with a title, {} unchanged) in {} shards of {} bytes; {} problems",
        summary.listings,
        summary.with_photo,
        summary.with_title,
        summary.reused,
        summary.shards,
        summary.bytes,
        problems.len()
    ));
    if let Some(Cut { encoder, pieces, of, bytes }) = &summary.vocabulary {
        let folder = models.folder().display();
        super::print(&format!("{encoder} with {pieces} of {of} pieces, {bytes} bytes, is in {folder}"));
    }
    for Readable { encoder, titles, read } in summary.readable.iter().filter(|readable| readable.read < readable.titles)
    {
        super::print(&format!(
            "{encoder} reads {read} of {titles} titles; e5-small reads all scripts, and --vocabulary shop cuts it to this shop"
        ));
    }
    Ok(())
}

/// One document of how the export was read and how the build went; the problems of both.
fn in_json(report: &Report, summary: &Summary) -> serde_json::Value {
    let mut document = serde_json::json!(report);
    let problems: Vec<&Problem> = report.problems.iter().chain(&summary.problems).collect();
    let built = serde_json::json!(summary);
    if let (Some(document), serde_json::Value::Object(built)) = (document.as_object_mut(), built) {
        document.extend(built);
        document.insert("problems".into(), serde_json::json!(problems));
    }
    document
}

/// A row of the queries, labelled with its listings; an error names its line. The catalogue is that of the records, in their
/// order.
fn labelled(
    query: &Record,
    records: &[Record],
    images: &Path,
    catalogue: &Catalogue,
    encoders: &mut [Encoder],
) -> Result<LabelledQuery> {
    let at = |e: Error| Error::listings("queries that can be read", e.to_string(), format!("line {}", query.line));
    let group = query.label_group.as_deref();
    let is_own =
        |record: &Record| group.is_some_and(|group| record.id == group || record.label_group.as_deref() == Some(group));
    let relevant = catalogue.positions().zip(records).filter(|(_, record)| is_own(record)).map(|(p, _)| p).collect();
    let mut probe = Probe::default();
    if let Some(bytes) = query.read_image(images).map_err(at)? {
        let photo = decode(&bytes).map_err(at)?;
        probe = pollster::block_on(Probe::of_photo(catalogue, encoders, &photo)).map_err(at)?;
    }
    if !query.title.is_empty() || query.images.is_empty() {
        let title = NormalTitle::of(&query.title).map_err(at)?;
        pollster::block_on(probe.embed_title(catalogue, encoders, title)).map_err(at)?;
    }
    probe.price = query.price;
    Ok(LabelledQuery { probe, relevant, excluded: Default::default(), group: query.line, weight: 1.0 })
}
