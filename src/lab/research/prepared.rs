//! A row made ready to score the queries of a task.

use nalgebra::DMatrix;

use super::category;
use super::context::Session;
use super::float;
use super::in_float;
use super::measure::Answers;
use super::rows::{Method, Row, find};
use super::tasks::Task;
use super::titles::{levenshtein, trigrams, word_tf_idf};
use super::vectors::{Scores, Views, cosines, milliseconds, scoring_milliseconds};
use crate::Result;
use crate::catalogue::Projection;
use crate::encoder::{Encoder, Identity};
use crate::lab::train::corpus::{Corpus, Part};
use crate::merchant::build::whitening::{Asked, Labelled, of_labelled};

/// Scores with what is to be said about them.
pub struct Prepared<'s> {
    pub scores: Box<Scores<'s>>,
    /// What a query's encoding takes, in milliseconds.
    pub encoding: f64,
    pub bytes: u64,
    /// Tells results of other encoders apart.
    pub fingerprint: String,
    pub categories: Option<category::Found>,
}

/// What is kept of a row in a task.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Kept {
    pub answers: Answers,
    pub milliseconds: f64,
    pub bytes: u64,
    pub categories: Option<category::Found>,
}

impl<'s> Prepared<'s> {
    /// Scores without an encoder.
    fn plain(scores: Box<Scores<'s>>) -> Self {
        Prepared { scores, encoding: 0.0, bytes: 0, fingerprint: String::new(), categories: None }
    }

    pub fn kept(&self, session: &Session, task: &Task) -> Kept {
        let bench = &session.tasks.benches[task.bench];
        let answers = Answers::of(task, bench, &*self.scores);
        let queries = bench.corpus.asking(task.set, Part::Test);
        let milliseconds = self.encoding + scoring_milliseconds(&*self.scores, &queries);
        Kept { answers, milliseconds, bytes: self.bytes, categories: self.categories.clone() }
    }
}

impl Session<'_> {
    /// The encoder or the file that a row's scores hang on; empty for a row without, `None` where it is not at hand.
    pub fn fingerprint(&self, row: &Row, bench: usize) -> Result<Option<String>> {
        let corpus = &self.tasks.benches[bench].corpus;
        Ok(match row.method {
            Method::TfIdfWords | Method::TfIdfTrigrams | Method::Levenshtein => Some(String::new()),
            Method::Encoder(start) | Method::OfForeground(start, _) | Method::Projection(start) => {
                self.encoders.load(start, corpus)?.map(|(identity, _)| identity.fingerprint)
            }
            Method::InFloat(start) => {
                let file = self.encoders.files.get(start.name());
                file.map(super::weights::sha256_of).transpose()?
            }
            Method::Reference => {
                let file = self.encoders.files.get("mobilenet-v2");
                file.map(super::weights::sha256_of).transpose()?
            }
            // Made of the parts' own, in `sum`; a trained pack's is known when it is trained.
            Method::Sum(..) | Method::Trained { .. } | Method::Whole => None,
        })
    }

    /// A row of one lane over the items of a bench's set; `None` where its weights are not at hand.
    pub fn prepared(&self, row: &Row, bench: usize, set: usize) -> Result<Option<Prepared<'_>>> {
        let corpus = &self.tasks.benches[bench].corpus;
        let items = &corpus.items;
        let candidates = corpus.candidates(set);
        Ok(match row.method {
            Method::TfIdfWords => Some(Prepared::plain(Box::new(word_tf_idf(items, &candidates)))),
            Method::TfIdfTrigrams => Some(Prepared::plain(Box::new(trigrams(items, &candidates)))),
            Method::Levenshtein => Some(Prepared::plain(Box::new(levenshtein(items, &candidates)))),
            Method::Encoder(start) | Method::OfForeground(start, _) => {
                let loaded = self.encoders.load(start, corpus)?;
                loaded.map(|loaded| self.of_encoder(row, &loaded, bench, set)).transpose()?
            }
            Method::Projection(start) => match self.encoders.load(start, corpus)? {
                Some(loaded) => self.projected(row, &loaded, bench, set)?,
                None => None,
            },
            Method::InFloat(start) => match self.encoders.files.get(start.name()) {
                Some(file) => {
                    let count = items.iter().filter(|item| item.set == set).count();
                    self.step(&format!("{}: {}", row.key, corpus.sets[set]), count);
                    let of_set = (corpus, set);
                    let advance = |count| self.advance(count);
                    let vectors = in_float::vectors(start.name(), file, self.encoders.models, of_set, &advance)?;
                    let scores = Box::new(cosines(vectors, candidates));
                    let fingerprint = super::weights::sha256_of(file)?;
                    let bytes = std::fs::metadata(file).map_or(0, |file| file.len());
                    Some(Prepared { scores, encoding: 0.0, bytes, fingerprint, categories: None })
                }
                None => None,
            },
            Method::Reference => match self.encoders.files.get("mobilenet-v2") {
                Some(file) => {
                    let count = items.iter().filter(|item| item.set == set).count();
                    self.step(&format!("{}: {}", row.key, corpus.sets[set]), count);
                    let found = float::embed(file, corpus, set, &|count| self.advance(count))?;
                    let bytes = std::fs::metadata(file).map_or(0, |file| file.len());
                    let categories = category::found(corpus, set, &found.vectors);
                    let scores = Box::new(cosines(found.vectors, candidates));
                    let fingerprint = super::weights::sha256_of(file)?;
                    Some(Prepared { scores, encoding: found.milliseconds, bytes, fingerprint, categories })
                }
                None => None,
            },
            Method::Sum(..) | Method::Trained { .. } | Method::Whole => None,
        })
    }

    /// Cosines of an encoder's vectors.
    pub fn of_encoder(
        &self,
        row: &Row,
        loaded: &(Identity, Encoder),
        bench: usize,
        set: usize,
    ) -> Result<Prepared<'_>> {
        let (views, encoding) = self.views(row, loaded, bench, set)?;
        let corpus = &self.tasks.benches[bench].corpus;
        let stored = views.stored();
        let has_photos = matches!(loaded.1, Encoder::Image(_));
        let categories = if has_photos { category::found(corpus, set, &stored) } else { None };
        Ok(Prepared {
            scores: Box::new(cosines(stored, corpus.candidates(set))),
            encoding,
            bytes: loaded.0.all_bytes(),
            fingerprint: loaded.0.fingerprint.clone(),
            categories,
        })
    }

    /// The vectors of a set's items, and the milliseconds that a query's take.
    pub fn views(&self, row: &Row, loaded: &(Identity, Encoder), bench: usize, set: usize) -> Result<(Views, f64)> {
        let preparation = match row.method {
            Method::OfForeground(_, preparation) => Some(preparation),
            _ => None,
        };
        let own = &self.tasks.benches[bench];
        let count = own.corpus.items.iter().filter(|item| item.set == set).count();
        self.step(&format!("{}: {}", row.key, own.corpus.sets[set]), count);
        let data = (own.sha256.as_str(), self.encoders.cache);
        let views = Views::of(loaded, preparation, &own.corpus, set, data, &|count| self.advance(count))?;
        let encoding = milliseconds(&loaded.1, preparation, &own.corpus, &own.corpus.asking(set, Part::Test))?;
        Ok((views, encoding))
    }

    /// Cosines in the projection that a build would learn from the training part's pictures; `None` where they are too few.
    fn projected(
        &self,
        row: &Row,
        loaded: &(Identity, Encoder),
        bench: usize,
        set: usize,
    ) -> Result<Option<Prepared<'_>>> {
        let (views, encoding) = self.views(row, loaded, bench, set)?;
        let corpus = &self.tasks.benches[bench].corpus;
        let stored = views.stored();
        let Some(projection) = projection(corpus, set, &views, &stored) else { return Ok(None) };
        let project = |vector: &Vec<f32>| if vector.is_empty() { Vec::new() } else { projection.project(vector) };
        let vectors: Vec<Vec<f32>> = stored.iter().map(project).collect();
        let categories = category::found(corpus, set, &vectors);
        let scores = Box::new(cosines(vectors, corpus.candidates(set)));
        let fingerprint = loaded.0.fingerprint.clone();
        Ok(Some(Prepared { scores, encoding, bytes: loaded.0.all_bytes(), fingerprint, categories }))
    }

    /// The mean of the scores of two rows over the same items.
    pub fn sum(&self, (title, photo): (&str, &str), task: &Task) -> Result<Option<Prepared<'_>>> {
        let (Some(title), Some(photo), Some(photos)) = (find(title), find(photo), task.photos) else { return Ok(None) };
        let titles = self.prepared(title, task.bench, task.set)?;
        let (Some(titles), Some(photos)) = (titles, self.prepared(photo, photos, task.set)?) else { return Ok(None) };
        let (of_title, of_photo) = (titles.scores, photos.scores);
        let mean = move |query: usize| {
            of_title(query).iter().zip(of_photo(query)).map(|(title, photo)| (title + photo) / 2.0).collect()
        };
        Ok(Some(Prepared {
            scores: Box::new(mean),
            encoding: titles.encoding + photos.encoding,
            bytes: titles.bytes + photos.bytes,
            fingerprint: format!("{} {}", titles.fingerprint, photos.fingerprint),
            categories: None,
        }))
    }
}

/// The projection that a build learns from the catalogue's pictures and the queries of the training part.
fn projection(corpus: &Corpus, set: usize, views: &Views, stored: &[Vec<f32>]) -> Option<Projection> {
    let items = 0..corpus.items.len();
    let is_known = |item: &usize| {
        let item = &corpus.items[*item];
        item.set == set && (item.part == Part::Training || item.is_candidate())
    };
    let training: Vec<usize> = items.filter(is_known).collect();
    let all: Vec<Vec<f32>> = training.iter().flat_map(|item| views.of_item[*item].clone()).collect();
    let usual = Projection::fit(&all)?;
    let (principal, _): (DMatrix<f32>, Vec<f32>) = Projection::principal(&all)?;
    let labelled = |item: &usize| Labelled {
        vector: stored[*item].clone(),
        product: corpus.items[*item].group,
        is_own: corpus.items[*item].is_candidate(),
    };
    let pictures: Vec<Labelled> = training.iter().map(labelled).collect();
    Some(of_labelled(&principal, Some(&usual), &pictures, Asked::Photos).unwrap_or(usual))
}
