//! How a tensor of the ONNX graph lies over a value of the pack's graph.
//!
//! ONNX reshapes and transposes: to channels first, to heads, to queries, keys and values. A pack's values are always rows of
//! channels, so none of that moves anything: a tensor is a value with a shape and strides of its own, and operators are
//! recognised by the strides of what they read, however an exporter reached them.

use super::strides::dense;
use super::tensor::Reason;

/// A value's shape `[height, width, channels]`, as [`crate::kernels::Shape`] has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub per_token: bool,
}

impl Grid {
    pub fn rows(&self) -> usize {
        self.height * self.width
    }

    pub fn is_same(&self, other: &Grid) -> bool {
        (self.rows(), self.channels, self.per_token) == (other.rows(), other.channels, other.per_token)
    }
}

/// Index of a value.
pub type Id = usize;

/// A tensor over the value `value`, whose element `i` is `value[offset + Σ i[a] · strides[a]]`. The stride of an axis of size 1
/// is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub value: Id,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
    pub offset: usize,
}

impl View {
    pub fn new(value: Id, shape: Vec<usize>, mut strides: Vec<usize>, offset: usize) -> Self {
        shape.iter().zip(&mut strides).filter(|(n, _)| **n == 1).for_each(|(_, s)| *s = 0);
        View { value, shape, strides, offset }
    }

    /// The same view of another value of the same shape.
    pub fn of(&self, value: Id) -> Self {
        View { value, ..self.clone() }
    }

    /// A whole value with channels before height and width, `[1, channels, height, width]`.
    pub fn channels_first(value: Id, grid: Grid) -> Self {
        let Grid { height, width, channels, .. } = grid;
        View::new(value, vec![1, channels, height, width], vec![0, 1, width * channels, channels], 0)
    }

    /// Whether it is the whole value with channels before height and width.
    pub fn is_channels_first(&self, grid: Grid) -> bool {
        *self == View::channels_first(self.value, grid)
    }

    /// A whole value with the axes `leading` over its rows and channels last.
    pub fn rows(value: Id, leading: &[usize], channels: usize) -> Self {
        let shape = [leading, &[channels]].concat();
        let strides = dense(&shape);
        View::new(value, shape, strides, 0)
    }

    /// Whether it is the whole value in its own order, with all channels on the last axis.
    pub fn is_rows(&self, grid: Grid) -> bool {
        let Some((channels, leading)) = self.shape.split_last() else { return false };
        *channels == grid.channels
            && leading.iter().product::<usize>() == grid.rows()
            && *self == View::rows(self.value, leading, *channels)
    }

    /// Whether every element of the value is there once.
    pub fn is_whole(&self, grid: Grid) -> bool {
        let mut axes: Vec<_> = self.shape.iter().zip(&self.strides).filter(|(n, _)| **n > 1).collect();
        axes.sort_by_key(|(_, stride)| **stride);
        let mut next = 1;
        for (n, stride) in axes {
            if *stride != next {
                return false;
            }
            next *= n;
        }
        self.offset == 0 && next == grid.rows() * grid.channels
    }

    /// Whether an axis moves from row to row; otherwise it moves within the channels of a row, or has size 1.
    pub fn is_over_rows(&self, axis: usize, grid: Grid) -> bool {
        self.strides[axis] >= grid.channels
    }

    pub fn permuted(&self, order: &[usize]) -> Self {
        let pick = |of: &[usize]| order.iter().map(|a| of[*a]).collect();
        View { shape: pick(&self.shape), strides: pick(&self.strides), ..self.clone() }
    }

    /// The view with an axis cut.
    pub fn cut(&self, axis: usize, start: usize, step: usize, count: usize) -> Self {
        let (mut shape, mut strides) = (self.shape.clone(), self.strides.clone());
        let offset = self.offset + start * strides[axis];
        shape[axis] = count;
        strides[axis] *= step;
        View::new(self.value, shape, strides, offset)
    }

    /// The view at one index of an axis, without that axis.
    pub fn at(&self, axis: usize, index: usize) -> Self {
        let mut view = self.cut(axis, index, 1, 1);
        view.shape.remove(axis);
        view.strides.remove(axis);
        view
    }

    /// The same elements in another shape; `None` where that would need other strides than one an axis.
    pub fn reshaped(&self, shape: &[usize]) -> Option<Self> {
        let old: Vec<(usize, usize)> =
            self.shape.iter().copied().zip(self.strides.iter().copied()).filter(|(n, _)| *n > 1).collect();
        let mut strides = vec![0; shape.len()];
        let (mut from, mut to) = (0, 0);
        while from < old.len() {
            // The fewest axes on both sides that have the same number of elements.
            let (mut end, mut ahead) = (from + 1, to);
            let (mut have, mut want) = (old[from].0, 1);
            while have != want {
                if want < have {
                    want *= shape.get(ahead)?;
                    ahead += 1;
                } else {
                    have *= old.get(end)?.0;
                    end += 1;
                }
            }
            let merges = old[from..end].windows(2).all(|pair| pair[0].1 == pair[1].0 * pair[1].1);
            if !merges {
                return None;
            }
            let mut stride = old[end - 1].1;
            for axis in (to..ahead).rev() {
                strides[axis] = stride;
                stride *= shape[axis];
            }
            (from, to) = (end, ahead);
        }
        let is_same = shape.iter().product::<usize>() == self.shape.iter().product::<usize>();
        is_same.then(|| View::new(self.value, shape.to_vec(), strides, self.offset))
    }

    /// The view with axes of size 1 before its first.
    pub fn of_rank(&self, rank: usize) -> Self {
        let missing = rank.saturating_sub(self.shape.len());
        let pad = |of: &[usize], with: usize| [vec![with; missing], of.to_vec()].concat();
        View { shape: pad(&self.shape, 1), strides: pad(&self.strides, 0), ..self.clone() }
    }

    /// The axes over rows and those over channels, those of size 1 left out.
    pub fn axes(&self, grid: Grid) -> (Vec<usize>, Vec<usize>) {
        let all = (0..self.shape.len()).filter(|a| self.shape[*a] > 1);
        all.partition(|a| self.is_over_rows(*a, grid))
    }

    /// The channels of a row that the view has, in its order, and the row that it is of where it has only one.
    pub fn channels(&self, grid: Grid) -> Result<Vec<usize>, Reason> {
        let (_, axes) = self.axes(grid);
        let pick = |of: &[usize]| axes.iter().map(|a| of[*a]).collect::<Vec<_>>();
        let (shape, strides) = (pick(&self.shape), pick(&self.strides));
        let channels: Vec<_> = super::strides::Offsets::new(&shape, &strides, self.offset % grid.channels).collect();
        if channels.iter().all(|c| *c < grid.channels) {
            return Ok(channels);
        }
        Err(format!("channels that reach from row to row, in a tensor of shape {:?}", self.shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { height: 7, width: 1, channels: 24, per_token: true };

    #[test]
    fn heads_of_fused_queries_keys_and_values_are_views_of_one_value() {
        let rows = View::rows(0, &[1, 7], 24);
        let heads = rows.reshaped(&[1, 7, 3, 2, 4]).unwrap().permuted(&[2, 0, 3, 1, 4]);
        let keys = heads.at(0, 1);
        assert_eq!(
            (keys.shape.as_slice(), keys.strides.as_slice(), keys.offset),
            ([1, 2, 7, 4].as_slice(), [0, 4, 24, 1].as_slice(), 8)
        );
        assert_eq!(keys.channels(GRID).unwrap(), (8..16).collect::<Vec<_>>());
        assert!(rows.is_rows(GRID) && !keys.is_whole(GRID));
    }

    #[test]
    fn an_image_becomes_tokens_without_moving() {
        let grid = Grid { height: 2, width: 3, channels: 4, per_token: false };
        let image = View::channels_first(0, grid);
        assert!(image.is_channels_first(grid) && image.is_whole(grid));
        let tokens = image.reshaped(&[1, 4, 6]).unwrap().permuted(&[0, 2, 1]);
        assert!(tokens.is_rows(grid));
        assert!(tokens.permuted(&[0, 2, 1]).reshaped(&[1, 4, 2, 3]).unwrap().is_channels_first(grid));
        // Channels before pixels in one axis are no single stride.
        assert!(image.reshaped(&[1, 24]).is_none());
        assert!(View::rows(0, &[6], 4).reshaped(&[5, 5]).is_none());
    }
}
