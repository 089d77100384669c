//! What two different listings of a catalogue have in common by chance.

use serde::{Deserialize, Serialize};

/// Cosines between one encoder's vectors of different listings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Background {
    pub mean: f32,
    /// Standard deviation, above 0.
    pub deviation: f32,
}

impl Background {
    /// How many standard deviations a value lies above the mean, −4 to 16.
    pub fn standardised(self, value: f32) -> f32 {
        ((value - self.mean) / self.deviation).clamp(-4.0, 16.0)
    }
}
