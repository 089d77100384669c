//! From the ranked candidates of a query to its answer: is the first one the product, is it there at all, and if that cannot be
//! said, what is missing.

use serde::Serialize;

use super::probe::{Probe, ProbeTitle};
use super::ranker::{Ranked, Ranker, Scored};
use crate::fusion::{Decision, Lane, Mode, Rule, Thresholds};
use crate::title::attributes::Agreement;
use crate::title::words::words;

/// A listing fits beside the first where it is at least this share as probable.
const FITS: f64 = 0.5;
/// Most listings whose differences are looked for, and most words of each.
const MAX_COMPARED: usize = 16;
const MAX_WORDS: usize = 4;
/// By how many log-odds a photo, or a title, must be for one listing and against another to prefer it: some 55 to 1.
const PREFERS: f64 = 4.0;

/// How many listings the query fits, and what would tell them apart.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Fits {
    /// 0 where the shop does not have the product, or the first hit is surely another; 1 where one listing alone fits.
    pub count: usize,
    /// The attribute in which they differ, `colour` for example; `None` where one fits, or where they differ in no one attribute.
    pub differ_in: Option<String>,
    /// In the order of the hits, what each listing has in its title that not all of them have.
    pub values: Vec<String>,
}

/// The listings that the photo and the title point at, where these are not the same one: ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Prefers {
    pub photo: String,
    pub title: String,
}

impl Fits {
    /// In a sentence for the shopper; `None` where nothing is to be told apart.
    pub fn sentence(&self) -> Option<String> {
        let count = Some(self.count).filter(|count| *count > 1)?;
        let mut values: Vec<&str> = Vec::new();
        for value in self.values.iter().map(String::as_str).filter(|value| !value.is_empty()) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let attribute = self.differ_in.as_deref().map(|name| name.replace('_', " "));
        Some(match (attribute, values.len() > 1) {
            (Some(attribute), true) => {
                format!("{count} listings fit; they differ in {attribute}: {}", values.join(", "))
            }
            (Some(attribute), false) => format!("{count} listings fit; they differ in {attribute}"),
            (None, true) => format!("{count} listings fit: {}", values.join(", ")),
            (None, false) => format!("{count} listings fit"),
        })
    }
}

/// The answer to a query, but for its hits.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    pub decision: Decision,
    pub fits: Fits,
    pub prefers: Option<Prefers>,
    /// That of the first hit: worse than the answer's where a rule excludes the listing, but not yet others.
    first: Decision,
    completeness: Completeness,
}

/// How much of the evidence was there that the catalogue can have of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    Whole,
    /// No encoder has read the title yet, or not all have.
    WithoutWords,
    /// The same of the photo, whatever has read the title.
    WithoutPhoto,
}

impl Completeness {
    /// Whether a rule decides for a listing whatever is still to come. What the photo shows may be another product than the one
    /// with that title.
    fn decides(self, rule: Rule) -> bool {
        match self {
            Completeness::Whole => true,
            Completeness::WithoutWords => decides_alone(rule),
            Completeness::WithoutPhoto => rule == Rule::SameGtin,
        }
    }
}

impl Decided {
    /// Decides over the candidates of a query. The thresholds are fitted to the evidence of all encoders: where some is missing,
    /// only what needs none of it decides.
    pub fn of(ranker: &Ranker, probe: &Probe, ranked: &Ranked, completeness: Completeness) -> Self {
        let thresholds = ranker.model().thresholds;
        let Some(first) = ranked.scored.first() else {
            let decision = if completeness == Completeness::Whole { Decision::NoMatch } else { Decision::Unsure };
            return Decided { decision, fits: Fits::default(), prefers: None, first: decision, completeness };
        };
        let prefers = (probe.mode() == Mode::Both).then(|| prefers(ranker, &ranked.scored)).flatten();
        let mut decision = decision(&thresholds, first, ranked.presence);
        let at_least = names_a_kind(probe) || has_model_number(first);
        if at_least && first.candidate.rule().at_best() != Decision::NoMatch {
            decision = decision.at_least(Decision::Unsure);
        }
        if prefers.is_some() {
            decision = Decision::Unsure;
        }
        let shows_little = probe.mode() == Mode::Photo && probe.shows_little;
        if shows_little || asks_for_more(probe, ranked, first) || is_tied(&ranked.scored) {
            decision = decision.at_most(Decision::Unsure);
        }
        let mut of_first = decision;
        if !completeness.decides(first.candidate.rule()) {
            decision = Decision::Unsure;
            of_first = decision.at_most(first.candidate.rule().at_best());
        }
        Decided { decision, fits: fits(ranker, of_first, &ranked.scored), prefers, first: of_first, completeness }
    }

    /// The decision of one hit; `rank` counts from 0.
    pub fn of_hit(&self, ranker: &Ranker, rank: usize, hit: &Scored, first: &Scored) -> Decision {
        if rank == 0 {
            return self.first;
        }
        if !self.completeness.decides(hit.candidate.rule()) {
            return hit.candidate.rule().at_best().at_most(Decision::Unsure);
        }
        let alone = ranker.model().thresholds.decide(hit.probability);
        let fits = self.decision != Decision::NoMatch && fits_beside(hit, first);
        let decision = if fits { alone.at_least(Decision::Unsure) } else { alone };
        let at_most = if self.prefers.is_some() { Decision::Unsure } else { Decision::Match };
        decision.at_most(at_most).at_most(hit.candidate.rule().at_best())
    }
}

/// Whether a rule decides whatever else is known.
fn decides_alone(rule: Rule) -> bool {
    matches!(rule, Rule::SameGtin | Rule::SameTitle | Rule::SameNumber)
}

/// Match where the first is surely it, No-Match where the shop hardly has it, and never better than its rule allows.
fn decision(thresholds: &Thresholds, first: &Scored, presence: f64) -> Decision {
    let decision = match thresholds.decide(first.probability) {
        Decision::Match => Decision::Match,
        _ => thresholds.decide(presence).at_most(Decision::Unsure),
    };
    decision.at_most(first.candidate.rule().at_best())
}

/// Whether words of the title that the first listing lacks stand against a Match. A GTIN outweighs them.
fn asks_for_more(probe: &Probe, ranked: &Ranked, first: &Scored) -> bool {
    let decided = decides_alone(first.candidate.rule());
    probe.mode() == Mode::Title && !ranked.overlooks_words && !decided && first.candidate.lanes.asks_for_more()
}

/// By how many log-odds the first must lead where it is not to be tied.
const TIED: f64 = 0.1;

/// Whether the second fits as well as the first: the shop has that title twice, for example.
fn is_tied(scored: &[Scored]) -> bool {
    let [first, second, ..] = scored else { return false };
    first.log_odds - second.log_odds < TIED && first.candidate.rule() != Rule::SameGtin
}

/// Most words of a title that only names a kind of thing.
const KIND_WORDS: usize = 2;

/// Whether a title is a word or two without any figure: the kind of thing that is wanted, maybe in a word or a language that no
/// listing uses. Such a query is answered by what is nearest, since a listing that it fits need not have a letter of it.
fn names_a_kind(probe: &Probe) -> bool {
    let is_figure = |word: &String| word.chars().any(char::is_numeric);
    let few = |title: &ProbeTitle| {
        let words = &title.parsed.words;
        words.len() <= KIND_WORDS && !words.iter().any(is_figure)
    };
    probe.mode() == Mode::Title && probe.title.as_ref().is_some_and(few)
}

/// Whether a listing has the model number that the title states: in whatever language the rest of it is written, the listing is
/// the product or belongs to it.
fn has_model_number(scored: &Scored) -> bool {
    let compared = scored.candidate.lanes.attributes.as_ref();
    compared.is_some_and(|compared| compared.comparison.model_number == Agreement::Full)
}

fn fits_beside(hit: &Scored, first: &Scored) -> bool {
    hit.probability >= first.probability * FITS && hit.candidate.rule().at_best() != Decision::NoMatch
}

fn fits(ranker: &Ranker, decision: Decision, scored: &[Scored]) -> Fits {
    let (Some(first), false) = (scored.first(), decision == Decision::NoMatch) else { return Fits::default() };
    if decision == Decision::Match {
        return Fits { count: 1, ..Fits::default() };
    }
    let fitting: Vec<&Scored> = scored.iter().take_while(|s| fits_beside(s, first)).collect();
    let count = fitting.len().max(1);
    if count < 2 {
        return Fits { count, ..Fits::default() };
    }
    Fits { count, differ_in: differ_in(ranker, &fitting), values: differences(ranker, &fitting) }
}

/// The attribute that is contrary in most of the listings beside the first.
fn differ_in(ranker: &Ranker, fitting: &[&Scored]) -> Option<String> {
    let attributes = |scored: &Scored| &ranker.parsed(scored.candidate.position).attributes;
    let (first, others) = fitting.split_first()?;
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for other in others.iter().take(MAX_COMPARED) {
        for name in crate::matching::lanes::Compared::of(attributes(first), attributes(other), None).contrary() {
            match counts.iter_mut().find(|(counted, _)| *counted == name) {
                Some((_, count)) => *count += 1,
                None => counts.push((name, 1)),
            }
        }
    }
    counts.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(name, _)| name.into())
}

/// Of each listing the words that not all of them have, as they are written.
fn differences(ranker: &Ranker, fitting: &[&Scored]) -> Vec<String> {
    let compared = || fitting.iter().take(MAX_COMPARED);
    let titles: Vec<&str> = compared().map(|s| ranker.catalogue.listing(s.candidate.position).title.as_str()).collect();
    let read: Vec<Vec<String>> = titles.iter().map(|title| words(title)).collect();
    let differs = |written: &&str| {
        let own = words(written);
        !own.is_empty() && !read.iter().all(|title| own.iter().all(|word| title.contains(word)))
    };
    let of_title =
        |title: &&str| title.split_whitespace().filter(differs).take(MAX_WORDS).collect::<Vec<_>>().join(" ");
    titles.iter().map(of_title).collect()
}

/// Lanes that come from the photo, and from the title.
const OF_PHOTO: [Lane; 3] = [Lane::Image, Lane::ColourHistogram, Lane::Phash];
const OF_TITLE: [Lane; 4] = [Lane::Text, Lane::Lexical, Lane::Edit, Lane::Attributes];

/// The listing that the photo's lanes are most for and that for which the title's are, where each is clearly preferred to the other.
fn prefers(ranker: &Ranker, scored: &[Scored]) -> Option<Prefers> {
    let share = |scored: &Scored, lanes: &[Lane]| -> f64 {
        let of_lane = |(lane, share): &(Lane, f64)| if lanes.contains(lane) { *share } else { 0.0 };
        scored.prediction.contributions.iter().map(of_lane).sum()
    };
    let most = |lanes: &[Lane]| scored.iter().reduce(|a, b| if share(b, lanes) > share(a, lanes) { b } else { a });
    let (photo, title) = (most(&OF_PHOTO)?, most(&OF_TITLE)?);
    let clearly = |lanes: &[Lane], one: &Scored, other: &Scored| share(one, lanes) - share(other, lanes) >= PREFERS;
    let id = |scored: &Scored| ranker.catalogue.listing(scored.candidate.position).id.clone();
    (clearly(&OF_PHOTO, photo, title) && clearly(&OF_TITLE, title, photo))
        .then(|| Prefers { photo: id(photo), title: id(title) })
}
