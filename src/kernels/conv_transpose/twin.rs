use super::Params;
use crate::kernels::words::{bytes, f32s};
use crate::kernels::{Bindings, activate};

/// The kernel in plain Rust: the reference of the GPU's and of the fast one.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let (inner, outer) = (params.in_channels as usize, params.out_channels as usize);
    let taps = (params.size * params.size) as usize;
    let (weights, filters) = (f32s(bindings.weights), &bytes(bindings.weights)[params.weight as usize * 4..]);
    let y = &mut y[..(params.out_height * params.out_width) as usize * outer];
    y.fill(0.0);
    for iy in 0..params.in_height as usize {
        params.visit(iy, |ix, tap, out| {
            let x = &bindings.a[(iy * params.in_width as usize + ix) * inner..][..inner];
            for (n, y) in y[out * outer..][..outer].iter_mut().enumerate() {
                let filter = &filters[(n * taps + tap) * inner..][..inner];
                *y += x.iter().zip(filter).map(|(x, w)| x * f32::from(*w as i8)).sum::<f32>();
            }
        });
    }
    for (i, y) in y.iter_mut().enumerate() {
        let (scale, bias) = (weights[params.scale as usize + i % outer], weights[params.bias as usize + i % outer]);
        *y = activate(*y * scale + bias, params.activation);
    }
}

impl Params {
    /// Calls `visit(ix, tap, out)` for each pixel of a row of the input and each tap of a filter that lies on the output there:
    /// where in the output, in pixels.
    pub(super) fn visit(&self, iy: usize, mut visit: impl FnMut(usize, usize, usize)) {
        let (size, stride, pad) = (self.size as usize, self.stride as usize, self.pad_before as usize);
        let (out_height, out_width) = (self.out_height as usize, self.out_width as usize);
        for ix in 0..self.in_width as usize {
            for tap in 0..size * size {
                // Cut off above or left: below zero wraps to a large number.
                let oy = (iy * stride + tap / size).wrapping_sub(pad);
                let ox = (ix * stride + tap % size).wrapping_sub(pad);
                if oy < out_height && ox < out_width {
                    visit(ix, tap, oy * out_width + ox);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::vector::InstructionSet;
    use crate::kernels::{Form, Kernel};

    /// Two pixels beside each other, 1 and 10 in their first channel, and one filter of 2 × 2 with weights 1 to 4 there, of four
    /// filters; the others are zero, with biases 0 to 3.
    fn run(params: Params) -> (Params, Vec<u32>, Vec<f32>, Vec<f32>) {
        let mut filters = [0u8; 4 * 4 * 4];
        (0..4).for_each(|tap| filters[tap * 4] = tap as u8 + 1);
        let mut weights: Vec<u32> = filters.chunks(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        weights.extend([1.0f32, 1.0, 1.0, 1.0, 0.5, 1.0, 2.0, 3.0].map(f32::to_bits));
        let a = vec![1.0, 0.0, 0.0, 0.0, 10.0, 0.0, 0.0, 0.0];
        let params = Params { weight: 0, scale: 16, bias: 20, ..params };
        let mut y = vec![f32::NAN; (params.out_height * params.out_width * 4) as usize];
        twin(&params, Bindings { weights: &weights, a: &a, b: &[] }, &mut y);
        (params, weights, a, y)
    }

    fn params(stride: u32, pad_before: u32, out_height: u32, out_width: u32) -> Params {
        Params {
            in_height: 1,
            in_width: 2,
            in_channels: 4,
            out_height,
            out_width,
            out_channels: 4,
            size: 2,
            stride,
            pad_before,
            ..bytemuck::Zeroable::zeroed()
        }
    }

    #[track_caller]
    fn assert_first_channel(params: Params, expected: &[f32]) {
        let (params, weights, a, y) = run(params);
        assert_eq!(y.chunks(4).map(|pixel| pixel[0] - 0.5).collect::<Vec<_>>(), expected);
        assert!(y.chunks(4).all(|pixel| pixel[1..] == [1.0, 2.0, 3.0]));
        let layer = params.layer(&weights, Form::floats(InstructionSet::best())).unwrap();
        let mut fast = vec![f32::NAN; y.len()];
        layer.run(1, &a, None, &mut fast, &mut Default::default());
        let near = fast.iter().zip(&y).all(|(fast, y)| (fast - y).abs() < 0.02);
        assert!(near, "expected {y:?}, found {fast:?}");
    }

    #[test]
    fn filters_stand_side_by_side_where_the_stride_is_their_size() {
        assert_first_channel(params(2, 0, 2, 4), &[1.0, 2.0, 10.0, 20.0, 3.0, 4.0, 30.0, 40.0]);
    }

    #[test]
    fn filters_that_overlap_are_added() {
        assert_first_channel(params(1, 0, 2, 3), &[1.0, 12.0, 20.0, 3.0, 34.0, 40.0]);
    }

    #[test]
    fn padding_is_cut_from_the_output() {
        assert_first_channel(params(2, 1, 1, 3), &[4.0, 30.0, 40.0]);
    }
}
