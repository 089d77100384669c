//! How alike two vectors or two colour histograms are.

use crate::catalogue::Background;

/// The mean cosine over the encoders of one kind, or the Bhattacharyya coefficient of colour histograms, which is the cosine of the
/// square roots of their bins; and the same in standard deviations from what the query and a listing have in common by chance:
/// encoders differ in how like everything is to everything.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    /// −1 to 1.
    pub cosine: f32,
    /// 0 is what chance gives; −4 to 16.
    pub standardised: f32,
}

impl Likeness {
    /// `None` where no encoder of the kind has both vectors.
    pub fn of(cosines: impl Iterator<Item = (f32, Background)>) -> Option<Self> {
        let (mut cosine, mut standardised, mut count) = (0.0, 0.0, 0.0);
        for (value, background) in cosines {
            cosine += value;
            standardised += background.standardised(value);
            count += 1.0;
        }
        (count > 0.0).then(|| Likeness { cosine: cosine / count, standardised: standardised / count })
    }
}
