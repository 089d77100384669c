//! Operations as the CPU engine runs them.

use super::vector::{InstructionSet, Scale};

/// What a call's weights are laid out for.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    pub set: InstructionSet,
    /// Whether the first input is codes of a ReLU6.
    pub codes_in: bool,
    /// Whether the output is.
    pub codes_out: bool,
}

impl Form {
    /// f32 in and out.
    pub fn floats(set: InstructionSet) -> Self {
        Form { set, codes_in: false, codes_out: false }
    }
}

/// A call with its weights laid out for the CPU.
pub trait Layer: Send + Sync {
    /// Runs the call over that many rows (1 for kernels over pixels, whose shapes are fixed). `x` and `y` are f32 or, where the
    /// [`Form`] says so, codes in the same memory; `residual` is f32.
    fn run(&self, rows: usize, x: &[f32], residual: Option<&[f32]>, y: &mut [f32], scratch: &mut Scratch);
}

/// What a product reads: f32, or codes of the instruction set as bytes, aligned for them.
#[derive(Clone, Copy)]
pub enum Activations<'a> {
    Floats(&'a [f32]),
    /// Of a ReLU6: from 0.
    Codes(&'a [u8]),
    /// Of any other scale.
    Scaled(&'a [u8], Scale),
}

/// What a product writes.
pub enum Output<'a> {
    /// With a residual or none.
    Floats(&'a mut [f32], Option<&'a [f32]>),
    /// The bytes of codes, aligned for them.
    Codes(&'a mut [u8]),
}

/// Memory that a run needs and the next one can use again, of whatever layer.
#[derive(Default)]
pub struct Scratch {
    /// Codes of a block of rows, and the scales of its rows.
    pub(super) codes: Vec<u32>,
    pub(super) scales: Vec<Scale>,
    /// Codes of a convolution's whole input, and of a row of its patches.
    pub(super) input: Vec<u32>,
    pub(super) patches: Vec<u32>,
    /// f32 for any use.
    pub(super) values: Vec<f32>,
}
