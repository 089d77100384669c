//! Logistic regression with weights of which some may not be negative: what both the curves and the calibration are fitted by.

use crate::fusion::probability;

/// One observation.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// Terms that are not 0, with the index of their weights.
    pub terms: Vec<(usize, f64)>,
    /// How surely it is a match, 0 to 1.
    pub truth: f64,
    /// How much it counts.
    pub weight: f64,
}

/// One weight to be found.
#[derive(Debug, Clone, Copy)]
pub struct Weight {
    /// What it is held near, and how strongly: the curvature of the hold.
    pub near: f64,
    pub hold: f64,
    /// Whether it may be below 0.
    pub may_be_negative: bool,
}

/// Newton steps at most, and sweeps over the weights within each.
const MAX_STEPS: usize = 40;
const MAX_SWEEPS: usize = 200;
/// How often a step is halved.
const MAX_HALVINGS: usize = 20;
/// No observation is taken to be flatter than this: far out, Newton's steps would overshoot.
const LEAST_CURVE: f64 = 0.01;

/// The weights under which the observations are likeliest: Newton's method, each step a quadratic problem with bounds that is
/// solved a weight at a time (Friedman, Hastie and Tibshirani 2010, "Regularization paths for generalized linear models via
/// coordinate descent", section 3).
pub fn fit(observations: &[Observation], weights: &[Weight]) -> Vec<f64> {
    let count = weights.len();
    let mut found: Vec<f64> = weights.iter().map(|w| w.near).collect();
    for _ in 0..MAX_STEPS {
        let mut gradient: Vec<f64> = (0..count).map(|i| weights[i].hold * (found[i] - weights[i].near)).collect();
        let mut curve = vec![0.0; count * count];
        (0..count).for_each(|i| curve[i * count + i] = weights[i].hold);
        for Observation { terms, truth, weight } in observations {
            let p = probability(terms.iter().map(|(i, term)| found[*i] * term).sum());
            let (error, flat) = (weight * (p - truth), weight * (p * (1.0 - p)).max(LEAST_CURVE));
            for (i, term) in terms {
                gradient[*i] += error * term;
                for (j, other) in terms {
                    curve[i * count + j] += flat * term * other;
                }
            }
        }
        let mut step = bounded_step(&gradient, &curve, &found, weights);
        // Far from the solution the quadratic is a poor picture: a step that does not help is halved.
        let before = cost(observations, weights, &found);
        let at = |step: &[f64]| found.iter().zip(step).map(|(weight, step)| weight + step).collect::<Vec<f64>>();
        let mut next = at(&step);
        for _ in 0..MAX_HALVINGS {
            if cost(observations, weights, &next) <= before {
                break;
            }
            step.iter_mut().for_each(|s| *s /= 2.0);
            next = at(&step);
        }
        found = next;
        let largest = step.iter().fold(0.0f64, |largest, s| largest.max(s.abs()));
        if largest < 1e-7 {
            break;
        }
    }
    found
}

/// What is minimised: the negative logarithm of the likelihood, and the hold.
fn cost(observations: &[Observation], weights: &[Weight], found: &[f64]) -> f64 {
    let hold: f64 = weights.iter().zip(found).map(|(w, at)| w.hold * (at - w.near).powi(2) / 2.0).sum();
    let of = |o: &Observation| {
        let log_odds: f64 = o.terms.iter().map(|(i, term)| found[*i] * term).sum();
        // ln(1 + e^z), which does not overflow.
        o.weight * (log_odds.max(0.0) + (-log_odds.abs()).exp().ln_1p() - o.truth * log_odds)
    };
    hold + observations.iter().map(of).sum::<f64>()
}

/// The step to the least of the quadratic with that gradient and curvature, keeping to the bounds.
fn bounded_step(gradient: &[f64], curve: &[f64], found: &[f64], weights: &[Weight]) -> Vec<f64> {
    let count = gradient.len();
    let mut step = vec![0.0; count];
    // The gradient at the step.
    let mut slope = gradient.to_vec();
    for _ in 0..MAX_SWEEPS {
        let mut largest = 0.0f64;
        for i in 0..count {
            let steepness = curve[i * count + i];
            if steepness <= 0.0 {
                continue;
            }
            let lowest = if weights[i].may_be_negative { f64::NEG_INFINITY } else { -found[i] };
            let next = (step[i] - slope[i] / steepness).max(lowest);
            let moved = next - step[i];
            if moved != 0.0 {
                step[i] = next;
                slope.iter_mut().zip(&curve[i * count..][..count]).for_each(|(s, c)| *s += moved * c);
                largest = largest.max(moved.abs());
            }
        }
        if largest < 1e-9 {
            break;
        }
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(may_be_negative: bool) -> Weight {
        Weight { near: 0.0, hold: 1e-6, may_be_negative }
    }

    /// At each of a few points as many matches as those weights predict.
    fn observations(intercept: f64, slope: f64) -> Vec<Observation> {
        let at = |x: f64| {
            let p = probability(intercept + slope * x);
            [(1.0, p), (0.0, 1.0 - p)].map(|(truth, weight)| Observation {
                terms: vec![(0, 1.0), (1, x)],
                truth,
                weight,
            })
        };
        (-6..=6).flat_map(|x| at(f64::from(x))).collect()
    }

    #[test]
    fn the_weights_that_made_the_observations_are_found() {
        let found = fit(&observations(-0.5, 1.5), &[weight(true), weight(false)]);
        assert!((found[0] + 0.5).abs() < 1e-3 && (found[1] - 1.5).abs() < 1e-3, "{found:?}");
    }

    #[test]
    fn a_weight_that_may_not_be_negative_stops_at_zero() {
        let found = fit(&observations(0.0, -1.0), &[weight(true), weight(false)]);
        assert_eq!(found[1], 0.0);
        assert!(fit(&observations(0.0, -1.0), &[weight(true), weight(true)])[1] < -0.9);
    }

    #[test]
    fn separated_observations_and_none_at_all_give_finite_weights() {
        let held = [Weight { near: 1.0, hold: 1.0, may_be_negative: true }; 2];
        assert_eq!(fit(&[], &held), [1.0, 1.0]);
        let apart = [-1e3, 1e3].map(|x| Observation { terms: vec![(1, x)], truth: f64::from(x > 0.0), weight: 9.0 });
        assert!(fit(&apart, &held).iter().all(|w| w.is_finite()));
    }
}
