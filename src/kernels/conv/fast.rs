use super::Params;
use crate::kernels::linear;

/// The convolution as a matrix product over gathered patches (im2col, Chellapilla et al. 2006), a row of output at a time.
pub struct Prepared {
    params: Params,
    product: linear::Prepared,
}

impl Prepared {
    /// Takes the filters of `params` out of the pack's words.
    pub fn new(params: &Params, words: &[u32]) -> Self {
        let product = linear::Params {
            rows: params.out_width,
            inner: params.row_words * 4,
            outer: params.out_channels,
            activation: params.activation,
            weight: params.weight,
            scale: params.scale,
            bias: params.bias,
            residual: 0,
        };
        Prepared { params: *params, product: linear::Prepared::new(&product, linear::Format::Int8, words) }
    }

    /// Inputs and output as in [`Params`]; `patches` and `panel` are scratch.
    pub fn run(&self, x: &[f32], y: &mut [f32], patches: &mut Vec<f32>, panel: &mut Vec<f32>) {
        let p = &self.params;
        let (width, inner, channels) = (p.out_width as usize, p.row_words as usize * 4, p.in_channels as usize);
        for (oy, y) in y.chunks_exact_mut(width * p.out_channels as usize).take(p.out_height as usize).enumerate() {
            patches.clear();
            patches.resize(width * inner, 0.0);
            for (ox, patch) in patches.chunks_exact_mut(inner).enumerate() {
                p.taps(oy, ox, |tap, offset| {
                    patch[tap * channels..(tap + 1) * channels].copy_from_slice(&x[offset..offset + channels]);
                });
            }
            self.product.run(width, patches, None, y, panel);
        }
    }
}
