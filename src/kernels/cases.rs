//! Small seeded problems, for the self-test at start-up and for the tests.

use super::{Bindings, Call};

/// A call with all it reads.
pub struct Case {
    pub call: Call,
    pub weights: Vec<u32>,
    pub a: Vec<f32>,
    pub b: Vec<f32>,
    /// Length of the output.
    pub len: usize,
}

impl Case {
    /// A call with its weights and its first input, `len` values out.
    pub fn new(call: impl Into<Call>, weights: Layout, a: Vec<f32>, len: u32) -> Self {
        let weights = if weights.0.is_empty() { vec![0; 4] } else { weights.0 };
        Case { call: call.into(), weights, a, b: Vec::new(), len: len as usize }
    }

    /// The case with a second input.
    pub fn with_second(self, b: Vec<f32>) -> Self {
        Case { b, ..self }
    }

    /// What the twin makes of it.
    pub fn expected(&self) -> Vec<f32> {
        let mut y = vec![0.0; self.len];
        self.call.twin(self.bindings(), &mut y);
        y
    }

    pub fn bindings(&self) -> Bindings<'_> {
        Bindings { weights: &self.weights, a: &self.a, b: &self.b }
    }
}

/// Xorshift (Marsaglia 2003): the same numbers everywhere without a dependency in the shipped library.
pub struct Numbers(u32);

impl Default for Numbers {
    fn default() -> Self {
        Numbers(0x2545_f491)
    }
}

impl Numbers {
    /// Any 32 bits.
    pub fn word(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// In −1..1.
    pub fn f32(&mut self) -> f32 {
        (self.word() >> 8) as f32 / (1 << 23) as f32 - 1.0
    }

    /// `len` in −1..1.
    pub fn f32s(&mut self, len: u32) -> Vec<f32> {
        (0..len).map(|_| self.f32()).collect()
    }
}

/// Lays words one behind the other and says where each lies.
#[derive(Default)]
pub struct Layout(Vec<u32>);

impl Layout {
    fn words(&mut self, words: impl IntoIterator<Item = u32>) -> u32 {
        let offset = self.0.len() as u32;
        self.0.extend(words);
        offset
    }

    /// Any bytes: int8 weights, or pairs of int4 ones.
    pub fn codes(&mut self, numbers: &mut Numbers, count: u32) -> u32 {
        self.words((0..count.div_ceil(4)).map(|_| numbers.word()))
    }

    /// f32 in −`size`..`size`.
    pub fn floats(&mut self, numbers: &mut Numbers, count: u32, size: f32) -> u32 {
        self.words((0..count).map(|_| (numbers.f32() * size).to_bits()))
    }

    /// f16 in −0.02..0.02: scales of int4 blocks.
    pub fn halves(&mut self, numbers: &mut Numbers, count: u32) -> u32 {
        let mut half = || u32::from(half::f16::from_f32(numbers.f32() * 0.02).to_bits());
        self.words((0..count.div_ceil(2)).map(|_| half() | half() << 16))
    }
}
