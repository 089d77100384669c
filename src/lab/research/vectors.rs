//! Vectors of a task's items by an encoder, kept between runs.

use std::path::Path;
use std::time::Instant;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::cache::Cache;
use crate::catalogue::stored_vector;
use crate::encoder::{Encoder, Identity};
use crate::lab::foreground::Preparation;
use crate::lab::train::corpus::{Content, Corpus, Item};
use crate::lab::train::measure::cosine;
use crate::lab::train::write_whole;
use crate::merchant::decode::decode;
use crate::merchant::parallel;
use crate::title::NormalTitle;
use crate::{Error, Result};

/// Scores of all candidates of a task for one of its queries, by the query's item; higher is more alike.
pub type Scores<'a> = dyn Fn(usize) -> Vec<f32> + Sync + 'a;

/// Items by which the time of one is measured.
const TIMED: usize = 16;

/// Vectors of the items of a data set: of a title one, of a photo one of the whole and one of the middle.
pub struct Views {
    /// By item; empty for items of other data sets.
    pub of_item: Vec<Vec<Vec<f32>>>,
}

impl Views {
    /// Reads them from the cache, or encodes the items of a set, prepared as the reader says, and keeps them.
    ///
    /// # Errors
    /// Where an item cannot be read, or the cache not be written.
    pub fn of(
        (identity, encoder): &(Identity, Encoder),
        preparation: Option<Preparation>,
        corpus: &Corpus,
        set: usize,
        (data, cache): (&str, &Cache),
        advance: &(dyn Fn(usize) + Sync),
    ) -> Result<Self> {
        let own: Vec<usize> = (0..corpus.items.len()).filter(|item| corpus.items[*item].set == set).collect();
        let of = preparation.map_or("vectors".into(), |preparation| format!("vectors, {}", preparation.name()));
        let key = Cache::key(&[&of, &identity.fingerprint, data, &set.to_string()]);
        let path = cache.below("vectors")?.join(format!("{key}.safetensors"));
        let found = match read(&path, own.len()) {
            Some(found) => found,
            None => {
                let forked = || Error::argument("device", "the CPU", "another");
                let mut forks = vec![encoder.fork().ok_or_else(forked)?];
                let one = |encoders: &mut [Encoder], item: &usize| {
                    let views = embed(encoders, preparation, &corpus.items[*item])?;
                    advance(1);
                    Ok(views)
                };
                let found = parallel::map(&mut forks, &own, one)?;
                write(&path, &found)?;
                found
            }
        };
        let mut of_item = vec![Vec::new(); corpus.items.len()];
        own.into_iter().zip(found).for_each(|(item, views)| of_item[item] = views);
        Ok(Views { of_item })
    }

    /// The vector of each item, as a catalogue stores it.
    pub fn stored(&self) -> Vec<Vec<f32>> {
        self.of_item.iter().map(|views| stored_vector(None, views)).collect()
    }
}

/// The vectors of an item.
fn embed(encoders: &mut [Encoder], preparation: Option<Preparation>, item: &Item) -> Result<Vec<Vec<f32>>> {
    match (encoders.first_mut(), &item.content) {
        (Some(Encoder::Text(encoder)), Content::Title(title)) => {
            Ok(vec![pollster::block_on(encoder.embed(&NormalTitle::of_listing(title)))?])
        }
        (Some(Encoder::Image(encoder)), Content::Photo(path)) => {
            let photo = photo(path)?;
            let photo = match preparation {
                Some(preparation) => preparation.of(photo)?,
                None => photo,
            };
            Ok(pollster::block_on(encoder.embed_views(&photo))?.to_vec())
        }
        _ => Err(Error::argument("encoder", "one that reads what the items are", "another")),
    }
}

/// A photo of a data set.
///
/// # Errors
/// [`Error::Io`] where there is none, [`Error::Listings`] where it cannot be decoded.
pub fn photo(path: &Path) -> Result<crate::photo::Photo> {
    let place = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|e| Error::io("reading a photo", "a file", e, place.clone()))?;
    decode(bytes).map_err(|e| Error::listings("photos that can be read", e.to_string(), place))
}

/// Milliseconds that the vectors of a query take on one core: the median over some, so that another program does not count.
///
/// # Errors
/// Where an item cannot be read.
pub fn milliseconds(
    encoder: &Encoder,
    preparation: Option<Preparation>,
    corpus: &Corpus,
    queries: &[usize],
) -> Result<f64> {
    let mut forks = vec![encoder.fork().ok_or_else(|| Error::argument("device", "the CPU", "another"))?];
    let mut times = Vec::new();
    for item in queries.iter().take(TIMED) {
        let start = Instant::now();
        embed(&mut forks, preparation, &corpus.items[*item])?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(times))
}

/// Milliseconds that the scores of a query take: the median over some.
pub fn scoring_milliseconds(scores: &Scores, queries: &[usize]) -> f64 {
    let timed = |query: &usize| {
        let start = Instant::now();
        std::hint::black_box(scores(*query));
        start.elapsed().as_secs_f64() * 1e3
    };
    median(queries.iter().take(TIMED).map(timed).collect())
}

pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Cosines of a query's vector with those of the candidates.
pub fn cosines(vectors: Vec<Vec<f32>>, candidates: Vec<usize>) -> impl Fn(usize) -> Vec<f32> + Sync {
    move |query| candidates.iter().map(|item| cosine(&vectors[query], &vectors[*item])).collect()
}

/// `[items, views, width]`.
fn write(path: &Path, vectors: &[Vec<Vec<f32>>]) -> Result<()> {
    let views = vectors.first().map_or(0, Vec::len);
    let width = vectors.first().and_then(|views| views.first()).map_or(0, Vec::len);
    let values: Vec<f32> = vectors.iter().flatten().flatten().copied().collect();
    let place = || path.display().to_string();
    let failed = |e: safetensors::SafeTensorError| {
        Error::io("keeping vectors", "as many of each item, of one length", e, place())
    };
    let shape = vec![vectors.len(), views, width];
    let tensor = TensorView::new(Dtype::F32, shape, bytemuck::cast_slice(&values)).map_err(failed)?;
    write_whole(path, &safetensors::serialize([("vectors", tensor)], None).map_err(failed)?)
}

/// `None` where there are none, or not of that many items.
fn read(path: &Path, items: usize) -> Option<Vec<Vec<Vec<f32>>>> {
    let bytes = std::fs::read(path).ok()?;
    let tensors = SafeTensors::deserialize(&bytes).ok()?;
    let tensor = tensors.tensor("vectors").ok()?;
    let &[found, views, width] = tensor.shape() else { return None };
    if found != items || tensor.dtype() != Dtype::F32 || views * width == 0 {
        return None;
    }
    let values: Vec<f32> = tensor.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let of_item = |item: &[f32]| item.chunks_exact(width).map(<[f32]>::to_vec).collect();
    Some(values.chunks_exact(views * width).map(of_item).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_read_back_as_they_were_and_not_for_other_items() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors.safetensors");
        let vectors = vec![vec![vec![0.5, -1.0, 2.0], vec![1.0, 0.0, 0.25]]; 4];
        write(&path, &vectors).unwrap();
        assert_eq!(read(&path, 4), Some(vectors));
        assert_eq!(read(&path, 5), None);
        std::fs::write(&path, b"{}").unwrap();
        assert_eq!(read(&path, 4), None);
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(vec![3.0, 1.0, 900.0]), 3.0);
        assert_eq!(median(Vec::new()), 0.0);
    }
}
