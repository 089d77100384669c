//! `y = activation(x · weightᵀ + bias) + residual`; over pixels it is a 1×1 convolution.

mod cases;
mod fast;
mod layout;
mod node;
mod prepared;
mod tile;
mod twin;

use serde::{Deserialize, Serialize};

use super::vector::InstructionSet;
use super::{
    Bindings, Buffers, Case, Codes, Cost, Form, Kernel, Layer, Numbers, RELU6, Reads, Shader, SourceFile, Variants,
    WORKGROUP, parameters, wgsl,
};
pub(super) use fast::BLOCK_ROWS;
pub use node::Node;
pub use prepared::Prepared;
pub use twin::twin;

parameters! {
    /// Shapes and places; the offsets count 32-bit words in the pack's data.
    ///
    /// `x` `[rows, inner]` f32, `residual` and `y` `[rows, outer]` f32, all row-major. Weights `[outer, inner]` are int8 with a
    /// scale (f32) a row, or int4 in blocks of 32 along a row with a scale (f16) a block (`crate::pack::PackWriter::int4`).
    /// `inner` is a multiple of 4 (32 for int4), `outer` of 4.
    pub struct Params {
        pub rows: u32,
        pub inner: u32,
        pub outer: u32,
        /// 1 for int4 weights, 0 for int8.
        pub is_int4: u32,
        /// [`super::Activation::code`].
        pub activation: u32,
        pub weight: u32,
        pub scale: u32,
        pub bias: u32,
        /// 1 where a residual is added.
        pub residual: u32,
    }
}

/// How the GPU kernel shares the work out. Which is quickest depends on the adapter and on how many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tile {
    /// A thread makes 8 rows of 4 outputs.
    Narrow,
    /// A thread makes 8 rows of 8 outputs: fewer reads for each product, fewer threads, more registers.
    Wide,
    /// A workgroup makes 8 rows of 32 outputs, a thread an eighth of the sums of 8 rows of 4, which are added up in workgroup
    /// memory: most threads, for few rows on a GPU with many cores.
    Sliced,
}

/// Rows of every tile.
const ROWS: u32 = 8;
/// Threads that share the sums of a [`Tile::Sliced`].
const SLICES: u32 = 8;

impl Tile {
    pub const ALL: [Tile; 3] = [Tile::Narrow, Tile::Wide, Tile::Sliced];

    /// Whether threads wait for each other, which is very slow on software adapters.
    pub fn has_barriers(self) -> bool {
        self == Tile::Sliced
    }

    /// Groups of 4 outputs that a thread makes.
    fn groups(self) -> u32 {
        if self == Tile::Wide { 2 } else { 1 }
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        if self.is_int4 == 1 { "linear_q4" } else { "linear_q8" }
    }

    fn shader(&self, variants: Variants) -> Shader {
        let tile = variants.linear;
        let (files, halves): (&'static [SourceFile], _) = match self.is_int4 {
            1 => (&[wgsl!("linear.wgsl"), wgsl!("int4.wgsl")], 2),
            _ => (&[wgsl!("linear.wgsl"), wgsl!("int8.wgsl")], 1),
        };
        let sliced = u32::from(tile == Tile::Sliced);
        let constants = vec![
            ("ACTIVATION", self.activation),
            ("RESIDUAL", self.residual),
            ("ROWS", ROWS),
            ("GROUPS", tile.groups()),
            ("COLUMNS", 4 * tile.groups()),
            ("HALVES", halves),
            ("BLOCKED", halves - 1),
            ("UNBROKEN", 2 - halves),
            ("SLICED", sliced),
            ("WHOLE", 1 - sliced),
            ("SLICES", if sliced == 1 { SLICES } else { 1 }),
        ];
        let buffers = Buffers {
            weights: Some("weights: array<u32>"),
            a: "x: array<vec4<f32>>",
            b: Some("residual: array<vec4<f32>>"),
            y: "y: array<vec4<f32>>",
        };
        Shader { name: self.name(), parameters: Params::WGSL, buffers, constants, files }
    }

    fn threads(&self, variants: Variants) -> u32 {
        let groups = self.outer / 4;
        let tiles = self.rows.div_ceil(ROWS);
        match variants.linear {
            tile @ (Tile::Narrow | Tile::Wide) => tiles * groups.div_ceil(tile.groups()),
            Tile::Sliced => tiles * groups.div_ceil(WORKGROUP / SLICES) * WORKGROUP,
        }
    }

    fn rows_mut(&mut self) -> Option<&mut u32> {
        Some(&mut self.rows)
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        let (rows, inner, outer) = (u64::from(self.rows), u64::from(self.inner), u64::from(self.outer));
        let weights = match self.is_int4 {
            1 => inner * outer / 2 + inner * outer / 16 + 4 * outer,
            _ => inner * outer + 8 * outer,
        };
        let residual = u64::from(self.residual) * rows * outer;
        Cost::new(2 * rows * inner * outer, weights, rows * inner + residual, rows * outer)
    }

    fn shape(&self) -> String {
        format!("{} × {} → {}", self.rows, self.inner, self.outer)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        cases::all(numbers)
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        cases::like(numbers, self)
    }

    fn layer_bytes(&self) -> u64 {
        Prepared::bytes(self.inner, self.outer)
    }

    fn layer(&self, words: &[u32], form: Form) -> Option<Box<dyn Layer>> {
        Some(Box::new(fast::Linear::new(self, words, form)))
    }

    fn codes(&self, _: InstructionSet) -> Codes {
        let reads = if Prepared::takes_codes(self) { Reads::Either } else { Reads::Floats };
        Codes { reads, writes: self.activation == RELU6 && self.residual == 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_call_reads_its_weights_once_and_makes_a_product_for_each() {
        let params = Params {
            rows: 2,
            inner: 32,
            outer: 8,
            is_int4: 0,
            activation: 0,
            weight: 0,
            scale: 0,
            bias: 0,
            residual: 1,
        };
        assert_eq!(params.cost(), Cost { flops: 1024, bytes_read: 256 + 64 + 4 * (64 + 16), bytes_written: 64 });
        // Half a byte a weight, and a scale of two bytes for 32 of them.
        let int4 = Params { is_int4: 1, ..params };
        assert_eq!(int4.cost().bytes_read, 128 + 16 + 32 + 4 * (64 + 16));
    }
}
