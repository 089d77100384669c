//! The tensors of an encoder, as operations look them up when a graph becomes calls.

use safetensors::Dtype;

use super::{Shape, Window};
use crate::{Error, Result};

/// Where a tensor lies in a pack's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// First word.
    pub offset: u32,
    /// Length in words.
    pub len: u32,
}

/// Largest side and stride of a convolution's window.
const MAX_WINDOW: u32 = 63;

/// Tensors by name, which a pack has.
pub trait Tensors {
    /// The tensor of that name, if there is one.
    fn find(&self, name: &str) -> Option<&Tensor>;

    /// An error about the file that holds them.
    fn error(&self, expected: String, found: String) -> Error;
}

/// A quantised matrix.
#[derive(Debug, Clone, Copy)]
pub struct Matrix {
    pub rows: u32,
    pub width: u32,
    /// Where its codes and its scales lie.
    pub codes: u32,
    pub scale: u32,
    /// int4 in blocks of 32, with scales in f16; otherwise int8, a scale (f32) a row.
    pub is_int4: bool,
}

impl dyn Tensors + '_ {
    fn get(&self, name: &str) -> Result<&Tensor> {
        self.find(name).ok_or_else(|| self.error(format!("tensor {name}"), "none of that name".into()))
    }

    /// Where the tensor lies, after checking that it has that type and that many elements.
    pub fn place(&self, name: &str, dtype: Dtype, elements: u64) -> Result<u32> {
        let tensor = self.get(name)?;
        let found = tensor.shape.iter().try_fold(1u64, |product, n| product.checked_mul(*n as u64));
        if tensor.dtype != dtype || found != Some(elements) {
            let found = format!("{:?} of {:?}", tensor.shape, tensor.dtype);
            return Err(self.error(format!("{elements} values of {dtype:?} in {name}"), found));
        }
        Ok(tensor.offset)
    }

    /// Where `weight`'s bias of that length lies.
    pub fn bias(&self, weight: &str, len: u32) -> Result<u32> {
        self.place(&format!("{weight}.bias"), Dtype::F32, len.into())
    }

    /// Checks that a size is a multiple of what the kernels work on at a time.
    pub fn multiple(&self, what: &str, value: u32, of: u32) -> Result<()> {
        if value == 0 || !value.is_multiple_of(of) {
            return Err(self.error(format!("{what} a multiple of {of}"), value.to_string()));
        }
        Ok(())
    }

    /// The quantised matrix whose tensors begin with that name.
    pub fn matrix(&self, weight: &str) -> Result<Matrix> {
        let shape = |t: &Tensor| match t.shape[..] {
            [rows, width] if rows > 0 && width > 0 && rows < 1 << 24 && width < 1 << 24 => {
                Ok((rows as u32, width as u32))
            }
            _ => Err(self.error(format!("a matrix in {weight}"), format!("shape {:?}", t.shape))),
        };
        if let Some(tensor) = self.find(&format!("{weight}.q4")) {
            let (rows, half) = shape(tensor)?;
            let width = half * 2;
            self.multiple(&format!("width of {weight}"), width, 32)?;
            let codes = self.place(&format!("{weight}.q4"), Dtype::U8, u64::from(rows) * u64::from(half))?;
            let scale = self.place(&format!("{weight}.scale"), Dtype::F16, u64::from(rows) * u64::from(width / 32))?;
            return Ok(Matrix { rows, width, codes, scale, is_int4: true });
        }
        let (rows, width) = shape(self.get(&format!("{weight}.q8"))?)?;
        self.multiple(&format!("width of {weight}"), width, 4)?;
        let codes = self.place(&format!("{weight}.q8"), Dtype::I8, u64::from(rows) * u64::from(width))?;
        let scale = self.place(&format!("{weight}.scale"), Dtype::F32, u64::from(rows))?;
        Ok(Matrix { rows, width, codes, scale, is_int4: false })
    }

    /// Height and width of what a window makes of an input. Its sides and steps are bounded, and no window lies wholly in the
    /// padding.
    pub fn windowed(&self, weight: &str, window: &Window, input: Shape) -> Result<(u32, u32)> {
        let steps = 1..=MAX_WINDOW;
        let is_bounded = steps.contains(&window.size)
            && steps.contains(&window.stride)
            && window.pad_before < window.size
            && window.pad_after < window.size;
        let sides = window.output(input.height).zip(window.output(input.width));
        sides
            .filter(|_| is_bounded)
            .ok_or_else(|| self.error(format!("a window of {weight} that fits {input:?}"), format!("{window:?}")))
    }
}
