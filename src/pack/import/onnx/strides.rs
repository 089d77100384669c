//! Shapes and strides of dense arrays.

use super::tensor::Reason;

/// Strides of a dense array in row-major order.
pub fn dense(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1usize; shape.len()];
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i].saturating_mul(shape[i]);
    }
    strides
}

/// The shape that two make together by ONNX's (NumPy's) rules of broadcasting.
pub fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>, Reason> {
    let rank = a.len().max(b.len());
    let size = |shape: &[usize], i: usize| (i + shape.len()).checked_sub(rank).map_or(1, |i| shape[i]);
    let both = (0..rank).map(|i| match (size(a, i), size(b, i)) {
        (a, b) if a == b => Some(a),
        (1, n) | (n, 1) => Some(n),
        _ => None,
    });
    both.collect::<Option<_>>().ok_or_else(|| format!("shapes {a:?} and {b:?} together"))
}

/// Strides over `shape` of a dense array of shape `from` that is broadcast to it.
pub fn broadcast_strides(from: &[usize], shape: &[usize]) -> Vec<usize> {
    let own = dense(from);
    let missing = shape.len() - from.len();
    (0..shape.len()).map(|i| if i < missing || from[i - missing] == 1 { 0 } else { own[i - missing] }).collect()
}

/// The offsets of all elements of a strided array, in row-major order.
pub struct Offsets<'a> {
    shape: &'a [usize],
    strides: &'a [usize],
    index: Vec<usize>,
    offset: usize,
    left: usize,
}

impl<'a> Offsets<'a> {
    pub fn new(shape: &'a [usize], strides: &'a [usize], offset: usize) -> Self {
        let left = shape.iter().product();
        Offsets { shape, strides, index: vec![0; shape.len()], offset, left }
    }
}

impl Iterator for Offsets<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let now = self.offset;
        for axis in (0..self.shape.len()).rev() {
            self.index[axis] += 1;
            self.offset += self.strides[axis];
            if self.index[axis] < self.shape[axis] {
                break;
            }
            self.offset -= self.strides[axis] * self.shape[axis];
            self.index[axis] = 0;
        }
        Some(now)
    }
}

/// An axis of ONNX, counted from the end where it is below 0.
pub fn axis(axis: i64, rank: usize) -> Result<usize, Reason> {
    let counted = if axis < 0 { axis.checked_add(rank as i64) } else { Some(axis) };
    counted.and_then(|a| usize::try_from(a).ok()).filter(|a| *a < rank).ok_or_else(|| format!("axis {axis} of {rank}"))
}

/// An index into an axis of that size, counted from the end where it is below 0.
pub fn index(index: i64, size: usize) -> Result<usize, Reason> {
    let counted = if index < 0 { index.checked_add(size as i64) } else { Some(index) };
    counted
        .and_then(|i| usize::try_from(i).ok())
        .filter(|i| *i < size)
        .ok_or_else(|| format!("index {index} of {size}"))
}

/// The shape that `Reshape` makes of `from`.
pub fn reshape(from: &[usize], wanted: &[i64], zero_is_size: bool) -> Result<Vec<usize>, Reason> {
    let failed = || format!("{from:?} reshaped to {wanted:?}");
    let total: usize = from.iter().product();
    let mut shape = Vec::with_capacity(wanted.len());
    let mut open = None;
    for (i, size) in wanted.iter().enumerate() {
        match *size {
            -1 if open.is_none() => {
                open = Some(i);
                shape.push(1);
            }
            0 if !zero_is_size => shape.push(*from.get(i).ok_or_else(failed)?),
            size => shape.push(usize::try_from(size).map_err(|_| failed())?),
        }
    }
    let known = shape.iter().try_fold(1usize, |p, n| p.checked_mul(*n)).ok_or_else(failed)?;
    if let Some(i) = open {
        shape[i] = total.checked_div(known).ok_or_else(failed)?;
    }
    let made = shape.iter().try_fold(1usize, |p, n| p.checked_mul(*n));
    if made == Some(total) { Ok(shape) } else { Err(failed()) }
}

/// The shape without the axes, or without all of size 1 where none are named.
pub fn squeeze(shape: &[usize], axes: Option<&[i64]>) -> Result<Vec<usize>, Reason> {
    let mut out: Vec<Option<usize>> = shape.iter().map(|n| Some(*n)).collect();
    match axes {
        Some(axes) => {
            for a in axes {
                let a = axis(*a, shape.len())?;
                if shape[a] != 1 {
                    return Err(format!("{shape:?} squeezed at axis {a}"));
                }
                out[a] = None;
            }
        }
        None => out.iter_mut().filter(|n| **n == Some(1)).for_each(|n| *n = None),
    }
    Ok(out.into_iter().flatten().collect())
}

/// The shape with axes of size 1 where they are named.
pub fn unsqueeze(shape: &[usize], axes: &[i64]) -> Result<Vec<usize>, Reason> {
    let rank = shape.len() + axes.len();
    let mut is_new = vec![false; rank];
    for a in axes {
        is_new[axis(*a, rank)?] = true;
    }
    let mut rest = shape.iter();
    let out: Option<Vec<_>> = is_new.into_iter().map(|new| if new { Some(1) } else { rest.next().copied() }).collect();
    out.filter(|_| rest.next().is_none()).ok_or_else(|| format!("{shape:?} unsqueezed at {axes:?}"))
}

/// Start, step and number of what a slice takes of an axis, as `Slice` defines it.
pub fn slice(start: i64, end: i64, step: i64, size: usize) -> Result<(usize, i64, usize), Reason> {
    let size = size as i64;
    if step == 0 {
        return Err("a slice with step 0".into());
    }
    if step < 0 {
        let clamp = |i: i64, low: i64| if i < 0 { i.saturating_add(size).max(low) } else { i.min(size - 1) };
        let (start, end) = (clamp(start, 0), clamp(end, -1));
        let count = (start - end).max(0) as u64;
        return Ok((start.max(0) as usize, step, count.div_ceil(step.unsigned_abs()) as usize));
    }
    let clamp = |i: i64| if i < 0 { i.saturating_add(size) } else { i }.clamp(0, size);
    let (start, end) = (clamp(start), clamp(end));
    let count = (end - start).max(0) as u64;
    Ok((start as usize, step, count.div_ceil(step as u64) as usize))
}
