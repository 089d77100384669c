use crate::kernels::vector::InstructionSet;

/// As a cache line: a vector load across two of them takes twice as long.
#[repr(C, align(64))]
#[derive(Clone, Copy, bytemuck::Zeroable, bytemuck::Pod)]
pub(super) struct Line([i8; 64]);

/// Weights laid out for a vector unit, and the arithmetic of a layer: activations become whole numbers, each row or block of
/// rows with its own scale, products are summed exactly in i32.
pub struct Prepared {
    pub(super) set: InstructionSet,
    pub(super) inner: usize,
    pub(super) outer: usize,
    pub(super) activation: u32,
    pub(super) codes_out: bool,
    /// int8, in panels of two vectors of outputs: `[panel][inner / GROUP][panel width][GROUP]`; the last panel may be of one.
    /// Where codes are written, the outputs of a panel of two are in the order of
    /// [`Unit::interleave`](crate::kernels::vector::Unit::interleave).
    pub(super) weights: Vec<Line>,
    /// `[outer, padded to whole panels]` in the order of the weights, as the other two.
    pub(super) scales: Vec<f32>,
    pub(super) bias: Vec<f32>,
    /// The sum of an output's weights, scaled: what a code of zero other than 0 adds too much.
    pub(super) sums: Vec<f32>,
}

/// Most outputs of a panel on any instruction set.
const MAX_PANEL: u64 = 32;

impl Prepared {
    /// Most bytes that the weights of a layer of that inner and outer width take.
    pub fn bytes(inner: u32, outer: u32) -> u64 {
        let outer = u64::from(outer).next_multiple_of(MAX_PANEL);
        outer * (u64::from(inner) + 3 * 4)
    }
}
