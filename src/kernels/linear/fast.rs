use super::layout::Layout;
use super::tile::{Block, applies, panel};
use super::{Params, Prepared};
use crate::kernels::vector::{InstructionSet, Scale, Unit, Work, quantise};
use crate::kernels::{Activations, Form, Layer, Output, Scratch, activate_all};

/// Rows that are worked on together: their codes stay in the cache while the weights go by.
pub(in crate::kernels) const BLOCK_ROWS: usize = 48;
/// Shortest row that gets a scale of its own; finding it takes longer than multiplying a short one, so short ones (pixels of
/// few channels, much alike) share that of their block.
const MIN_SCALED_ROW: usize = 256;
/// Longest inner sum that cannot overflow, for the widest codes.
const MAX_INNER: usize = 4096;

/// A layer of an encoder.
pub(super) struct Linear {
    product: Prepared,
    codes_in: bool,
}

impl Linear {
    /// Takes the weights of `params` out of the pack's words.
    pub fn new(params: &Params, words: &[u32], form: Form) -> Self {
        let product = Prepared::new(params, words, form.set, form.codes_out);
        Linear { product, codes_in: form.codes_in }
    }
}

impl Layer for Linear {
    fn run(&self, rows: usize, x: &[f32], residual: Option<&[f32]>, y: &mut [f32], scratch: &mut Scratch) {
        let x = if self.codes_in { Activations::Codes(bytemuck::cast_slice(x)) } else { Activations::Floats(x) };
        let y = if self.product.codes_out {
            Output::Codes(bytemuck::cast_slice_mut(y))
        } else {
            Output::Floats(y, residual)
        };
        self.product.run(rows, x, y, scratch);
    }
}

impl Prepared {
    /// Takes the weights of `params` out of the pack's words; with `codes_out` the layer, which ends in a ReLU6, writes codes.
    pub fn new(params: &Params, words: &[u32], set: InstructionSet, codes_out: bool) -> Self {
        set.run(Layout::new(params, words, set, codes_out))
    }

    /// Whether the sums of a layer with that inner width over a ReLU6's codes stay in range.
    pub fn takes_codes(params: &Params) -> bool {
        params.inner as usize <= MAX_INNER
    }

    /// `x` `[rows, inner]`, `residual` and `y` `[rows, outer]`.
    pub fn run(&self, rows: usize, x: Activations, y: Output, scratch: &mut Scratch) {
        self.set.run(Product { prepared: self, rows, x, y, scratch });
    }
}

struct Product<'a> {
    prepared: &'a Prepared,
    rows: usize,
    x: Activations<'a>,
    y: Output<'a>,
    scratch: &'a mut Scratch,
}

impl Work for Product<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<U: Unit>(self) {
        let Product { prepared: p, rows, x, y, scratch } = self;
        let block_rows = BLOCK_ROWS.min(rows);
        scratch.scales.resize(block_rows, Scale::default());
        scratch.codes.resize((block_rows * p.inner * size_of::<U::Code>()).div_ceil(4), 0);
        let (given, all_codes): (Option<&[f32]>, &[U::Code]) = match x {
            Activations::Floats(x) => (Some(&x[..rows * p.inner]), &[]),
            Activations::Codes(codes) | Activations::Scaled(codes, _) => {
                (None, &bytemuck::cast_slice(codes)[..rows * p.inner])
            }
        };
        let applied = applies(p.activation);
        let (tiles_residual, later_residual) = match &y {
            Output::Floats(_, residual) => {
                let residual = residual.map(|r| &r[..rows * p.outer]);
                if applied { (residual, None) } else { (None, residual) }
            }
            Output::Codes(_) => (None, None),
        };
        let residual = tiles_residual.map_or(std::ptr::null(), <[f32]>::as_ptr);
        let (floats, out_codes): (*mut f32, *mut U::Code) = match y {
            Output::Floats(y, _) => (y[..rows * p.outer].as_mut_ptr(), std::ptr::null_mut()),
            Output::Codes(codes) => {
                let codes: &mut [U::Code] = bytemuck::cast_slice_mut(codes);
                (std::ptr::null_mut(), codes[..rows * p.outer].as_mut_ptr())
            }
        };
        assert_eq!(p.codes_out, floats.is_null(), "a layer writes what it was laid out for");
        match x {
            Activations::Floats(_) => {}
            Activations::Codes(_) => scratch.scales[0] = Scale::relu6::<U>(),
            Activations::Scaled(_, scale) => scratch.scales[0] = scale,
        }
        let scaled_rows = given.is_some() && p.inner >= MIN_SCALED_ROW;
        for first in (0..rows).step_by(BLOCK_ROWS) {
            let count = BLOCK_ROWS.min(rows - first);
            let codes = match given {
                Some(x) => {
                    let codes: &mut [U::Code] = bytemuck::cast_slice_mut(&mut scratch.codes);
                    let together = if scaled_rows { 1 } else { count };
                    let x = x[first * p.inner..][..count * p.inner].chunks_exact(together * p.inner);
                    let parts = x.zip(codes.chunks_exact_mut(together * p.inner)).zip(&mut scratch.scales);
                    for ((x, codes), scale) in parts {
                        // SAFETY: the caller has detected the unit.
                        *scale = unsafe { quantise::<U>(x, codes, p.inner) };
                    }
                    codes.as_ptr()
                }
                None => all_codes[first * p.inner..].as_ptr(),
            };
            // SAFETY: `first` is a row of the outputs, checked above to have `rows` of them; null stays null.
            let block = unsafe {
                let at = first * p.outer;
                Block::<U> {
                    codes,
                    scales: scratch.scales.as_ptr(),
                    scaled_rows,
                    floats: if floats.is_null() { floats } else { floats.add(at) },
                    residual: if residual.is_null() { residual } else { residual.add(at) },
                    out_codes: if out_codes.is_null() { out_codes } else { out_codes.add(at) },
                }
            };
            let mut column = 0;
            while column < p.outer {
                // SAFETY: as above; the panel that begins at `column` has that many vectors.
                unsafe {
                    if p.outer - column > U::LANES {
                        panel::<U, 2>(p, &block, column, count);
                    } else {
                        panel::<U, 1>(p, &block, column, count);
                    }
                }
                column += 2 * U::LANES;
            }
            if !applied {
                // SAFETY: as above; such a layer writes f32, and a block has `count` rows.
                let y = unsafe { std::slice::from_raw_parts_mut(block.floats, count * p.outer) };
                activate_all(y, p.activation);
                if let Some(residual) = later_residual {
                    y.iter_mut().zip(&residual[first * p.outer..]).for_each(|(y, more)| *y += more);
                }
            }
        }
    }
}
