//! Learning a predictor from lists of candidates of which the truth is known.

use std::borrow::Cow;

use rayon::prelude::*;

use super::calibration::{Asked, Outcome};
use super::logistic::{self, Observation, Weight};
use crate::fusion::{
    Additive, Calibration, Costs, Evidence, FEATURES, Predictor, Presence, Rule, Shape, Standings, Values,
};
use crate::{Error, Result};

/// How strongly the rise of a piece is held near 0.
const RIDGE: f64 = 3.0;
/// How much the order of two candidates counts beside the truth of each.
const ORDERED: f64 = 0.5;
/// A piece of a curve is at least the feature's range through this long.
const LEAST_PIECE: f32 = 12.0;
/// Best candidates of a list by which the calibration is fitted.
const CALIBRATED: usize = 2;
/// From this many answers by a listing with the query's own title on they tell whether it is the product for certain.
const ENOUGH_ANSWERS: f64 = 20.0;
/// Folds for cross-fitting: the calibration is fitted to scores by curves that were fitted without the list.
const FOLDS: usize = 4;

/// The candidates of one query.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// Lists of one group, those of one product for example, are in one fold.
    pub group: u64,
    pub candidates: Vec<Evidence>,
    /// How surely each candidate is the product, 0 to 1; `None` where nobody knows.
    pub truth: Vec<Option<f64>>,
    /// How surely the shop has the product at all, 0 to 1; `None` where nobody knows.
    pub is_there: Option<f64>,
    /// Whether it is learnt from this list whether the product is there.
    pub teaches_presence: bool,
    /// How much the query states, as [`Support`](crate::fusion::Support) has it.
    pub stated: f64,
    /// How much each of its candidates counts.
    pub weight: f64,
}

/// What the calibrations are held near.
pub struct Near<'a> {
    pub calibration: &'a Calibration,
    pub presence: &'a Presence,
}

impl List {
    fn without_same_title(&self) -> Self {
        List { candidates: self.candidates.iter().map(Evidence::without_same_title).collect(), ..self.clone() }
    }
}

impl<'a> Near<'a> {
    /// The calibrations of a predictor.
    pub fn of(predictor: &'a Predictor) -> Self {
        Near { calibration: &predictor.calibration, presence: &predictor.presence }
    }

    /// A predictor with that pair model, calibrated by those answers.
    fn calibrated(&self, pair: Additive, answers: Answers) -> Predictor {
        let calibration = Calibration::fit(&answers.outcomes, self.calibration);
        let presence = match answers.is_conditional {
            true => Presence::fit(&answers.asked, self.presence),
            false => Presence::CERTAIN,
        };
        Predictor { pair, calibration, presence, overlooks_words: false, trusts_same_title: true }
    }
}

/// Learns how lanes add up and how the sum is calibrated; the calibrations stay near `prior` where lists are few. Needs
/// matches and others among the truth.
pub fn predictor(lists: &[List], prior: &Near<'_>) -> Result<Predictor> {
    let trusts_same_title = trusts_same_title(lists)?;
    let lists = &*match trusts_same_title {
        true => Cow::Borrowed(lists),
        false => lists.iter().map(List::without_same_title).collect(),
    };
    let cut: Vec<(Vec<usize>, Vec<&List>)> =
        (0..FOLDS).map(|fold| cut(lists, fold)).filter(|(own, _)| !own.is_empty()).collect();
    let all: Vec<&List> = lists.iter().collect();
    let pair = additive(&all)?;
    if cut.len() < 2 {
        // One product makes one fold: there is nothing to hold out.
        return Ok(Predictor { trusts_same_title, ..calibrated(lists, pair, prior) });
    }
    // The calibrations are fitted to held-out scores.
    let held_out = |(own, others): (Vec<usize>, Vec<&List>)| {
        let pair = additive(&others)?;
        let mut answers = Answers::none_of(lists);
        own.into_iter().for_each(|i| answers.add(&lists[i], &pair));
        Ok(answers)
    };
    let folds: Vec<Answers> = cut.into_par_iter().map(held_out).collect::<Result<_>>()?;
    let mut answers = Answers::none_of(lists);
    folds.into_iter().for_each(|fold| answers.append(fold));
    Ok(Predictor { trusts_same_title, ..prior.calibrated(pair, answers) })
}

/// Whether listings with a query's own title are the product as often as a Match has to be, one standard deviation allowed; also
/// where there are too few of them to tell.
fn trusts_same_title(lists: &[List]) -> Result<bool> {
    let level = Costs::default().thresholds()?.matches;
    let known = |list: &List| {
        let candidates = list.candidates.iter().zip(&list.truth);
        let same = candidates.filter(|(evidence, _)| evidence.rule == Rule::SameTitle);
        let (count, right) = same.filter_map(|(_, truth)| *truth).fold((0.0, 0.0), |(n, sum), t| (n + 1.0, sum + t));
        (list.weight * count, list.weight * right)
    };
    let (count, right) = lists.iter().map(known).fold((0.0, 0.0), |(n, sum), (m, t)| (n + m, sum + t));
    let deviation = (count * level * (1.0 - level)).sqrt();
    Ok(count < ENOUGH_ANSWERS || right >= count * level - deviation)
}

/// A pair model that has not learnt from those lists, calibrated by them.
pub fn calibrated(lists: &[List], pair: Additive, prior: &Near<'_>) -> Predictor {
    let mut answers = Answers::none_of(lists);
    lists.iter().for_each(|list| answers.add(list, &pair));
    prior.calibrated(pair, answers)
}

/// What the calibrations are fitted to.
struct Answers {
    outcomes: Vec<Outcome>,
    asked: Vec<Asked>,
    /// Whether the outcomes are those of candidates where the product is there.
    is_conditional: bool,
}

impl Answers {
    /// None yet of those lists: where none of them says that a product is not there, nothing can be learnt of presence.
    fn none_of(lists: &[List]) -> Self {
        let says_missing = |list: &List| list.teaches_presence && list.is_there.is_some_and(|is_there| is_there < 1.0);
        Answers { outcomes: Vec::new(), asked: Vec::new(), is_conditional: lists.iter().any(says_missing) }
    }

    /// Adds the best candidates of a list, on which decisions are made, and the list as a whole.
    fn add(&mut self, list: &List, pair: &Additive) {
        let all = Standings::of(pair, &list.candidates);
        let standings: Vec<_> = list.candidates.iter().map(|c| all.of_candidate(c)).collect();
        // What a rule decides is not calibrated.
        let mut order: Vec<usize> = (0..standings.len())
            .filter(|i| matches!(list.candidates[*i].rule, Rule::None | Rule::Contradiction))
            .collect();
        order.sort_by(|a, b| standings[*b].log_odds.total_cmp(&standings[*a].log_odds));
        let is_there = if self.is_conditional { list.is_there.unwrap_or(0.0) } else { 1.0 };
        let outcome = |i: usize| {
            let truth = (list.truth[i]? / is_there).min(1.0);
            Some(Outcome { standing: standings[i], truth, weight: list.weight * is_there })
        };
        if is_there > 0.0 {
            self.outcomes.extend(order.into_iter().take(CALIBRATED).filter_map(outcome));
        }
        let asked = |truth| Asked { support: all.support(list.stated), truth, weight: list.weight };
        self.asked.extend(list.is_there.filter(|_| list.teaches_presence).map(asked));
    }

    fn append(&mut self, other: Answers) {
        self.outcomes.extend(other.outcomes);
        self.asked.extend(other.asked);
    }
}

/// Indices of a fold's lists, and the lists of the other folds.
fn cut(lists: &[List], fold: usize) -> (Vec<usize>, Vec<&List>) {
    let own = |list: &List| list.group as usize % FOLDS == fold;
    let indices = (0..lists.len()).filter(|i| own(&lists[*i])).collect();
    (indices, lists.iter().filter(|list| !own(list)).collect())
}

/// A curve a feature, of straight pieces that never fall.
fn additive(lists: &[&List]) -> Result<Additive> {
    let known: Vec<Known> = lists
        .iter()
        .flat_map(|list| {
            let pairs = list.candidates.iter().zip(&list.truth);
            pairs.filter_map(|(evidence, truth)| {
                Some(Known { values: &evidence.values, truth: (*truth)?, weight: list.weight })
            })
        })
        .collect();
    let matches: f64 = known.iter().map(|k| k.weight * k.truth).sum();
    let others: f64 = known.iter().map(|k| k.weight * (1.0 - k.truth)).sum();
    if matches <= 0.0 || others <= 0.0 {
        let found = format!("{matches} and {others}");
        return Err(Error::argument("training data", "matches and other pairs", found));
    }
    let mut weights = vec![Weight { near: 0.0, hold: 1e-3, may_be_negative: true }];
    let curves: Vec<Pieces> = (0..FEATURES.len()).map(|feature| Pieces::of(feature, &known, &mut weights)).collect();
    let observation = |k: &Known| {
        let mut terms = vec![(0, 1.0)];
        curves.iter().zip(k.values).for_each(|(curve, value)| curve.terms(*value, &mut terms));
        Observation { terms, truth: k.truth, weight: k.weight }
    };
    let mut observations: Vec<Observation> = known.iter().map(observation).collect();
    observations.extend(lists.iter().flat_map(|list| ordered(list, &curves)));
    let found = logistic::fit(&observations, &weights);
    let mut intercept = found[0];
    let mut shapes = Vec::with_capacity(curves.len());
    for (feature, curve) in curves.iter().enumerate() {
        let (shape, centre) = curve.shape(feature, &known, &found);
        intercept += centre;
        shapes.push(shape);
    }
    Ok(Additive { intercept, shapes })
}

/// That the product stands before each other candidate of its list: what is the same for all candidates of a query, such as the
/// light of a photo, has no effect here (Burges et al. 2005, "Learning to rank using gradient descent").
fn ordered(list: &List, curves: &[Pieces]) -> Vec<Observation> {
    let of = |is_match: bool| {
        let pairs = list.candidates.iter().zip(&list.truth);
        pairs.filter(move |(_, truth)| truth.is_some_and(|t| (t > 0.5) == is_match)).map(|(evidence, _)| evidence)
    };
    let terms = |evidence: &Evidence, sign: f64, terms: &mut Vec<(usize, f64)>| {
        let from = terms.len();
        curves.iter().zip(&evidence.values).for_each(|(curve, value)| curve.terms(*value, terms));
        terms[from..].iter_mut().for_each(|term| term.1 *= sign);
    };
    let before = |one: &Evidence, other: &Evidence| {
        let mut found = Vec::new();
        terms(one, 1.0, &mut found);
        terms(other, -1.0, &mut found);
        found.sort_by_key(|term| term.0);
        found.dedup_by(|later, earlier| {
            let is_same = later.0 == earlier.0;
            if is_same {
                earlier.1 += later.1;
            }
            is_same
        });
        found.retain(|term| term.1 != 0.0);
        Observation { terms: found, truth: 1.0, weight: list.weight * ORDERED }
    };
    of(true).flat_map(|one| of(false).map(move |other| (one, other))).map(|(one, other)| before(one, other)).collect()
}

/// A pair of which it is known how surely it is a match.
struct Known<'a> {
    values: &'a Values,
    truth: f64,
    weight: f64,
}

/// The curve of one feature while its weights are sought.
struct Pieces {
    /// Where pieces begin and end; for a discrete feature its values.
    at: Vec<f32>,
    is_discrete: bool,
    /// Index of the weight of being there at all, where the feature is missing at times.
    present: Option<usize>,
    /// Index of the first piece's weight; one a piece, the rise over it.
    first: usize,
}

impl Pieces {
    fn of(feature: usize, known: &[Known], weights: &mut Vec<Weight>) -> Self {
        let values = |least: f64| {
            let with = known.iter().filter(move |k| k.truth >= least);
            let mut values: Vec<f32> = with.filter_map(|k| k.values[feature]).collect();
            values.sort_by(f32::total_cmp);
            values
        };
        let (all, matches) = (values(0.0), values(0.5));
        let is_discrete = FEATURES[feature].discrete;
        let mut at: Vec<f32> = if is_discrete {
            all.clone()
        } else {
            // Where pairs are, and where matches are: those are few, but it is among them that the curve counts.
            let cuts = |values: &[f32], shares: [f64; 5]| {
                let cut = |share: f64| values.get(((values.len().max(1) - 1) as f64 * share) as usize).copied();
                shares.into_iter().filter_map(cut).collect::<Vec<f32>>()
            };
            [cuts(&all, [0.0, 0.25, 0.5, 0.75, 1.0]), cuts(&matches, [0.02, 0.25, 0.5, 0.75, 0.9])].concat()
        };
        at.sort_by(f32::total_cmp);
        let apart = match (at.first(), at.last()) {
            (Some(low), Some(high)) if !is_discrete => (high - low) / LEAST_PIECE,
            _ => 0.0,
        };
        let last = at.last().copied();
        at.dedup_by(|later, earlier| *later - *earlier <= apart);
        // The last piece reaches to the highest value.
        if let (Some(end), Some(last), true) = (at.last_mut(), last, apart > 0.0) {
            *end = last;
        }
        at.iter_mut().for_each(|at| *at = rounded((*at).into()));
        at.dedup();
        let is_missing = known.iter().any(|k| k.values[feature].is_none());
        let present = (is_missing && !at.is_empty()).then(|| {
            weights.push(Weight { near: 0.0, hold: RIDGE, may_be_negative: true });
            weights.len() - 1
        });
        let first = weights.len();
        (1..at.len()).for_each(|_| {
            weights.push(Weight { near: 0.0, hold: RIDGE, may_be_negative: false });
        });
        Pieces { at, is_discrete, present, first }
    }

    /// The share of each piece that lies below the value.
    fn terms(&self, value: Option<f32>, terms: &mut Vec<(usize, f64)>) {
        let Some(value) = value else { return };
        terms.extend(self.present.map(|present| (present, 1.0)));
        for (i, piece) in self.at.windows(2).enumerate() {
            let share = if self.is_discrete {
                f64::from(u8::from(value >= piece[1]))
            } else {
                f64::from((value - piece[0]) / (piece[1] - piece[0])).clamp(0.0, 1.0)
            };
            if share > 0.0 {
                terms.push((self.first + i, share));
            }
        }
    }

    /// The curve, 0 where the feature is missing or, where it never is, midway between what matches and other pairs get on average;
    /// and the constant taken from it.
    fn shape(&self, feature: usize, known: &[Known], found: &[f64]) -> (Shape, f64) {
        let mut level = self.present.map_or(0.0, |present| found[present]);
        let mut levels = vec![level];
        for i in 0..self.at.len().saturating_sub(1) {
            level += found[self.first + i];
            levels.push(level);
        }
        if self.at.is_empty() || levels.iter().all(|level| *level == 0.0) {
            return (Shape::default(), 0.0);
        }
        let curve = Shape { at: self.at.clone(), log_odds: levels.iter().map(|l| *l as f32).collect(), missing: 0.0 };
        let mean = |share: fn(&Known) -> f64| {
            let with = || known.iter().filter(|k| k.values[feature].is_some());
            let sum: f64 = with().map(|k| share(k) * curve.log_odds(k.values[feature])).sum();
            sum / with().map(share).sum::<f64>().max(f64::MIN_POSITIVE)
        };
        let centre = if self.present.is_some() {
            0.0
        } else {
            (mean(|k| k.weight * k.truth) + mean(|k| k.weight * (1.0 - k.truth))) / 2.0
        };
        let log_odds: Vec<f32> = levels.iter().map(|level| rounded(level - centre)).collect();
        // Full agreement may not count less than nothing at all.
        let missing = log_odds.last().map_or(0.0, |last| last.min(0.0));
        (Shape { at: curve.at, log_odds, missing }, centre)
    }
}

/// To four decimals: a manifest is text.
fn rounded(value: f64) -> f32 {
    ((value * 1e4).round() / 1e4) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fusion::{Standing, probability};

    /// A pair's score is its first feature.
    fn pair() -> Additive {
        let mut shapes = vec![Shape::default(); FEATURES.len()];
        shapes[0] = Shape { at: vec![-20.0, 20.0], log_odds: vec![-20.0, 20.0], missing: 0.0 };
        Additive { intercept: 0.0, shapes }
    }

    /// A list of candidates of those scores, the product at that place.
    fn list(scores: &[f32], product: Option<usize>) -> List {
        let candidate = |score: &f32| {
            let mut evidence = Evidence::default();
            evidence.values[0] = Some(*score);
            evidence
        };
        List {
            candidates: scores.iter().map(candidate).collect(),
            truth: (0..scores.len()).map(|i| Some(f64::from(u8::from(product == Some(i))))).collect(),
            is_there: Some(f64::from(u8::from(product.is_some()))),
            teaches_presence: true,
            weight: 1.0,
            ..List::default()
        }
    }

    const NEAR: Near<'_> = Near {
        calibration: &Calibration { offset: 0.0, slope: 1.0, ahead: 0.0, behind: 0.0, rivals: 0.0 },
        presence: &Presence { offset: 0.0, best: 1.0, above: 0.0, others: 0.0, stated: 0.0 },
    };

    #[test]
    fn a_lead_is_learnt_from_lists_with_the_product_alone() {
        // With the product a lead is always right; without it some other listing leads as far, by a lower score.
        let with = [list(&[2.0, -1.0], Some(0)), list(&[2.0, 1.8], Some(1))].into_iter().cycle().take(80);
        let without = [list(&[-2.0, -5.0], None), list(&[-2.0, -2.2], None)].into_iter().cycle().take(80);
        let lists: Vec<List> = with.chain(without).collect();
        let predictor = calibrated(&lists, pair(), &NEAR);
        let best = |scores: &[f32]| {
            let found = predictor.predict(&list(scores, None).candidates, 0.0);
            (probability(found.candidates[0].log_odds()), probability(found.presence))
        };
        let (clear, equal, missing) = (best(&[2.0, -1.0]), best(&[2.0, 1.8]), best(&[-2.0, -5.0]));
        assert!(clear.0 > 0.8 && equal.0 < 0.6 && missing.0 < 0.15, "{clear:?}, {equal:?}, {missing:?}");
        assert!(clear.1 > 0.85 && missing.1 < 0.15);
    }

    #[test]
    fn the_same_title_decides_unless_answers_say_otherwise() {
        let of_same_title = |right: bool| {
            let mut list = list(&[2.0, -1.0], right.then_some(0));
            list.candidates[0].rule = Rule::SameTitle;
            list
        };
        let trusts = |right: usize, wrong: usize| {
            let lists: Vec<List> = (0..right + wrong).map(|i| of_same_title(i < right)).collect();
            trusts_same_title(&lists).expect("a level")
        };
        assert_eq!([trusts(40, 5), trusts(5, 40), trusts(0, 10), trusts(25, 15)], [true, false, true, true]);

        let mut lists: Vec<List> = (0..60).map(|i| List { group: i, ..of_same_title(i % 3 == 0) }).collect();
        // What tells them apart is the second feature, of which the title says nothing.
        for list in &mut lists {
            let is_match = list.truth[0] == Some(1.0);
            list.candidates.iter_mut().enumerate().for_each(|(i, candidate)| {
                candidate.values[1] = Some(f32::from(u8::from(is_match && i == 0)));
            });
        }
        let predictor = predictor(&lists, &NEAR).expect("a predictor");
        assert!(!predictor.trusts_same_title);
        let of = |i: usize| probability(predictor.predict(&lists[i].candidates, 0.0).candidates[0].log_odds());
        assert!(of(0) > 0.6 && of(1) < 0.4, "{} and {}", of(0), of(1));
        assert!(
            of(1)
                < probability(
                    calibrated(&lists, pair(), &NEAR).predict(&lists[1].candidates, 0.0).candidates[0].log_odds()
                )
        );
    }

    #[test]
    fn where_no_list_lacks_the_product_its_presence_is_certain() {
        let unknown = |list: List| List { is_there: None, ..list };
        let lists: Vec<List> =
            [list(&[2.0, -1.0], Some(0)), unknown(list(&[1.0, -1.0], None))].into_iter().cycle().take(40).collect();
        let predictor = calibrated(&lists, pair(), &NEAR);
        assert_eq!(predictor.presence, Presence::CERTAIN);
        let found = predictor.predict(&lists[0].candidates, 0.0).candidates[0].log_odds();
        assert!(
            (found - predictor.calibration.log_odds(Standing { log_odds: 2.0, lead: 3.0, rivals: 0.0 })).abs() < 1e-9
        );
    }
}
