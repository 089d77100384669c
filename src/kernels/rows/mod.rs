//! Rows put together of rows of the inputs: beside each other, repeated, one of them, or with one before.

mod cases;
pub mod concat;
pub mod prepend;
pub mod take_row;
mod twin;
pub mod upsample;

use super::{Bindings, Buffers, Case, Cost, Kernel, Numbers, Shader, Shape, Tensors, Variants, parameters, wgsl};
use crate::Result;
pub use twin::twin;

parameters! {
    /// `a` `[rows, width]` f32; `width` is a multiple of 4. The other fields are for the kinds that name them, and otherwise 0.
    ///
    /// - [`CONCAT`]: `b` `[rows, other_width]` f32, `y` `[rows, width + other_width]`; `other_width` is a multiple of 4.
    /// - [`UPSAMPLE`]: `a` is `[rows / columns, columns, width]`, `y` `[factor · rows / columns, factor · columns, width]`.
    /// - [`TAKE_ROW`]: `y` `[width]`, the last row with `last` 1, otherwise the first one.
    /// - [`PREPEND`]: `y` `[rows + with_class, width]` plus `positions` of the same shape; with `with_class` 1 the row `class_token`
    ///   `[width]` comes first. Both are f32.
    pub struct Params {
        pub rows: u32,
        pub width: u32,
        pub kind: u32,
        pub other_width: u32,
        pub columns: u32,
        pub factor: u32,
        pub last: u32,
        pub with_class: u32,
        pub class_token: u32,
        pub positions: u32,
    }
}

/// Rows of two inputs side by side.
pub const CONCAT: u32 = 0;
/// Pixels repeated along both sides.
pub const UPSAMPLE: u32 = 1;
/// One row.
pub const TAKE_ROW: u32 = 2;
/// Positions added, after a row that comes first.
pub const PREPEND: u32 = 3;

impl Params {
    fn new(tensors: &dyn Tensors, output: &str, input: Shape, kind: u32) -> Result<Self> {
        tensors.multiple(&format!("channels of the input of {output}"), input.channels, 4)?;
        Ok(Params { rows: input.rows(), width: input.channels, kind, ..bytemuck::Zeroable::zeroed() })
    }

    /// Rows of the output.
    fn out_rows(&self) -> u32 {
        match self.kind {
            UPSAMPLE => self.rows * self.factor * self.factor,
            TAKE_ROW => 1,
            _ => self.rows + self.with_class,
        }
    }

    fn out_len(&self) -> u32 {
        self.out_rows() * (self.width + self.other_width)
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "rows"
    }

    fn shader(&self, _: Variants) -> Shader {
        let is = |kind| u32::from(self.kind == kind);
        Shader {
            name: self.name(),
            parameters: Params::WGSL,
            buffers: Buffers {
                weights: Some("weights: array<u32>"),
                a: "x: array<vec4<f32>>",
                b: Some("other: array<vec4<f32>>"),
                y: "y: array<vec4<f32>>",
            },
            constants: vec![
                ("CONCAT", is(CONCAT)),
                ("UPSAMPLE", is(UPSAMPLE)),
                ("TAKE_ROW", is(TAKE_ROW)),
                ("PREPEND", is(PREPEND)),
            ],
            files: &[wgsl!("rows.wgsl")],
        }
    }

    /// A thread makes four values.
    fn threads(&self, _: Variants) -> u32 {
        self.out_len() / 4
    }

    fn rows_mut(&mut self) -> Option<&mut u32> {
        Some(&mut self.rows)
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        let written = u64::from(self.out_len());
        let added = if self.kind == PREPEND { written } else { 0 };
        let read = match self.kind {
            UPSAMPLE => u64::from(self.rows) * u64::from(self.width),
            _ => written - u64::from(self.with_class * self.width),
        };
        Cost::new(added, 4 * (added + u64::from(self.with_class * self.width)), read, written)
    }

    fn shape(&self) -> String {
        let (rows, width) = (self.out_rows(), self.width + self.other_width);
        format!("{} × {} → {rows} × {width}", self.rows, self.width)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        cases::all(numbers)
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        cases::case(numbers, self.kind, self.last, self.with_class)
    }

    fn plain_words(&mut self) -> Vec<(&mut u32, usize)> {
        if self.kind != PREPEND {
            return Vec::new();
        }
        let (width, positions) = (self.width as usize, self.out_len() as usize);
        vec![(&mut self.class_token, width * self.with_class as usize), (&mut self.positions, positions)]
    }
}
