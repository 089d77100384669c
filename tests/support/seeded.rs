//! Seeded weights and inputs, as `tests/reference/seeded.py` defines them.

// Each test file takes what it needs.
#![allow(dead_code)]

use serde::Deserialize;

const SEED: u64 = 20_261_129;

/// A tensor of a reference model's checkpoint.
#[derive(Deserialize)]
pub struct Key {
    pub key: String,
    pub shape: Vec<usize>,
    pub kind: String,
}

/// The values v in −1..1 of a key.
fn symmetric(key: &str, count: usize) -> impl Iterator<Item = f32> {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let state = hash ^ SEED;
    (1..=count as u64).map(move |i| {
        let mut z = state.wrapping_add(i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        2.0 * ((z >> 40) as f32 / (1 << 24) as f32) - 1.0
    })
}

/// An input of that many values.
pub fn input(key: &str, count: usize) -> Vec<f32> {
    symmetric(key, count).collect()
}

impl Key {
    /// Whether it holds floating-point numbers.
    pub fn is_float(&self) -> bool {
        self.kind != "counter"
    }

    /// The tensor's values for a model of that gain.
    pub fn values(&self, gain: f64) -> Vec<f32> {
        let count = self.shape.iter().product();
        let of = |map: &dyn Fn(f32) -> f32| symmetric(&self.key, count).map(map).collect();
        match self.kind.as_str() {
            "kernel" => {
                let bound = ((6.0 / self.fan_in() as f64).sqrt() * gain) as f32;
                of(&|v| v * bound)
            }
            "bias" | "mean" => of(&|v| v * 0.1),
            "scale" => of(&|v| 1.0 + v * 0.1),
            "variance" => of(&|v| 1.0 + v * 0.5),
            "embedding" => of(&|v| v * 0.05),
            other => panic!("no values for a tensor of kind {other}"),
        }
    }

    fn fan_in(&self) -> usize {
        let last = self.key.rsplit(['/', '.']).next().unwrap();
        match (last, self.shape.as_slice()) {
            ("depthwise_kernel", [height, width, ..]) | ("kernel", [height, width, _, 1]) => height * width,
            ("kernel" | "pointwise_kernel", shape) => shape[..shape.len() - 1].iter().product(),
            (_, shape) => shape[1..].iter().product(),
        }
    }
}
