//! Convolutions and the padding before them.

use std::sync::Arc;

use super::{Lift, Mapped, Read, Value};
use crate::kernels::{Activation, Window};
use crate::pack::import::onnx::draft::{Filters, Matrix, Operation};
use crate::pack::import::onnx::tensor::{Reason, Tensor, elements};
use crate::pack::import::onnx::view::{Grid, View};

/// Largest side of a window, as the kernels take it.
const MAX_SIDE: usize = 63;

/// A window as ONNX states it, for height and width.
#[derive(Debug, Clone, Copy)]
pub struct Stated {
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    pub dilation: [usize; 2],
    pub before: [usize; 2],
    pub after: [usize; 2],
    /// Whether a window that is only begun counts.
    pub ceil: bool,
}

/// A window of ours, and where the stated kernel lies in it.
pub struct Placed {
    pub window: Window,
    pub at: [usize; 2],
    pub output: [usize; 2],
}

impl Stated {
    /// The window of a node over an input of that height and width.
    pub fn read(read: &Read, kernel: [usize; 2], input: [usize; 2]) -> Result<Self, Reason> {
        let pair = |name: &str| -> Result<[usize; 2], Reason> {
            let values = read.node.ints(name).unwrap_or(&[1, 1]);
            let [a, b] = values else { return Err(format!("{name} {values:?}")) };
            let bounded = |v: i64| usize::try_from(v).ok().filter(|v| (1..1 << 16).contains(v));
            bounded(*a).zip(bounded(*b)).map(|(a, b)| [a, b]).ok_or_else(|| format!("{name} {values:?}"))
        };
        let (stride, dilation) = (pair("strides")?, pair("dilations")?);
        let ceil = read.node.int("ceil_mode", 0) != 0;
        let mut stated = Stated { kernel, stride, dilation, before: [0; 2], after: [0; 2], ceil };
        match read.node.text("auto_pad").unwrap_or("NOTSET") {
            "NOTSET" | "" => {
                let pads = read.node.ints("pads").unwrap_or(&[0; 4]);
                let pads: Option<Vec<usize>> =
                    pads.iter().map(|v| usize::try_from(*v).ok().filter(|v| *v < 1 << 16)).collect();
                let Some([top, left, bottom, right]) = pads.as_deref() else {
                    return Err("other padding than of two sides".into());
                };
                (stated.before, stated.after) = ([*top, *left], [*bottom, *right]);
            }
            "VALID" => {}
            same @ ("SAME_UPPER" | "SAME_LOWER") => {
                for a in 0..2 {
                    let reach = (input[a].div_ceil(stride[a]).max(1) - 1) * stride[a] + stated.extent(a);
                    let total = reach.saturating_sub(input[a]);
                    let half = if same == "SAME_UPPER" { total / 2 } else { total.div_ceil(2) };
                    (stated.before[a], stated.after[a]) = (half, total - half);
                }
            }
            other => return Err(format!("auto_pad {other}")),
        }
        Ok(stated)
    }

    /// How far the kernel reaches.
    fn extent(&self, axis: usize) -> usize {
        (self.kernel[axis].max(1) - 1) * self.dilation[axis] + 1
    }

    fn output(&self, axis: usize, input: usize) -> Option<usize> {
        let room = (input + self.before[axis] + self.after[axis]).checked_sub(self.extent(axis))?;
        let stride = self.stride[axis];
        if !self.ceil {
            return Some(room / stride + 1);
        }
        let count = room.div_ceil(stride) + 1;
        // A window that would begin in the padding after the input is none.
        Some(if (count - 1) * stride >= input + self.before[axis] { count - 1 } else { count })
    }

    /// A square window that makes the same, larger where the kernel is no square: what it adds is zero.
    pub fn square(&self, input: [usize; 2]) -> Result<Placed, Reason> {
        let failed = || format!("a window {self:?}");
        if self.stride[0] != self.stride[1] {
            return Err(failed());
        }
        let stride = self.stride[0];
        let before = self.before[0].max(self.before[1]);
        let at = [before - self.before[0], before - self.before[1]];
        let size = (at[0] + self.extent(0)).max(at[1] + self.extent(1));
        let mut output = [0; 2];
        let mut after = 0;
        for a in 0..2 {
            output[a] = self.output(a, input[a]).filter(|n| *n > 0).ok_or_else(failed)?;
            after = after.max(((output[a] - 1) * stride + size).saturating_sub(input[a] + before));
        }
        let window =
            Window { size: size as u32, stride: stride as u32, pad_before: before as u32, pad_after: after as u32 };
        let made = [0, 1].map(|a| window.output(input[a] as u32).map(|n| n as usize));
        let is_known = size <= MAX_SIDE && stride <= MAX_SIDE && before < size && after < size;
        if !is_known || made != output.map(Some) {
            return Err(failed());
        }
        Ok(Placed { window, at, output })
    }
}

impl Stated {
    /// The window of a pooling operation, which is square as it is.
    pub fn pooling(&self, input: [usize; 2]) -> Result<Placed, Reason> {
        let placed = self.square(input)?;
        let [height, width] = self.kernel;
        if height != width || self.dilation != [1, 1] || placed.at != [0, 0] || placed.window.size as usize != height {
            return Err(format!("a window {self:?}"));
        }
        Ok(placed)
    }
}

pub fn conv(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let weights = read.weights(1)?;
    let [out, inner, height, width] = weights.shape[..] else {
        return Err(format!("filters of shape {:?} (packs have two-dimensional ones)", weights.shape));
    };
    let (view, [before, after]) = lift.pixels(read.input(0)?)?;
    let grid = lift.grid(view.value);
    let groups = usize::try_from(read.node.int("group", 1)).unwrap_or(0);
    if groups == 0
        || inner.checked_mul(groups) != Some(grid.channels)
        || out % groups != 0
        || out == 0
        || height * width == 0
    {
        return Err(format!("{groups} groups of filters of shape {:?} over {} channels", weights.shape, grid.channels));
    }
    let mut stated =
        Stated::read(read, [height, width], [grid.height + before[0] + after[0], grid.width + before[1] + after[1]])?;
    for a in 0..2 {
        stated.before[a] += before[a];
        stated.after[a] += after[a];
    }
    let placed = stated.square([grid.height, grid.width])?;
    let bias = match read.inputs.get(2) {
        Some(Some(_)) => read.weights(2)?.to_floats().to_vec(),
        _ => vec![0.0; out],
    };
    if bias.len() != out {
        return Err(format!("{} biases for {out} filters", bias.len()));
    }
    let made = Grid { height: placed.output[0], width: placed.output[1], channels: out, per_token: false };
    let (mut input, activation) = (view.value, Activation::None);
    let is_pointwise = placed.window == Window { size: 1, stride: 1, pad_before: 0, pad_after: 0 };
    let operation = if is_pointwise && groups == 1 {
        let matrix = Matrix { values: weights.to_floats(), rows: out, width: inner };
        Operation::Linear { input, matrix, bias, activation, residual: None }
    } else if groups > 1 && inner == 1 {
        if out != groups {
            input = lift.repeated(input, out / groups)?;
        }
        let filters = filters(weights, &stated, &placed, 1)?;
        Operation::Depthwise { input, filters, bias, activation }
    } else {
        let filters = filters(weights, &stated, &placed, groups)?;
        Operation::Conv { input, filters, bias, activation }
    };
    let id = lift.push(operation, made);
    Ok(vec![Value::Mapped(Mapped::of(View::channels_first(id, made)))])
}

/// Filters `[out][in][y][x]` as `[out][y][x][in]`, where they lie in their window; those of groups over all channels, with zeros.
fn filters(weights: &Tensor, stated: &Stated, placed: &Placed, groups: usize) -> Result<Filters, Reason> {
    let [out, inner, height, width] = weights.shape[..] else { return Err("other filters".into()) };
    let (size, channels) = (placed.window.size as usize, inner * groups);
    let mut values = vec![0.0; elements(&[out, size, size, channels])?];
    let from = weights.to_floats();
    for o in 0..out {
        let first = o / (out / groups) * inner;
        for i in 0..inner {
            for y in 0..height {
                for x in 0..width {
                    let (ty, tx) = (placed.at[0] + y * stated.dilation[0], placed.at[1] + x * stated.dilation[1]);
                    let to = ((o * size + ty) * size + tx) * channels + first + i;
                    values[to] = from[((o * inner + i) * height + y) * width + x];
                }
            }
        }
    }
    Ok(Filters { values: Arc::new(values), out, width: size * size * channels, window: placed.window })
}

pub fn pad(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    if !matches!(read.node.text("mode"), None | Some("constant")) {
        return Err("padding by other values than zero".into());
    }
    let pads = read.ints("pads", 1)?.ok_or("no sizes of the padding")?;
    if pads.iter().all(|n| *n == 0) {
        return Ok(vec![read.input(0)?.clone()]);
    }
    let value = match read.inputs.get(2) {
        Some(Some(_)) => read.weights(2)?.uniform().unwrap_or(f32::NAN),
        _ => read.node.float("value", 0.0),
    };
    let (view, around) = lift.pixels(read.input(0)?)?;
    let is_plain = value == 0.0 && around == [[0; 2]; 2] && !matches!(read.inputs.get(3), Some(Some(_)));
    let sizes: Option<Vec<usize>> = pads.iter().map(|n| usize::try_from(*n).ok().filter(|n| *n < 1 << 16)).collect();
    match sizes.as_deref() {
        Some([0, 0, top, left, 0, 0, bottom, right]) if is_plain => {
            Ok(vec![Value::Padded { view, before: [*top, *left], after: [*bottom, *right] }])
        }
        _ => Err(format!("padding {pads:?} with {value}")),
    }
}

impl Lift {
    /// A value as pixels with channels first, and the zeros around it.
    pub fn pixels(&mut self, value: &Value) -> Result<(View, [[usize; 2]; 2]), Reason> {
        match value {
            Value::Padded { view, before, after } => Ok((view.clone(), [*before, *after])),
            Value::Mapped(mapped) => {
                let view = self.whole(mapped)?;
                if !view.is_channels_first(self.grid(view.value)) {
                    return Err(format!("values of shape {:?} that are no pixels with channels first", view.shape));
                }
                Ok((view, [[0; 2]; 2]))
            }
            other => Err(format!("{} where pixels are expected", other.describe())),
        }
    }

    /// Each channel several times, one after the other: filters of a group that has one input and several outputs.
    fn repeated(&mut self, input: usize, times: usize) -> Result<usize, Reason> {
        let grid = self.grid(input);
        let rows = grid.channels * times;
        let mut values = vec![0.0; elements(&[rows, grid.channels])?];
        (0..rows).for_each(|r| values[r * grid.channels + r / times] = 1.0);
        let matrix = Matrix { values: Arc::new(values), rows, width: grid.channels };
        let (bias, activation) = (vec![0.0; rows], Activation::None);
        let made = Grid { channels: rows, ..grid };
        Ok(self.push(Operation::Linear { input, matrix, bias, activation, residual: None }, made))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Stated =
        Stated { kernel: [3, 3], stride: [2, 2], dilation: [1, 1], before: [1, 1], after: [1, 1], ceil: false };

    #[test]
    fn a_square_window_stays_as_it_is() {
        let placed = PLAIN.square([224, 224]).unwrap();
        assert_eq!(
            (placed.window.size, placed.window.pad_before, placed.at, placed.output),
            (3, 1, [0, 0], [112, 112])
        );
    }

    #[test]
    fn a_flat_kernel_lies_in_the_middle_of_a_square_one() {
        let flat = Stated { kernel: [1, 7], stride: [1, 1], before: [0, 3], after: [0, 3], ..PLAIN };
        let placed = flat.square([17, 17]).unwrap();
        assert_eq!((placed.window.size, placed.window.pad_before, placed.at, placed.output), (7, 3, [3, 0], [17, 17]));
    }

    #[test]
    fn a_begun_window_counts_where_the_graph_says_so() {
        let pool = Stated { before: [0, 0], after: [0, 0], ceil: true, ..PLAIN };
        let placed = pool.square([112, 112]).unwrap();
        assert_eq!((placed.window.pad_after, placed.output), (1, [56, 56]));
    }

    #[test]
    fn a_window_that_does_not_fit_is_an_error() {
        assert!(PLAIN.square([0, 0]).is_err());
        assert!(Stated { kernel: [64, 64], ..PLAIN }.square([224, 224]).is_err());
        assert!(Stated { stride: [2, 1], ..PLAIN }.square([224, 224]).is_err());
    }
}
