//! What a kernel has to do whatever the device: its arithmetic, and the bytes that have to move at least once.

/// Of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Cost {
    /// Additions and multiplications; a product that is added counts as two.
    pub flops: u64,
    /// Weights, scales, biases and inputs, each once.
    pub bytes_read: u64,
    pub bytes_written: u64,
}

impl Cost {
    /// Of a call that reads `weights` bytes of weights and `values_read` f32, and writes `values_written` f32.
    pub fn new(flops: u64, weights: u64, values_read: u64, values_written: u64) -> Self {
        Cost { flops, bytes_read: weights + 4 * values_read, bytes_written: 4 * values_written }
    }
}
