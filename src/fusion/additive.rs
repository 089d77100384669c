use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FEATURES, Lane, Shape};

/// A sum of one curve a feature. In JSON the curves stand under their features' names: one that is not there adds nothing,
/// and an unknown name is an error that says which.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "Named", into = "Named")]
pub struct Additive {
    pub intercept: f64,
    /// In the order of [`FEATURES`].
    pub shapes: Vec<Shape>,
}

/// The form in JSON.
#[derive(Serialize, Deserialize)]
struct Named {
    intercept: f64,
    shapes: BTreeMap<String, Shape>,
}

impl TryFrom<Named> for Additive {
    type Error = String;

    fn try_from(mut named: Named) -> Result<Self, String> {
        let shapes = FEATURES.iter().map(|f| named.shapes.remove(f.name).unwrap_or_default()).collect();
        match named.shapes.into_keys().next() {
            Some(unknown) => {
                Err(format!("unknown feature `{unknown}`, expected one of {}", FEATURES.map(|f| f.name).join(", ")))
            }
            None => Ok(Additive { intercept: named.intercept, shapes }),
        }
    }
}

impl From<Additive> for Named {
    fn from(additive: Additive) -> Self {
        let named = FEATURES.iter().map(|f| f.name.to_string()).zip(additive.shapes);
        let shapes = named.filter(|(_, shape)| *shape != Shape::default()).collect();
        Named { intercept: additive.intercept, shapes }
    }
}

impl Additive {
    /// The log-odds of a pair.
    pub fn log_odds(&self, values: &[Option<f32>]) -> f64 {
        self.intercept + self.shapes.iter().zip(values).map(|(shape, value)| shape.log_odds(*value)).sum::<f64>()
    }

    /// What each lane that is there adds to the intercept. What a missing feature adds is a matter of the prior.
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

    /// Whether all curves are sound.
    pub fn is_sound(&self) -> bool {
        self.intercept.is_finite() && self.shapes.iter().all(Shape::is_sound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_found_by_their_features_names() {
        let json = r#"{"intercept":-1.0,"shapes":{"bm25":{"at":[0.0,1.0],"log_odds":[0.0,2.0],"missing":0.0}}}"#;
        let additive: Additive = serde_json::from_str(json).unwrap();
        let mut values = [None; FEATURES.len()];
        values[FEATURES.iter().position(|f| f.name == "bm25").unwrap()] = Some(1.0);
        // A value of a feature that the model does not have changes nothing.
        values[FEATURES.iter().position(|f| f.name == "price").unwrap()] = Some(-1.0);
        assert_eq!(additive.log_odds(&values), 1.0);
        assert_eq!(serde_json::to_string(&additive).unwrap(), json);
    }

    #[test]
    fn an_unknown_feature_is_named() {
        let json = r#"{"intercept":0.0,"shapes":{"smell":{"at":[],"log_odds":[],"missing":0.0}}}"#;
        let error = serde_json::from_str::<Additive>(json).unwrap_err().to_string();
        assert!(error.contains("unknown feature `smell`, expected one of image, "), "{error}");
    }
}
