use super::Params;
use crate::kernels::vector::InstructionSet;
use crate::kernels::words::f32s;
use crate::kernels::{Activations, Layer, Output, Scratch, activate_all, linear};

/// The convolution as a matrix product of the input's pixels with every tap of every filter, whose results are then added where
/// they belong (col2im), a row of the input at a time.
pub struct Prepared {
    params: Params,
    bias: Vec<f32>,
    product: linear::Prepared,
}

impl Prepared {
    /// Takes the filters of `params` out of the pack's words.
    pub fn new(params: &Params, words: &[u32], set: InstructionSet) -> Self {
        let (rows, outer) = (params.rows(), params.out_channels as usize);
        let len = (rows * params.in_channels / 4) as usize;
        let [scale, bias] = [params.scale, params.bias].map(|place| &f32s(words)[place as usize..][..outer]);
        // A row for each tap of each filter, tap by tap, the scale of each, and no bias: that is added once, not once a tap.
        let (filters, width) = (&words[params.weight as usize..][..len], params.in_channels as usize / 4);
        let taps = (params.size * params.size) as usize;
        let mut matrix = Vec::with_capacity(len + 2 * rows as usize);
        for tap in 0..taps {
            (0..outer).for_each(|n| matrix.extend_from_slice(&filters[(n * taps + tap) * width..][..width]));
        }
        (0..taps).for_each(|_| matrix.extend(scale.iter().map(|scale| scale.to_bits())));
        matrix.resize(len + 2 * rows as usize, 0);
        let product = linear::Params {
            rows: params.in_width,
            inner: params.in_channels,
            outer: rows,
            scale: len as u32,
            bias: len as u32 + rows,
            ..bytemuck::Zeroable::zeroed()
        };
        let product = linear::Prepared::new(&product, &matrix, set, false);
        Prepared { params: *params, bias: bias.to_vec(), product }
    }
}

impl Layer for Prepared {
    fn run(&self, _: usize, x: &[f32], _: Option<&[f32]>, y: &mut [f32], scratch: &mut Scratch) {
        let p = &self.params;
        let outer = p.out_channels as usize;
        let (width, rows, row_len) = (p.in_width as usize, p.rows() as usize, (p.in_width * p.in_channels) as usize);
        let y = &mut y[..(p.out_height * p.out_width) as usize * outer];
        y.chunks_exact_mut(outer).for_each(|y| y.copy_from_slice(&self.bias));
        let mut products = std::mem::take(&mut scratch.values);
        products.resize(width * rows, 0.0);
        for iy in 0..p.in_height as usize {
            let x = Activations::Floats(&x[iy * row_len..][..row_len]);
            self.product.run(width, x, Output::Floats(&mut products, None), scratch);
            p.visit(iy, |ix, tap, out| {
                let products = &products[ix * rows + tap * outer..][..outer];
                y[out * outer..][..outer].iter_mut().zip(products).for_each(|(y, product)| *y += product);
            });
        }
        scratch.values = products;
        activate_all(y, p.activation);
    }
}
