//! `y = activation((a · gain + bias) + b)`, or times `b`, of each value alone; every part but the input may be left out.

pub mod activation;
pub mod add;
pub mod affine;
mod cases;
pub mod multiply;
mod twin;

use super::{
    Activation, Bindings, Buffers, Case, Cost, Kernel, Numbers, Shader, Shape, Tensors, Variants, parameters, wgsl,
};
use crate::Result;
pub use twin::twin;

parameters! {
    /// `a` and `y` `[rows, width]` f32, `b` `[rows, width]` or `[width]` f32, `gain` and `bias` `[width]` f32; `width` is a
    /// multiple of 4.
    pub struct Params {
        pub rows: u32,
        pub width: u32,
        /// [`super::Activation::code`].
        pub activation: u32,
        /// 1 where there is a gain.
        pub scaled: u32,
        pub gain: u32,
        /// 1 where there is a bias.
        pub biased: u32,
        pub bias: u32,
        /// [`ALONE`], [`ADD`] or [`MULTIPLY`].
        pub second: u32,
        /// 1 where `b` is one row for all rows of `a`.
        pub broadcast: u32,
    }
}

/// There is no `b`.
pub const ALONE: u32 = 0;
/// `b` is added.
pub const ADD: u32 = 1;
/// The product with `b`.
pub const MULTIPLY: u32 = 2;

impl Params {
    /// Of the activation alone.
    pub fn new(rows: u32, width: u32, activation: u32) -> Self {
        Params { rows, width, activation, ..bytemuck::Zeroable::zeroed() }
    }

    /// The same for the node that makes `output` of such an input.
    fn of(tensors: &dyn Tensors, output: &str, input: Shape, activation: Activation) -> Result<Self> {
        tensors.multiple(&format!("channels of {output}"), input.channels, 4)?;
        Ok(Params::new(input.rows(), input.channels, activation.code()))
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "elementwise"
    }

    fn shader(&self, _: Variants) -> Shader {
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
                ("ACTIVATION", self.activation),
                ("SCALED", self.scaled),
                ("BIASED", self.biased),
                ("ADD", u32::from(self.second == ADD)),
                ("MULTIPLY", u32::from(self.second == MULTIPLY)),
                ("BROADCAST", self.broadcast),
            ],
            files: &[wgsl!("elementwise.wgsl")],
        }
    }

    /// A thread makes four values.
    fn threads(&self, _: Variants) -> u32 {
        self.rows * (self.width / 4)
    }

    fn rows_mut(&mut self) -> Option<&mut u32> {
        Some(&mut self.rows)
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    /// An activation counts as five operations, as hard-swish has.
    fn cost(&self) -> Cost {
        let (width, values) = (u64::from(self.width), u64::from(self.rows) * u64::from(self.width));
        let second = u64::from(self.second != ALONE);
        let parts = u64::from(self.scaled + self.biased);
        let activation = 5 * u64::from(self.activation != 0);
        let other = second * if self.broadcast == 1 { width } else { values };
        Cost::new(values * (parts + second + activation), 4 * width * parts, values + other, values)
    }

    fn shape(&self) -> String {
        format!("{} × {}", self.rows, self.width)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        cases::all(numbers)
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        cases::case(numbers, Params { rows: 13, width: 20, ..*self })
    }

    fn plain_words(&mut self) -> Vec<(&mut u32, usize)> {
        let width = self.width as usize;
        vec![(&mut self.gain, width * self.scaled as usize), (&mut self.bias, width * self.biased as usize)]
    }
}
