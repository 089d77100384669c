//! `y = activation(x · weightᵀ + bias) + residual`; over pixels it is a 1×1 convolution.

mod fast;
mod layout;
mod tile;
mod twin;

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

use super::{Shader, WORKGROUP};

pub use fast::{Activations, Output, Prepared, Scratch};
pub use twin::twin;

/// How the weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `[outer, inner]` int8, a scale (f32) a row.
    Int8,
    /// `[outer, inner]` int4 in blocks of 32 along a row, a scale (f16) a block; see [`crate::pack::PackWriter::int4`].
    Int4,
}

/// Shapes and places; the offsets count 32-bit words in the pack's data.
///
/// `x` `[rows, inner]` f32, `residual` and `y` `[rows, outer]` f32, all row-major. `inner` is a multiple of 4 (32 for int4),
/// `outer` of 4.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct Params {
    pub rows: u32,
    pub inner: u32,
    pub outer: u32,
    /// [`super::activation_code`].
    pub activation: u32,
    pub weight: u32,
    pub scale: u32,
    pub bias: u32,
    /// 1 where a residual is added.
    pub residual: u32,
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

impl Params {
    /// Threads of the GPU kernel.
    pub fn threads(&self, tile: Tile) -> u32 {
        let groups = self.outer / 4;
        let tiles = self.rows.div_ceil(ROWS);
        match tile {
            Tile::Narrow | Tile::Wide => tiles * groups.div_ceil(tile.groups()),
            Tile::Sliced => tiles * groups.div_ceil(WORKGROUP / SLICES) * WORKGROUP,
        }
    }

    /// The GPU kernel.
    pub fn shader(&self, format: Format, tile: Tile) -> Shader {
        let (name, files, halves): (_, &'static [&'static str], _) = match format {
            Format::Int8 => ("linear_q8", &[include_str!("linear.wgsl"), include_str!("int8.wgsl")], 1),
            Format::Int4 => ("linear_q4", &[include_str!("linear.wgsl"), include_str!("int4.wgsl")], 2),
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
        Shader { name, constants, files }
    }
}
