use serde::{Deserialize, Serialize};

use super::{FEATURES, Lane, Shape};

/// A sum of one curve a feature.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Additive {
    pub intercept: f64,
    /// In the order of [`FEATURES`].
    pub shapes: Vec<Shape>,
}

impl Additive {
    /// The log-odds of a pair.
    pub fn log_odds(&self, values: &[Option<f32>]) -> f64 {
        self.intercept + self.shapes.iter().zip(values).map(|(shape, value)| shape.log_odds(*value)).sum::<f64>()
    }

    /// What each lane that is there adds to the intercept; what it says that one is missing is a matter of the prior.
    pub fn contributions(&self, values: &[Option<f32>]) -> Vec<(Lane, f64)> {
        let mut lanes: Vec<(Lane, f64)> = Vec::new();
        for ((feature, shape), value) in FEATURES.iter().zip(&self.shapes).zip(values) {
            let share = shape.log_odds(*value);
            let lane = if value.is_some() { feature.lane } else { Lane::Prior };
            match lanes.iter_mut().find(|(other, _)| *other == lane) {
                Some((_, sum)) => *sum += share,
                None => lanes.push((lane, share)),
            }
        }
        lanes
    }

    /// Whether it has a sound curve for each of the first `features`.
    pub fn is_sound(&self, features: usize) -> bool {
        self.intercept.is_finite() && self.shapes.len() == features && self.shapes.iter().all(Shape::is_sound)
    }
}
