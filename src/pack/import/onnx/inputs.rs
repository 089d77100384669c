//! What the inputs of a graph are: pixels, token ids, or what is the same for every unpadded text.

use std::collections::HashMap;

use super::file::Declared;
use super::lift::{Mapped, Tokens, Value};
use super::schema::element;
use super::tensor::Tensor;
use super::view::{Grid, View};
use crate::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Pixels,
    Tokens,
    /// 1 for each token: there is no padding.
    Mask {
        is_float: bool,
    },
    /// 0 for each token: there is one sentence.
    Types,
    /// 0, 1, 2 …
    Positions,
}

/// The size of pixels, and the values that a graph has them as.
pub struct Pixels {
    pub height: usize,
    pub width: usize,
    pub value: HashMap<String, Value>,
}

/// Largest side of an image in pixels.
const MAX_SIDE: usize = 4096;

/// What each input is, by its name and type.
pub fn kinds(inputs: &[Declared], place: &str) -> Result<Vec<(String, Kind)>> {
    let mut kinds = Vec::new();
    for input in inputs {
        let name = input.name.to_lowercase();
        let is_float = matches!(input.element, element::FLOAT | element::FLOAT16 | element::BFLOAT16 | element::DOUBLE);
        let rank = input.shape.as_ref().map(Vec::len);
        let kind = match rank {
            _ if name.contains("mask") => Some(Kind::Mask { is_float }),
            Some(4) if is_float => Some(Kind::Pixels),
            _ if is_float => None,
            _ if name.contains("type") || name.contains("segment") => Some(Kind::Types),
            _ if name.contains("position") => Some(Kind::Positions),
            Some(1 | 2) | None => Some(Kind::Tokens),
            _ => None,
        };
        let kind = kind.ok_or_else(|| {
            let found = format!("{:?} of element type {} and shape {:?}", input.name, input.element, input.shape);
            Error::pack("inputs that are pixels [1, 3, height, width] or token ids [1, tokens]", found, place)
        })?;
        kinds.push((input.name.clone(), kind));
    }
    let of = |kind| kinds.iter().filter(|(_, k)| *k == kind).map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    let all = [of(Kind::Pixels), of(Kind::Tokens)].concat();
    if all.len() == 1 {
        return Ok(kinds);
    }
    let found = if all.is_empty() { "none".into() } else { all.join(", ") };
    Err(Error::pack(
        "one input that is pixels or token ids (--output names the part of a file that is read)",
        found,
        place,
    ))
}

/// The values of all inputs but pixels, for so many tokens.
pub fn constants(kinds: &[(String, Kind)], tokens: usize) -> HashMap<String, Value> {
    let shape = || vec![1, tokens];
    let value = |kind: Kind| match kind {
        Kind::Pixels => None,
        Kind::Tokens => Some(Value::Tokens(Tokens { shape: shape(), is_comparison: false })),
        Kind::Mask { is_float: true } => Some(Value::Constant(Tensor::floats(shape(), vec![1.0; tokens]))),
        Kind::Mask { is_float: false } => Some(Value::Constant(Tensor::ints(shape(), vec![1; tokens]))),
        Kind::Types => Some(Value::Constant(Tensor::ints(shape(), vec![0; tokens]))),
        Kind::Positions => Some(Value::Constant(Tensor::ints(shape(), (0..tokens as i64).collect()))),
    };
    kinds.iter().filter_map(|(name, kind)| Some((name.clone(), value(*kind)?))).collect()
}

/// Most tokens of a text.
pub const MAX_TOKENS: usize = 8192;

/// The number of tokens that a file is made for, where it states one.
pub fn length(inputs: &[Declared]) -> Option<usize> {
    let of_texts = inputs.iter().filter(|i| i.shape.as_ref().is_some_and(|s| s.len() == 2));
    of_texts.filter_map(|i| i.shape.as_ref()?.last().copied().flatten()).next()
}

/// The input of an image encoder, `size` its height and width where the file leaves them open.
pub fn pixels(inputs: &[Declared], size: Option<(u32, u32)>, place: &str) -> Result<Pixels> {
    let misfit =
        |found: String| Error::pack("pixels of shape [1, 3, height, width] or [1, height, width, 3]", found, place);
    let input = inputs.iter().find(|i| i.shape.as_ref().is_some_and(|s| s.len() == 4));
    let input = input.ok_or_else(|| misfit("none".into()))?;
    let Some([batch, a, b, c]) = input.shape.as_deref() else { return Err(misfit("none".into())) };
    let found = || misfit(format!("{:?} of shape {:?}", input.name, input.shape));
    let (is_first, height, width) = match (a, c) {
        (_, Some(3)) if *a != Some(3) => (false, *a, *b),
        (Some(3) | None, _) => (true, *b, *c),
        _ => return Err(found()),
    };
    if batch.is_some_and(|n| n != 1) {
        return Err(misfit(format!("a batch of {batch:?}: export the model for one image, or for any number")));
    }
    let side = |stated: Option<usize>, wanted: Option<u32>| match (stated, wanted.map(|n| n as usize)) {
        (Some(stated), Some(wanted)) if stated != wanted => {
            Err(Error::argument("size", format!("{stated}, as the file states it"), wanted.to_string()))
        }
        (Some(n), _) | (None, Some(n)) if (1..=MAX_SIDE).contains(&n) => Ok(n),
        (None, None) => {
            Err(Error::argument("size", "the side of the image in pixels, which the file leaves open", "none"))
        }
        (Some(n), _) | (None, Some(n)) => {
            Err(Error::argument("size", format!("1 to {MAX_SIDE} pixels"), n.to_string()))
        }
    };
    let (height, width) = (side(height, size.map(|s| s.0))?, side(width, size.map(|s| s.1))?);
    let grid = Grid { height, width, channels: 3, per_token: false };
    let view = if is_first { View::channels_first(0, grid) } else { View::rows(0, &[1, height, width], 3) };
    Ok(Pixels { height, width, value: HashMap::from([(input.name.clone(), Value::Mapped(Mapped::of(view)))]) })
}
