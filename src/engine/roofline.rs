//! How long a plan would take on GPUs that are not here, at the least (Williams, Waterman and Patterson 2009, "Roofline").
//!
//! A call takes as long as its arithmetic at the GPU's peak or its bytes at full bandwidth, whichever is longer, and every
//! dispatch costs its launch. No kernel reaches the peak, so these are bounds and estimates, not measurements.

use serde::Serialize;

use super::Plan;
use crate::kernels::Cost;

/// A GPU as its maker describes it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Roof {
    pub gpu: &'static str,
    /// Peak arithmetic in f32.
    pub teraflops: f64,
    /// Memory bandwidth.
    pub gigabytes_per_second: f64,
}

/// Three GPUs that shoppers have.
pub const ROOFS: [Roof; 3] = [
    // 96 execution units of 16 operations a cycle at 1.35 GHz; LPDDR4X-4266 on 128 bits.
    Roof { gpu: "Intel Iris Xe (96 EU)", teraflops: 2.07, gigabytes_per_second: 68.3 },
    Roof { gpu: "Apple M2 (8 cores)", teraflops: 2.9, gigabytes_per_second: 100.0 },
    Roof { gpu: "NVIDIA GeForce RTX 3060", teraflops: 12.7, gigabytes_per_second: 360.0 },
];

/// What one dispatch costs beside its work, assumed: the pipeline drains between calls that depend on each other.
pub const LAUNCH_SECONDS: f64 = 5e-6;

impl Roof {
    /// Seconds that calls of those costs take, one after another.
    pub fn seconds(&self, costs: impl IntoIterator<Item = Cost>) -> f64 {
        let one = |cost: Cost| {
            let arithmetic = cost.flops as f64 / (self.teraflops * 1e12);
            let memory = (cost.bytes_read + cost.bytes_written) as f64 / (self.gigabytes_per_second * 1e9);
            arithmetic.max(memory) + LAUNCH_SECONDS
        };
        costs.into_iter().map(one).sum()
    }
}

impl Plan {
    /// The calls' costs for so many tokens; the number counts for nothing in a plan over pixels.
    pub fn costs(&self, tokens: u32) -> Vec<Cost> {
        self.calls(tokens).map(|call| call.cost()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOF: Roof = Roof { gpu: "test", teraflops: 1.0, gigabytes_per_second: 100.0 };

    #[test]
    fn a_call_takes_the_longer_of_arithmetic_and_memory_and_its_launch() {
        let heavy = Cost { flops: 2_000_000_000, bytes_read: 1_000, bytes_written: 0 };
        let wide = Cost { flops: 1_000, bytes_read: 60_000_000, bytes_written: 40_000_000 };
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
        near(ROOF.seconds([heavy]), 2e-3 + LAUNCH_SECONDS);
        near(ROOF.seconds([wide]), 1e-3 + LAUNCH_SECONDS);
        near(ROOF.seconds([heavy, wide]), 3e-3 + 2.0 * LAUNCH_SECONDS);
    }
}
