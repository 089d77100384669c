//! Fits the calibration of a hit's probability, and that of presence, to answers of which the truth is known.

use super::logistic::{Observation, Weight, fit};
use crate::fusion::{Calibration, Presence, Standing, Support};

/// One answer of which the truth is known.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    pub standing: Standing,
    /// How surely it was right, 0 to 1.
    pub truth: f64,
    pub weight: f64,
}

/// One query of which it is known how surely the shop has its product.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub support: Support,
    /// How surely the shop has it, 0 to 1.
    pub truth: f64,
    pub weight: f64,
}

/// How many answers the line that changes nothing counts for: few outcomes move it little.
const PRIOR_OUTCOMES: f64 = 4.0;

impl Calibration {
    /// The line under which outcomes are likeliest, held near `prior` by a few outcomes' worth.
    pub fn fit(outcomes: &[Outcome], prior: &Calibration) -> Self {
        let terms = |o: &Outcome| {
            let s = o.standing;
            ([1.0, s.log_odds, s.lead.max(0.0), s.lead.min(0.0), s.rivals], o.truth, o.weight)
        };
        let near = [prior.offset, prior.slope, prior.ahead, prior.behind, prior.rivals];
        let [offset, slope, ahead, behind, rivals] =
            held(outcomes.iter().map(terms), near, [true, false, false, false, false]);
        Calibration { offset, slope, ahead, behind, rivals }
    }
}

impl Presence {
    /// The weights under which the queries' truths are likeliest, held near `prior` by a few queries' worth.
    pub fn fit(asked: &[Asked], prior: &Presence) -> Self {
        let terms = |a: &Asked| {
            let Support { best, above, others, stated } = a.support;
            ([1.0, best, above, others, stated], a.truth, a.weight)
        };
        let near = [prior.offset, prior.best, prior.above, prior.others, prior.stated];
        let [offset, best, above, others, stated] =
            held(asked.iter().map(terms), near, [true, false, false, false, true]);
        Presence { offset, best, above, others, stated }
    }
}

/// The weights of `N` terms (each observation: terms, truth, weight) held near `near`; those that may be negative are said.
fn held<const N: usize>(
    observed: impl Iterator<Item = ([f64; N], f64, f64)> + Clone,
    near: [f64; N],
    may_be_negative: [bool; N],
) -> [f64; N] {
    let total: f64 = observed.clone().map(|(_, _, weight)| weight).sum();
    let weight = |i: usize| {
        // By a term's usual size, so that the hold is the same whatever its unit.
        let squares: f64 = observed.clone().map(|(terms, _, weight)| weight * terms[i].powi(2)).sum();
        let hold = PRIOR_OUTCOMES * 0.25 * (squares / total.max(f64::MIN_POSITIVE)).max(0.1);
        Weight { near: near[i], hold, may_be_negative: may_be_negative[i] }
    };
    let weights: [Weight; N] = std::array::from_fn(weight);
    let observation = |(terms, truth, weight): ([f64; N], f64, f64)| Observation {
        terms: terms.into_iter().enumerate().filter(|(_, term)| *term != 0.0).collect(),
        truth,
        weight,
    };
    let observations: Vec<Observation> = observed.map(observation).collect();
    let found = fit(&observations, &weights);
    std::array::from_fn(|i| found[i])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fusion::probability;

    fn standing(log_odds: f64) -> Standing {
        Standing { log_odds, ..Standing::default() }
    }

    #[test]
    fn a_fitted_line_undoes_what_was_done_to_the_log_odds() {
        // Exactly as many matches at each score as its true probability gives.
        let (slope, offset) = (0.5, -1.0);
        let mut outcomes = Vec::new();
        for score in -8..=8 {
            let p = probability(slope * f64::from(score) + offset);
            for (truth, weight) in [(1.0, p * 500.0), (0.0, (1.0 - p) * 500.0)] {
                outcomes.push(Outcome { standing: standing(score.into()), truth, weight });
            }
        }
        let line = Calibration::fit(&outcomes, &Calibration::default());
        assert!((line.slope - slope).abs() < 0.02 && (line.offset - offset).abs() < 0.02, "{line:?}");
    }

    #[test]
    fn a_lead_that_tells_right_from_wrong_is_learnt() {
        let outcome = |lead: f64, truth| Outcome { standing: Standing { lead, ..standing(0.0) }, truth, weight: 50.0 };
        let line = Calibration::fit(&[outcome(3.0, 0.9), outcome(0.1, 0.4)], &Calibration::default());
        assert!(line.ahead > 0.5, "{line:?}");
        // A negative weight of the lead would reverse the order.
        let line = Calibration::fit(&[outcome(3.0, 0.1), outcome(0.1, 0.9)], &Calibration::default());
        assert_eq!(line.ahead, 0.0);
    }

    #[test]
    fn presence_learns_that_many_equal_candidates_are_a_sign_of_the_product() {
        let asked = |others: f64, truth| Asked {
            support: Support { best: -2.0, above: 0.0, others, stated: 1.0 },
            truth,
            weight: 50.0,
        };
        let presence = Presence::fit(&[asked(2.5, 0.9), asked(0.0, 0.2)], &Presence::default());
        assert!(presence.others > 0.5 && presence.is_sound(), "{presence:?}");
        assert_eq!(Presence::fit(&[], &Presence::default()), Presence::default());
    }

    #[test]
    fn too_little_to_learn_from_changes_little_and_is_sound() {
        assert_eq!(Calibration::fit(&[], &Calibration::default()), Calibration::default());
        for log_odds in [0.0, 30.0, -700.0] {
            for truth in [0.0, 1.0] {
                let outcome = Outcome { standing: standing(log_odds), truth, weight: 1.0 };
                let line = Calibration::fit(&[outcome], &Calibration::default());
                assert!(line.is_sound(), "{line:?}");
            }
        }
    }
}
