use std::ops::Range;

use super::{MAX_OF_ALL, MEAN_OF_ALL, Params};
use crate::kernels::Bindings;

/// The kernel in plain Rust; the CPU engine runs it too, the compiler makes it vectors.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let channels = params.channels as usize;
    for oy in 0..params.out_height {
        let rows = params.span(oy, params.in_height, params.out_height);
        for ox in 0..params.out_width {
            let columns = params.span(ox, params.in_width, params.out_width);
            let y = &mut y[(oy * params.out_width + ox) as usize * channels..][..channels];
            let inside = rows.len() as u32 * columns.len() as u32;
            let is_padded = inside < params.size * params.size;
            let counts_padding = params.kind == MAX_OF_ALL && is_padded;
            y.fill(if params.is_largest() && !counts_padding { f32::NEG_INFINITY } else { 0.0 });
            for iy in rows.clone() {
                for ix in columns.clone() {
                    let x = &bindings.a[(iy * params.in_width + ix) as usize * channels..][..channels];
                    if params.is_largest() {
                        y.iter_mut().zip(x).for_each(|(y, x)| *y = if *x > *y { *x } else { *y });
                    } else {
                        y.iter_mut().zip(x).for_each(|(y, x)| *y += x);
                    }
                }
            }
            if !params.is_largest() {
                let count = if params.kind == MEAN_OF_ALL { params.size * params.size } else { inside };
                y.iter_mut().for_each(|y| *y /= count as f32);
            }
        }
    }
}

impl Params {
    /// The rows or columns of the input that lie in window `i`.
    fn span(&self, i: u32, input: u32, output: u32) -> Range<u32> {
        match self.size {
            // PyTorch's adaptive windows.
            0 => i * input / output..((i + 1) * input).div_ceil(output),
            size => {
                let first = i * self.stride;
                first.saturating_sub(self.pad_before)..(first + size - self.pad_before).min(input)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::pool::{MAX, MEAN};

    /// Of 3 × 3 pixels with 4 channels: 1 to 9, the same negated, and 0 beside.
    fn run(params: Params) -> Vec<[f32; 2]> {
        let a: Vec<f32> = (1..=9).flat_map(|i| [i as f32, -(i as f32), 0.0, 0.0]).collect();
        let mut y = vec![f32::NAN; (params.out_height * params.out_width * 4) as usize];
        twin(&params, Bindings { weights: &[], a: &a, b: &[] }, &mut y);
        assert!(y.chunks(4).all(|pixel| pixel[2..] == [0.0; 2]));
        y.chunks(4).map(|pixel| [pixel[0], pixel[1]]).collect()
    }

    /// Windows of 2 × 2 with a padding of 1 before and after.
    fn padded(kind: u32) -> Params {
        let (in_height, in_width, channels, out_height, out_width) = (3, 3, 4, 2, 2);
        Params { in_height, in_width, channels, out_height, out_width, kind, size: 2, stride: 2, pad_before: 1 }
    }

    #[test]
    fn the_largest_value_is_not_one_of_the_padding() {
        assert_eq!(run(padded(MAX)), [[1.0, -1.0], [3.0, -2.0], [7.0, -4.0], [9.0, -5.0]]);
    }

    #[test]
    fn the_largest_value_counts_padding_only_where_it_is_told_to() {
        assert_eq!(run(padded(MAX_OF_ALL)), [[1.0, 0.0], [3.0, 0.0], [7.0, 0.0], [9.0, -5.0]]);
    }

    #[test]
    fn a_mean_counts_padding_only_where_it_is_told_to() {
        assert_eq!(run(padded(MEAN)), [[1.0, -1.0], [2.5, -2.5], [5.5, -5.5], [7.0, -7.0]]);
        assert_eq!(run(padded(MEAN_OF_ALL)), [[0.25, -0.25], [1.25, -1.25], [2.75, -2.75], [7.0, -7.0]]);
    }

    #[test]
    fn adaptive_windows_overlap_where_sides_do_not_divide() {
        let adaptive = |out_height, out_width| Params { out_height, out_width, size: 0, ..padded(MEAN) };
        // Rows and columns 0 and 1, then 1 and 2.
        assert_eq!(run(adaptive(2, 2)), [[3.0, -3.0], [4.0, -4.0], [6.0, -6.0], [7.0, -7.0]]);
        assert_eq!(run(adaptive(1, 1)), [[5.0, -5.0]]);
        // More windows than pixels: row 0, rows 0 and 1, 1 and 2, 2.
        assert_eq!(run(adaptive(4, 1)), [[2.0, -2.0], [3.5, -3.5], [6.5, -6.5], [8.0, -8.0]]);
    }
}
