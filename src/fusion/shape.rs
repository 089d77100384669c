use serde::{Deserialize, Serialize};

/// What a feature adds to the log-odds: a curve that never falls, so that more agreement is never held against a pair.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Shape {
    /// Values of the feature, rising.
    pub at: Vec<f32>,
    /// Log-odds there; straight lines between, level beyond the ends.
    pub log_odds: Vec<f32>,
    /// For a pair that lacks the feature; never above the last of `log_odds`.
    pub missing: f32,
}

impl Shape {
    /// The log-odds that a value adds.
    pub fn log_odds(&self, value: Option<f32>) -> f64 {
        let Some(value) = value else { return self.missing.into() };
        let above = self.at.partition_point(|at| *at <= value);
        match (above.checked_sub(1), self.at.get(above)) {
            (None, _) => self.log_odds.first().copied().unwrap_or_default().into(),
            (Some(below), None) => self.log_odds[below].into(),
            (Some(below), Some(next)) => {
                let share = f64::from(value - self.at[below]) / f64::from(next - self.at[below]);
                let (low, high) = (f64::from(self.log_odds[below]), f64::from(self.log_odds[above]));
                low + (high - low) * share
            }
        }
    }

    /// Whether it can be read and never falls.
    pub fn is_sound(&self) -> bool {
        let finite = |values: &[f32]| values.iter().all(|v| v.is_finite());
        let highest = self.log_odds.last().copied().unwrap_or(self.missing);
        self.at.len() == self.log_odds.len()
            && finite(&self.at)
            && finite(&self.log_odds)
            && self.missing.is_finite()
            && self.missing <= highest
            && self.at.is_sorted_by(|a, b| a < b)
            && self.log_odds.is_sorted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_a_line_between_its_points_and_level_beyond_them() {
        let shape = Shape { at: vec![0.0, 1.0, 3.0], log_odds: vec![-1.0, 1.0, 2.0], missing: 0.25 };
        let values = [None, Some(-5.0), Some(0.0), Some(0.5), Some(2.0), Some(3.0), Some(9.0)];
        assert_eq!(values.map(|v| shape.log_odds(v)), [0.25, -1.0, -1.0, 0.0, 1.5, 2.0, 2.0]);
        assert!(shape.is_sound());
    }

    #[test]
    fn a_falling_or_broken_shape_is_not_sound() {
        let shape = |at: &[f32], log_odds: &[f32], missing| Shape { at: at.into(), log_odds: log_odds.into(), missing };
        assert!(shape(&[], &[], 0.0).is_sound());
        let broken = [
            shape(&[0.0, 1.0], &[1.0, 0.0], 0.0),
            shape(&[1.0, 1.0], &[0.0, 1.0], 0.0),
            shape(&[0.0], &[0.0, 1.0], 0.0),
            shape(&[0.0], &[f32::NAN], 0.0),
            shape(&[0.0], &[1.0], 2.0),
        ];
        assert!(broken.iter().all(|shape| !shape.is_sound()));
    }
}
