//! How a convolution moves over its input.

use serde::{Deserialize, Serialize};

/// A square filter, its stride and its padding, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Side of the square filter.
    pub size: u32,
    pub stride: u32,
    /// Zeros before the first row and column.
    pub pad_before: u32,
    /// Zeros after the last row and column; TensorFlow's SAME padding makes it differ from `pad_before` at stride 2.
    pub pad_after: u32,
}

impl Window {
    /// The window with TensorFlow's SAME padding: output side = ⌈input side / stride⌉.
    pub fn same(size: u32, stride: u32, input: u32) -> Self {
        let total = ((input.div_ceil(stride) - 1) * stride + size).saturating_sub(input);
        Window { size, stride, pad_before: total / 2, pad_after: total - total / 2 }
    }

    /// The side that [`Window::output`] makes this one of, the smallest one: the output side of a transposed convolution. `None`
    /// where nothing is left of it.
    pub fn input(&self, output: u32) -> Option<u32> {
        let reach = output.checked_sub(1)?.checked_mul(self.stride)?.checked_add(self.size)?;
        reach.checked_sub(self.pad_before)?.checked_sub(self.pad_after).filter(|side| *side > 0)
    }

    /// Output side in pixels of an input side, or `None` where the filter does not fit.
    pub fn output(&self, input: u32) -> Option<u32> {
        let padded = input.checked_add(self.pad_before)?.checked_add(self.pad_after)?;
        padded.checked_sub(self.size)?.checked_div(self.stride)?.checked_add(1)
    }
}
