//! What two different listings of a catalogue have in common by chance.

use serde::{Deserialize, Serialize};

/// Cosines between one encoder's vectors of different listings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Background {
    pub mean: f32,
    /// Standard deviation, above 0.
    pub deviation: f32,
}
