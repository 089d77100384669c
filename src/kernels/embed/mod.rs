//! `y[i] = table[tokens[i]] + positions[i]`, straight from the quantised tables; without positions `y[i] = table[tokens[i]]`.

mod cases;
mod node;
mod twin;

use super::{Bindings, Buffers, Case, Cost, Kernel, Numbers, Shader, Variants, parameters, wgsl};
pub use node::Node;
pub use twin::twin;

parameters! {
    /// `a`: tokens `[rows]` u32 (their bits in f32s); `y` `[rows, width]` f32. `table` is int4 in blocks of 32
    /// (`table_is_int4` 1) or int8 with a scale a row; `positions` is int8 `[at least rows, width]`, and not read where
    /// `has_positions` is 0. `width` is a multiple of 32.
    pub struct Params {
        pub rows: u32,
        pub width: u32,
        /// Rows of the table; a token past it reads the last row.
        pub vocabulary: u32,
        pub table_is_int4: u32,
        pub table: u32,
        pub table_scale: u32,
        pub has_positions: u32,
        pub positions: u32,
        pub position_scale: u32,
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "embed"
    }

    fn shader(&self, _: Variants) -> Shader {
        Shader {
            name: self.name(),
            parameters: Params::WGSL,
            buffers: Buffers {
                weights: Some("weights: array<u32>"),
                a: "tokens: array<u32>",
                b: None,
                y: "y: array<vec4<f32>>",
            },
            constants: Vec::new(),
            files: &[wgsl!("embed.wgsl")],
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

    fn cost(&self) -> Cost {
        let (rows, width) = (u64::from(self.rows), u64::from(self.width));
        let table = if self.table_is_int4 == 1 { width / 2 + width / 16 } else { width + 4 };
        let positions = u64::from(self.has_positions) * (width + 4);
        Cost::new(rows * width * 3, rows * (table + positions), rows, rows * width)
    }

    fn shape(&self) -> String {
        format!("{} of {} × {}", self.rows, self.vocabulary, self.width)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(int4, positions)| cases::case(numbers, 7, 96, int4, positions)).into()
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        cases::case(numbers, 7, 96, self.table_is_int4, self.has_positions)
    }

    fn plain_words(&mut self) -> Vec<(&mut u32, usize)> {
        let (rows, width, vocabulary) = (self.rows as usize, self.width as usize, self.vocabulary as usize);
        let (table, scales) = match self.table_is_int4 {
            1 => (vocabulary * width / 8, (vocabulary * width / 32).div_ceil(2)),
            _ => (vocabulary * width / 4, vocabulary),
        };
        // Of the positions, the rows that a call can reach.
        let reached = if self.has_positions == 1 { rows } else { 0 };
        vec![
            (&mut self.table, table),
            (&mut self.table_scale, scales),
            (&mut self.positions, reached * width / 4),
            (&mut self.position_scale, reached),
        ]
    }
}
