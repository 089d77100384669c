//! How an operation stands in the graph of an encoder: a list of operations over named values, in the order they run.

use super::{Call, Tensors};
use crate::Result;

/// An operation of a graph. `weight` and the like are prefixes of the tensors that it reads: `<weight>.q8` (int8, a scale a row
/// in `<weight>.scale`, f32) or `<weight>.q4` (int4 in blocks of 32, scales f16), `<weight>.bias` (f32), and `<weight>.gain`
/// (f32) for a normalisation or an affine operation.
///
/// The values `pixels` (`[height, width, 3]` f32) and `tokens` (`[tokens]` u32) are there at the start; the one that the
/// last operation writes is the embedding.
pub trait Operation {
    /// The values that it reads and writes.
    fn values(&self) -> Values<'_>;

    /// The kernel call for an input of that shape (and a second one of the shape `other`, where [`Values`] names one) and the
    /// shape of its output, checked against the tensors and each other.
    ///
    /// # Errors
    /// A pack error where a tensor is missing or has another shape, or the kernel cannot take such inputs.
    fn lower(&self, tensors: &dyn Tensors, input: Shape, other: Option<Shape>) -> Result<(Call, Shape)>;
}

/// The names of the values of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Values<'a> {
    pub input: &'a str,
    /// Second input.
    pub other: Option<&'a str>,
    pub output: &'a str,
}

impl<'a> Values<'a> {
    /// Of an operation with one input.
    pub fn new(input: &'a str, output: &'a str) -> Self {
        Values { input, other: None, output }
    }
}

/// A value's shape, `[height, width, channels]`: rows of tokens have width 1.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub height: u32,
    pub width: u32,
    pub channels: u32,
    /// Whether there is a row for each token of the input, so that `height` is only the largest there can be.
    pub per_token: bool,
}

impl Shape {
    /// Pixels or tokens.
    pub fn rows(&self) -> u32 {
        self.height.saturating_mul(self.width)
    }

    /// Number of values; `None` where that is 0 or past 2²⁸.
    #[expect(clippy::len_without_is_empty, reason = "a shape that has a length is not empty")]
    pub fn len(&self) -> Option<usize> {
        let pixels = u64::from(self.height).checked_mul(self.width.into())?;
        let len = pixels.checked_mul(self.channels.into())?;
        (len > 0 && len < 1 << 28).then_some(len as usize)
    }
}
