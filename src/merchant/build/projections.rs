//! For each encoder the projection of a shop's vectors: of its photos always, of its titles where it finds them better.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use fastrand::Rng;

use super::Source;
use super::projection::FEWEST_VECTORS;
use super::whitening::{self, Asked, FEWEST_LABELLED, Labelled};
use crate::Result;
use crate::catalogue::{Projection, stored_vector};
use crate::encoder::{Encoder, Identity};
use crate::merchant::decode::decode;
use crate::merchant::learn::{ShopWords, augment_title};
use crate::merchant::listings::{Record, path_below};
use crate::merchant::parallel;
use crate::title::NormalTitle;

/// Most photos, and most titles, from which a projection is learnt.
const PHOTOS: usize = 768;
const TITLES: usize = 1024;
/// Most pictures from which it is learnt in what those of one product differ; with listings that customers took photos of, more.
const LABELLED: usize = 1024;
const LABELLED_BY_CUSTOMERS: usize = 4096;
/// Most titles of which queries are made to try a projection.
const TRIED: usize = 192;
/// Most titles of customers from which a projection is learnt.
const OF_CUSTOMERS: usize = 2048;

/// A title that a customer typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerTitle {
    /// Indices of the records that answer it.
    pub records: Vec<usize>,
    pub title: String,
}

/// The projections that a catalogue is stored in.
pub struct Projections {
    pub of_encoders: Vec<Option<Projection>>,
    /// Customers' photos or titles, or further pictures of listings, from which that of each encoder was learnt.
    pub learnt_from: Vec<u64>,
}

/// For each encoder the projection that a catalogue is stored in, learnt from a sample where the listings are many.
pub fn projections(source: &Source<'_>, encoders: &mut [Encoder]) -> Result<Projections> {
    let projection = |(encoder, identity): (&mut Encoder, &Identity)| match encoder {
        Encoder::Image(_) => of_photos(source, encoder),
        // What stands in for another is small already, and what lies near pictures must stay there.
        Encoder::Text(_) if identity.preliminary || identity.pictures.is_some() => Ok((None, 0)),
        Encoder::Text(_) => of_titles(source, encoder),
    };
    let found = encoders.iter_mut().zip(source.identities).map(projection).collect::<Result<Vec<_>>>()?;
    let (of_encoders, learnt_from) = found.into_iter().unzip();
    Ok(Projections { of_encoders, learnt_from })
}

/// In an order that is random and does not depend on that of the listings; at most so many.
fn sample<T>(mut items: Vec<T>, most: usize, key: impl Fn(&T) -> &[u8]) -> Vec<T> {
    items.sort_by_cached_key(|item| crate::digest::sha256_hex(key(item)));
    items.truncate(most);
    items
}

/// The projection of photos, and from how many of customers', or further pictures of listings, it was learnt.
fn of_photos(source: &Source<'_>, encoder: &mut Encoder) -> Result<(Option<Projection>, u64)> {
    let own = |record: &Record| record.images.iter().filter_map(|name| path_below(source.images, name).ok()).collect();
    let own: Vec<Vec<PathBuf>> = source.records.iter().map(own).collect();
    let customers = source.customer_photos;
    let further = source.further_images.iter().chain(customers.iter().map(|photo| &photo.path));
    let paths: Vec<&PathBuf> = own.iter().flatten().chain(further).collect();
    // By their names: wherever the folder lies, the sample is the same.
    let paths = sample(paths, PHOTOS, |path| path.file_name().unwrap_or_default().as_encoded_bytes());
    if paths.len() * 2 < FEWEST_VECTORS {
        return Ok((None, 0));
    }
    let views = |encoders: &mut [Encoder], path: &&PathBuf| -> Result<Vec<Vec<f32>>> {
        // A photo that cannot be read is told of where its listing is built.
        let photo = std::fs::read(path).ok().and_then(|bytes| decode(bytes).ok());
        match (encoders, photo) {
            ([Encoder::Image(encoder)], Some(photo)) => Ok(pollster::block_on(encoder.embed_views(&photo))?.to_vec()),
            _ => Ok(Vec::new()),
        }
    };
    let vectors = parallel::map(std::slice::from_mut(encoder), &paths, views)?;
    let Some(usual) = Projection::fit(&vectors.concat()) else { return Ok((None, 0)) };
    // Where customers' photos are few, further pictures of listings stand for them.
    let asked_by = if customers.len() < FEWEST_LABELLED { Asked::FurtherPictures } else { Asked::Photos };
    let stands_for_query = |place: usize| place > 0 && asked_by == Asked::FurtherPictures;
    let own = own.iter().enumerate().flat_map(|(record, paths)| {
        let label = move |(place, path)| (path, record, !stands_for_query(place));
        paths.iter().enumerate().map(label)
    });
    let of_customers = customers.iter().map(|photo| (&photo.path, photo.record, false));
    let asked: BTreeSet<usize> = customers.iter().map(|photo| photo.record).collect();
    let labelled = of_some_records(own.chain(of_customers).collect(), &asked, source.records);
    let queries = labelled.iter().filter(|(.., is_own)| !is_own).count();
    if queries < FEWEST_LABELLED {
        return Ok((Some(usual), 0));
    }
    let Some((principal, _)) = Projection::principal(&vectors.concat()) else { return Ok((Some(usual), 0)) };
    // In the sample most of them were encoded already.
    let known: HashMap<&PathBuf, &Vec<Vec<f32>>> = paths.iter().copied().zip(&vectors).collect();
    let vector = |encoders: &mut [Encoder], (path, product, is_own): &OfRecord| {
        let views = match known.get(path) {
            Some(known) => (*known).clone(),
            None => views(encoders, path)?,
        };
        let labelled = || Labelled { vector: stored_vector(None, &views), product: *product, is_own: *is_own };
        Ok((!views.is_empty()).then(labelled))
    };
    let pictures = parallel::map(std::slice::from_mut(encoder), &labelled, vector)?;
    let pictures: Vec<Labelled> = pictures.into_iter().flatten().collect();
    Ok(match whitening::of_labelled(&principal, Some(&usual), &pictures, asked_by) {
        Some(learnt) => (Some(learnt), queries as u64),
        None => (Some(usual), 0),
    })
}

/// A picture, its record, and whether it is one of the merchant's own that stands for no query.
type OfRecord<'a> = (&'a PathBuf, usize, bool);

/// The pictures of as many records as have so many together, at random: first of those that customers asked for, then of others.
fn of_some_records<'a>(pictures: Vec<OfRecord<'a>>, asked: &BTreeSet<usize>, records: &[Record]) -> Vec<OfRecord<'a>> {
    let mut of_records: BTreeMap<usize, usize> = BTreeMap::new();
    pictures.iter().for_each(|(_, record, _)| *of_records.entry(*record).or_default() += 1);
    let mut order: Vec<usize> = of_records.keys().copied().collect();
    order.sort_by_cached_key(|record| {
        let id = records.get(*record).map_or("", |record| &record.id);
        (!asked.contains(record), crate::digest::sha256_hex(id.as_bytes()))
    });
    let mut count = 0;
    let is_within = |record: &usize| {
        count += of_records[record];
        count <= if asked.contains(record) { LABELLED_BY_CUSTOMERS } else { LABELLED }
    };
    let kept: BTreeSet<usize> = order.into_iter().take_while(is_within).collect();
    pictures.into_iter().filter(|(_, record, _)| kept.contains(record)).collect()
}

/// A title of the sample.
struct Titled<'a> {
    /// Index of its record.
    record: usize,
    title: NormalTitle,
    label_group: Option<&'a str>,
}

/// A query of which it is known which titles of the sample answer it.
struct Tried {
    vector: Vec<f32>,
    /// Indices of titles.
    relevant: BTreeSet<usize>,
    /// The title that the query is itself.
    excluded: Option<usize>,
}

/// The projection of titles that is learnt from customers' titles where it finds their products better. Else that of the titles
/// alone where queries find their listings with it as well as without, by the mean reciprocal rank: queries of a few words of a
/// title, which stand for another wording, and each title of a label group for the others of it. Also from how many titles of
/// customers it is learnt.
fn of_titles(source: &Source<'_>, encoder: &mut Encoder) -> Result<(Option<Projection>, u64)> {
    let titled = source.records.iter().enumerate().filter_map(|(number, record)| {
        let title = NormalTitle::of(&record.title).ok()?;
        Some(Titled { record: number, title, label_group: record.label_group.as_deref() })
    });
    let titles = sample(titled.collect(), TITLES, |titled| titled.title.as_str().as_bytes());
    if titles.len() < FEWEST_VECTORS {
        return Ok((None, 0));
    }
    let embed = |encoders: &mut [Encoder], titled: &Titled<'_>| embedded(encoders, &titled.title);
    let vectors = parallel::map(std::slice::from_mut(encoder), &titles, embed)?;
    let (titles, vectors): (Vec<Titled>, Vec<Vec<f32>>) =
        titles.into_iter().zip(vectors).filter_map(|(titled, vector)| Some((titled, vector?))).unzip();
    let Some(projection) = Projection::fit(&vectors) else { return Ok((None, 0)) };
    let tried = tried(&titles, &vectors, encoder)?;
    let project = |vector: &Vec<f32>| projection.project(vector);
    let projected: Vec<Vec<f32>> = vectors.iter().map(project).collect();
    let without = reciprocal_rank(&tried, &vectors, Vec::clone);
    let with = reciprocal_rank(&tried, &projected, project);
    let usual = (with >= without).then_some(projection);
    match of_customers_titles(source, encoder, (&titles, &vectors), usual.as_ref())? {
        Some((learnt, learnt_from)) => Ok((Some(learnt), learnt_from)),
        None => Ok((usual, 0)),
    }
}

/// The projection that is learnt from customers' titles, where there are enough and it finds their products better than `usual`,
/// and from how many; `titles` are a sample of the shop's, with their vectors.
fn of_customers_titles(
    source: &Source<'_>,
    encoder: &mut Encoder,
    (titles, vectors): (&[Titled<'_>], &[Vec<f32>]),
    usual: Option<&Projection>,
) -> Result<Option<(Projection, u64)>> {
    // What many customers typed alike teaches once.
    let mut asked: Vec<&CustomerTitle> = source.customer_titles.iter().collect();
    asked.sort_by_key(|asked| &asked.title);
    asked.dedup_by_key(|asked| &asked.title);
    if asked.len() < FEWEST_LABELLED {
        return Ok(None);
    }
    let Some((principal, _)) = Projection::principal(vectors) else { return Ok(None) };
    let asked = sample(asked, OF_CUSTOMERS, |asked| asked.title.as_bytes());
    let known: BTreeMap<usize, &Vec<f32>> = titles.iter().map(|titled| titled.record).zip(vectors).collect();
    let answers = asked.iter().map(|asked| asked.records.iter().copied());
    let products = whitening::products(answers, known.keys().copied());
    let own = products.iter().filter_map(|(record, product)| Some((source.records.get(*record)?, *record, *product)));
    let vector_of = |encoders: &mut [Encoder], title: &str| match NormalTitle::of(title) {
        Ok(title) => embedded(encoders, &title),
        Err(_) => Ok(None),
    };
    let vector_of_own = |encoders: &mut [Encoder], (title, record, product): &(&Record, usize, usize)| {
        let vector = match known.get(record) {
            Some(known) => Some((*known).clone()),
            None => vector_of(encoders, &title.title)?,
        };
        Ok(vector.map(|vector| Labelled { vector, product: *product, is_own: true }))
    };
    let vector_of_asked = |encoders: &mut [Encoder], asked: &&CustomerTitle| {
        let product = asked.records.iter().find_map(|record| products.get(record).copied());
        let vector = vector_of(encoders, &asked.title)?;
        Ok(vector.zip(product).map(|(vector, product)| Labelled { vector, product, is_own: false }))
    };
    let own = parallel::map(std::slice::from_mut(encoder), &own.collect::<Vec<_>>(), vector_of_own)?;
    let of_customers = parallel::map(std::slice::from_mut(encoder), &asked, vector_of_asked)?;
    let labelled: Vec<Labelled> = own.into_iter().chain(of_customers).flatten().collect();
    let learnt = whitening::of_labelled(&principal, usual, &labelled, Asked::Titles);
    Ok(learnt.map(|learnt| (learnt, asked.len() as u64)))
}

/// The vector of a title; `None` where the encoder does not read all its words.
fn embedded(encoders: &mut [Encoder], title: &NormalTitle) -> Result<Option<Vec<f32>>> {
    let [Encoder::Text(encoder)] = encoders else { return Ok(None) };
    let is_read = encoder.unread(title)?.is_empty();
    is_read.then(|| pollster::block_on(encoder.embed(title))).transpose()
}

fn tried(titles: &[Titled<'_>], vectors: &[Vec<f32>], encoder: &mut Encoder) -> Result<Vec<Tried>> {
    let words = ShopWords::of_titles(titles.iter().map(|titled| titled.title.as_str().to_string()).collect());
    let mut rng = Rng::with_seed(titles.len() as u64);
    let typed_of = |at: usize| {
        let title = titles[at].title.as_str();
        let short = augment_title::short(title, |word| words.frequency(word), &mut rng);
        [(at, short), (at, augment_title::half(title, &mut rng))]
    };
    let typed: Vec<(usize, NormalTitle)> = (0..titles.len().min(TRIED))
        .flat_map(typed_of)
        .filter_map(|(at, title)| Some((at, NormalTitle::of(&title).ok()?)))
        .collect();
    let embed = |encoders: &mut [Encoder], typed: &(usize, NormalTitle)| embedded(encoders, &typed.1);
    let embedded = parallel::map(std::slice::from_mut(encoder), &typed, embed)?;
    let typed = typed
        .iter()
        .zip(embedded)
        .filter_map(|((at, _), vector)| Some(Tried { vector: vector?, relevant: [*at].into(), excluded: None }));
    let mut groups: HashMap<&str, BTreeSet<usize>> = HashMap::new();
    for (at, titled) in titles.iter().enumerate() {
        if let Some(group) = titled.label_group {
            groups.entry(group).or_default().insert(at);
        }
    }
    let left_out = (0..titles.len()).filter_map(|at| {
        let mut relevant = groups.get(titles[at].label_group?)?.clone();
        relevant.remove(&at);
        (!relevant.is_empty()).then(|| Tried { vector: vectors[at].clone(), relevant, excluded: Some(at) })
    });
    Ok(typed.chain(left_out.take(TRIED)).collect())
}

/// The mean of 1 / rank of the best relevant vector; `query` takes a query's vector to the space of `vectors`.
fn reciprocal_rank(tried: &[Tried], vectors: &[Vec<f32>], query: impl Fn(&Vec<f32>) -> Vec<f32>) -> f64 {
    let rank = |tried: &Tried| {
        let query = query(&tried.vector);
        let dot = |vector: &Vec<f32>| query.iter().zip(vector).map(|(a, b)| a * b).sum::<f32>();
        let scores: Vec<f32> = vectors.iter().map(dot).collect();
        let best = tried.relevant.iter().map(|at| scores[*at]).fold(f32::MIN, f32::max);
        let is_rival =
            |(at, score): (usize, &f32)| *score > best && Some(at) != tried.excluded && !tried.relevant.contains(&at);
        1 + scores.iter().enumerate().filter(|(at, score)| is_rival((*at, score))).count()
    };
    tried.iter().map(|tried| 1.0 / rank(tried) as f64).sum::<f64>() / tried.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(vector: &[f32], relevant: usize, excluded: Option<usize>) -> Tried {
        Tried { vector: vector.to_vec(), relevant: [relevant].into(), excluded }
    }

    #[test]
    fn the_rank_is_that_of_the_best_answer_and_the_query_itself_is_no_rival() {
        let vectors = [vec![1.0, 0.0], vec![0.8, 0.6], vec![0.0, 1.0]];
        assert_eq!(reciprocal_rank(&[tried(&[1.0, 0.0], 1, None)], &vectors, Vec::clone), 0.5);
        assert_eq!(reciprocal_rank(&[tried(&[1.0, 0.0], 1, Some(0))], &vectors, Vec::clone), 1.0);
        assert_eq!(reciprocal_rank(&[], &vectors, Vec::clone), 0.0);
    }

    #[test]
    fn a_sample_does_not_depend_on_the_order_of_the_items() {
        let of = |items: Vec<&'static str>| sample(items, 2, |item| item.as_bytes());
        assert_eq!(of(vec!["a", "b", "c"]), of(vec!["c", "a", "b"]));
    }
}
