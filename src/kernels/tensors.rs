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
/// Largest filter: as many products of codes of 8 bits can be added in 32 bits.
const MAX_FILTER: u64 = 1 << 16;

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

    /// Where `weight`'s gain of that length lies.
    pub fn gain(&self, weight: &str, len: u32) -> Result<u32> {
        self.place(&format!("{weight}.gain"), Dtype::F32, len.into())
    }

    /// The second input's shape after checking that it has the rows of `like`, whatever the number of tokens, and as many
    /// channels.
    pub fn second(&self, what: &str, other: Option<Shape>, like: Shape) -> Result<Shape> {
        let key = |shape: &Shape| (shape.rows(), shape.per_token, shape.channels);
        other.filter(|other| key(other) == key(&like)).ok_or_else(|| {
            let found = other.map(|other| format!("{other:?}"));
            self.error(format!("{what} of shape {like:?}"), found.unwrap_or_default())
        })
    }

    /// Checks that a size is a multiple of what the kernels work on at a time.
    pub fn multiple(&self, what: &str, value: u32, of: u32) -> Result<()> {
        if value == 0 || !value.is_multiple_of(of) {
            return Err(self.error(format!("{what} a multiple of {of}"), value.to_string()));
        }
        Ok(())
    }

    /// Checks that an operation's input has the same number of rows whatever the number of tokens.
    pub fn pixels(&self, name: &str, input: Shape) -> Result<()> {
        match input.per_token {
            false => Ok(()),
            true => Err(self.error(format!("pixels for {name}"), format!("tokens: {input:?}"))),
        }
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

    /// Checks that a matrix is of int8 filters that a window of that many channels has, each padded to whole words.
    pub fn filters(&self, weight: &str, matrix: &Matrix, window: &Window, channels: u32) -> Result<()> {
        let size = u64::from(window.size.min(MAX_WINDOW + 1));
        let values = (size * size).saturating_mul(channels.into()).next_multiple_of(4);
        if u64::from(matrix.width) != values || matrix.is_int4 || values > MAX_FILTER {
            let expected = format!("{weight} of int8 filters of {values} values, at most {MAX_FILTER}");
            return Err(self.error(expected, matrix.width.to_string()));
        }
        Ok(())
    }

    /// Height and width of what a window makes of an input over pixels. Its sides and steps are bounded, and no window lies
    /// wholly in the padding.
    pub fn windowed(&self, weight: &str, window: &Window, input: Shape) -> Result<(u32, u32)> {
        self.moved(weight, window, input, Window::output)
    }

    /// Height and width of what a window makes of an input over pixels backwards, in a transposed convolution.
    pub fn windowed_back(&self, weight: &str, window: &Window, input: Shape) -> Result<(u32, u32)> {
        self.moved(weight, window, input, Window::input)
    }

    fn moved(
        &self,
        weight: &str,
        window: &Window,
        input: Shape,
        side: fn(&Window, u32) -> Option<u32>,
    ) -> Result<(u32, u32)> {
        self.pixels(weight, input)?;
        let steps = 1..=MAX_WINDOW;
        let is_bounded = steps.contains(&window.size)
            && steps.contains(&window.stride)
            && window.pad_before < window.size
            && window.pad_after < window.size;
        let sides = side(window, input.height).zip(side(window, input.width));
        sides
            .filter(|_| is_bounded)
            .ok_or_else(|| self.error(format!("a window of {weight} that fits {input:?}"), format!("{window:?}")))
    }
}
