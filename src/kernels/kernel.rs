//! What an operation says about itself, so that nothing else has to know operations one by one.

use super::vector::InstructionSet;
use super::{Bindings, Case, Cost, Form, Layer, Numbers, Shader, Variants};

/// An operation, implemented for its parameters: `#[repr(C)]`, as the GPU kernel's uniform block holds them (see
/// [`parameters`](super::parameters)).
pub trait Kernel: bytemuck::Pod {
    /// Name of the kernel, in messages and in the label of its pipeline.
    fn name(&self) -> &'static str;

    /// The GPU kernel in that variant.
    fn shader(&self, variants: Variants) -> Shader;

    /// Threads that the GPU kernel needs in that variant.
    fn threads(&self, variants: Variants) -> u32;

    /// The parameter that counts rows (tokens); `None` for kernels over pixels, whose shapes are fixed.
    fn rows_mut(&mut self) -> Option<&mut u32> {
        None
    }

    /// Runs the kernel in plain Rust over the GPU kernel's bindings: the reference of all other forms.
    fn twin(&self, bindings: Bindings, y: &mut [f32]);

    /// Arithmetic and memory traffic of the call, whatever the device.
    fn cost(&self) -> Cost;

    /// The shapes of what goes in and comes out, for people.
    fn shape(&self) -> String;

    /// Problems with shapes that are no multiples of a tile, for the tests and the self-test.
    fn cases(numbers: &mut Numbers) -> Vec<Case>;

    /// A small problem for the very kernel that this call runs: specialised as the call is, with other sizes.
    fn like(&self, numbers: &mut Numbers) -> Case;

    /// Where the weights lie that the CPU engine reads as the pack holds them, with their lengths in words. Empty for a kernel
    /// without weights, and for one whose [`Layer`] keeps a layout of its own.
    fn plain_words(&mut self) -> Vec<(&mut u32, usize)> {
        Vec::new()
    }

    /// Bytes of the weights in the layout of [`Kernel::layer`], at most; 0 for a kernel without one.
    fn layer_bytes(&self) -> u64 {
        0
    }

    /// The CPU engine's form of the call with its weights, taken out of the pack's words; `None` where the twin is fast enough
    /// to be that form.
    fn layer(&self, words: &[u32], form: Form) -> Option<Box<dyn Layer>> {
        let (_, _) = (words, form);
        None
    }

    /// Whether the CPU engine's form can read and write codes on that instruction set.
    fn codes(&self, set: InstructionSet) -> Codes {
        let _ = set;
        Codes::NONE
    }

    /// Whether its first input should come from the instruction set's finest codes, because it amplifies rounding errors.
    fn amplifies_errors(&self) -> bool {
        false
    }
}

/// Which of its input and output the CPU engine's form of a call can have as codes (see [`super::vector`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codes {
    pub reads: Reads,
    /// It ends in a ReLU6, whose range the codes divide.
    pub writes: bool,
}

impl Codes {
    pub const NONE: Codes = Codes { reads: Reads::Floats, writes: false };
}

/// What the CPU engine's form of a call reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// f32 only.
    Floats,
    /// f32 or a ReLU6's codes.
    Either,
    /// A ReLU6's codes if it also writes codes, otherwise f32.
    AsWritten,
}
