//! The evidence for one pair of query and listing.

use serde::Serialize;

/// One value a lane; a lane that either side does not have is missing, not zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Lanes {
    /// Cosine of the pictures' vectors, −1 to 1; the mean over the image encoders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<f32>,
    /// Cosine of the titles' vectors, −1 to 1; the mean over the text encoders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<f32>,
    /// Bits in which the perceptual hashes differ, 0 to 64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phash: Option<u32>,
}
