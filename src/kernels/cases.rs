//! Small seeded problems for every kernel, with shapes that are no multiples of a tile: for the self-test at start-up and
//! for the tests.

use super::*;

/// A call with all it reads.
pub struct Case {
    pub call: Call,
    pub weights: Vec<u32>,
    pub a: Vec<f32>,
    pub b: Vec<f32>,
    /// Length of the output.
    pub len: usize,
}

impl Case {
    /// What the twin makes of it.
    pub fn expected(&self) -> Vec<f32> {
        let mut y = vec![0.0; self.len];
        self.call.twin(self.bindings(), &mut y);
        y
    }

    pub fn bindings(&self) -> Bindings<'_> {
        Bindings { weights: &self.weights, a: &self.a, b: &self.b }
    }
}

/// Xorshift (Marsaglia 2003): the same numbers everywhere without a dependency in the shipped library.
struct Numbers(u32);

impl Numbers {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }
    /// In −1..1.
    fn f32(&mut self) -> f32 {
        (self.next() >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
    fn f32s(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.f32()).collect()
    }
}

/// Lays words one behind the other and says where each lies.
#[derive(Default)]
struct Layout(Vec<u32>);

impl Layout {
    fn words(&mut self, words: impl IntoIterator<Item = u32>) -> u32 {
        let offset = self.0.len() as u32;
        self.0.extend(words);
        offset
    }
    fn codes(&mut self, numbers: &mut Numbers, count: u32) -> u32 {
        self.words((0..count.div_ceil(4)).map(|_| numbers.next()))
    }
    fn floats(&mut self, numbers: &mut Numbers, count: u32, size: f32) -> u32 {
        self.words((0..count).map(|_| (numbers.f32() * size).to_bits()))
    }
    fn halves(&mut self, numbers: &mut Numbers, count: u32) -> u32 {
        let mut half = || u32::from(half::f16::from_f32(numbers.f32() * 0.02).to_bits());
        self.words((0..count.div_ceil(2)).map(|_| half() | half() << 16))
    }
}

/// One case or more of every kernel.
pub fn cases() -> Vec<Case> {
    let mut n = Numbers(0x2545_f491);
    let mut cases = Vec::new();
    for (rows, inner, outer, activation, residual) in [(1, 32, 4, 0, 0), (13, 96, 36, 1, 1), (24, 64, 68, 2, 0)] {
        cases.push(linear_q8(&mut n, rows, inner, outer, activation, residual));
        cases.push(linear_q4(&mut n, rows, inner, outer, activation, residual));
    }
    cases.push(linear_q8(&mut n, 9, 20, 12, 0, 1));
    for int4 in [0, 1] {
        cases.push(embed_case(&mut n, 7, 96, int4));
    }
    for (rows, width) in [(1, 64), (11, 36)] {
        cases.push(layer_norm_case(&mut n, rows, width));
    }
    for (rows, heads, head_width) in [(1, 2, 32), (13, 3, 32), (37, 2, 20), (5, 1, 64)] {
        cases.push(attention_case(&mut n, rows, heads, head_width));
    }
    for (side, channels, out_channels, size, stride) in [(13, 3, 8, 3, 2), (10, 5, 12, 3, 1), (9, 3, 4, 1, 1)] {
        cases.push(conv_case(&mut n, side, channels, out_channels, size, stride, RELU6));
    }
    for (side, channels, size, stride) in [(13, 20, 3, 1), (14, 36, 5, 2), (9, 4, 3, 2), (3, 8, 5, 1)] {
        cases.push(depthwise_case(&mut n, side, channels, size, stride, RELU6));
    }
    for (rows, width) in [(1, 20), (49, 36)] {
        cases.push(mean_pool_case(&mut n, rows, width));
    }
    cases.push(l2_normalize_case(&mut n, 84));
    cases.push(score_case(&mut n, 77, 36));
    cases.push(top_k_case(&mut n, 700, 10));
    cases
}

/// A small problem for the very kernel that a call runs: specialised as the call is, with numbers and sizes of its own.
pub fn like(call: &Call) -> Case {
    let mut n = Numbers(0x9e37_79b9);
    match call {
        Call::LinearQ8(p) => linear_q8(&mut n, 13, 96, 36, p.activation, p.residual),
        Call::LinearQ4(p) => linear_q4(&mut n, 13, 96, 36, p.activation, p.residual),
        Call::Embed(p) => embed_case(&mut n, 7, 96, p.table_is_int4),
        Call::LayerNorm(_) => layer_norm_case(&mut n, 11, 36),
        Call::Attention(p) => attention_case(&mut n, 13, 3, p.head_width),
        Call::Conv(p) => conv_case(&mut n, 13, p.in_channels, 12, p.size, p.stride, p.activation),
        Call::Depthwise(p) => depthwise_case(&mut n, 13, 20, p.size, p.stride, p.activation),
        Call::MeanPool(_) => mean_pool_case(&mut n, 49, 36),
        Call::L2Normalize(_) => l2_normalize_case(&mut n, 84),
        Call::Score(_) => score_case(&mut n, 77, 36),
        Call::TopK(p) => top_k_case(&mut n, 700, p.k),
    }
}

fn case(call: Call, weights: Layout, a: Vec<f32>, len: usize) -> Case {
    Case { call, weights: if weights.0.is_empty() { vec![0; 4] } else { weights.0 }, a, b: Vec::new(), len }
}

fn layer_norm_case(n: &mut Numbers, rows: u32, width: u32) -> Case {
    let mut w = Layout::default();
    let (gain, bias) = (w.floats(n, width, 1.0), w.floats(n, width, 1.0));
    let call = Call::LayerNorm(layer_norm::Params { rows, width, gain, bias, epsilon: 1e-12, padding: [0; 3] });
    case(call, w, n.f32s((rows * width) as usize), (rows * width) as usize)
}

fn attention_case(n: &mut Numbers, rows: u32, heads: u32, head_width: u32) -> Case {
    let call = Call::Attention(attention::Params { rows, heads, head_width, padding: 0 });
    let width = heads * head_width;
    case(call, Layout::default(), n.f32s((rows * 3 * width) as usize), (rows * width) as usize)
}

fn mean_pool_case(n: &mut Numbers, rows: u32, width: u32) -> Case {
    let call = Call::MeanPool(mean_pool::Params { rows, width, padding: [0; 2] });
    case(call, Layout::default(), n.f32s((rows * width) as usize), width as usize)
}

fn l2_normalize_case(n: &mut Numbers, width: u32) -> Case {
    let call = Call::L2Normalize(l2_normalize::Params { width, padding: [0; 3] });
    case(call, Layout::default(), n.f32s(width as usize), width as usize)
}

fn score_case(n: &mut Numbers, count: u32, width: u32) -> Case {
    let mut w = Layout::default();
    w.codes(n, count * width);
    let call = Call::Score(score::Params { count, width, query_scale: 0.01, padding: 0 });
    let query = (0..width / 4).map(|_| f32::from_bits(n.next() & 0x7f7f_7f7f)).collect();
    let mut scores = case(call, w, query, count as usize);
    scores.b = n.f32s(count as usize);
    scores
}

fn top_k_case(n: &mut Numbers, count: u32, k: u32) -> Case {
    let call = Call::TopK(top_k::Params { count, k, padding: [0; 2] });
    let len = (count.div_ceil(top_k::RUN) * k * 2) as usize;
    case(call, Layout::default(), n.f32s(count as usize), len)
}

fn linear_q8(n: &mut Numbers, rows: u32, inner: u32, outer: u32, activation: u32, residual: u32) -> Case {
    let mut w = Layout::default();
    let weight = w.codes(n, inner * outer);
    let (scale, bias) = (w.floats(n, outer, 0.01), w.floats(n, outer, 1.0));
    let call = Call::LinearQ8(linear::Params { rows, inner, outer, activation, weight, scale, bias, residual });
    linear_case(n, call, w, rows, inner, outer)
}

fn linear_q4(n: &mut Numbers, rows: u32, inner: u32, outer: u32, activation: u32, residual: u32) -> Case {
    let mut w = Layout::default();
    let weight = w.codes(n, inner * outer / 2);
    let (scale, bias) = (w.halves(n, inner / 32 * outer), w.floats(n, outer, 1.0));
    let call = Call::LinearQ4(linear::Params { rows, inner, outer, activation, weight, scale, bias, residual });
    linear_case(n, call, w, rows, inner, outer)
}

fn linear_case(n: &mut Numbers, call: Call, w: Layout, rows: u32, inner: u32, outer: u32) -> Case {
    let mut linear = case(call, w, n.f32s((rows * inner) as usize), (rows * outer) as usize);
    linear.b = n.f32s((rows * outer) as usize);
    linear
}

fn embed_case(n: &mut Numbers, rows: u32, width: u32, table_is_int4: u32) -> Case {
    let vocabulary = 19;
    let mut w = Layout::default();
    let table = w.codes(n, vocabulary * width);
    let table_scale =
        if table_is_int4 == 1 { w.halves(n, vocabulary * width / 32) } else { w.floats(n, vocabulary, 0.01) };
    let positions = w.codes(n, rows * width);
    let position_scale = w.floats(n, rows, 0.01);
    let params =
        embed::Params { rows, width, vocabulary, table_is_int4, table, table_scale, positions, position_scale };
    // The last token is past the table.
    let tokens = (0..rows).map(|i| f32::from_bits(if i + 1 == rows { 5000 } else { n.next() % vocabulary })).collect();
    case(Call::Embed(params), w, tokens, (rows * width) as usize)
}

fn conv_case(
    n: &mut Numbers,
    side: u32,
    channels: u32,
    out_channels: u32,
    size: u32,
    stride: u32,
    activation: u32,
) -> Case {
    let window = crate::pack::Window::same(size, stride, side);
    let out = side.div_ceil(stride);
    let row_words = (size * size * channels).div_ceil(4);
    let mut w = Layout::default();
    let weight = w.codes(n, out_channels * row_words * 4);
    let (scale, bias) = (w.floats(n, out_channels, 0.01), w.floats(n, out_channels, 1.0));
    let params = conv::Params {
        in_height: side,
        in_width: side,
        in_channels: channels,
        out_height: out,
        out_width: out,
        out_channels,
        size,
        stride,
        pad_before: window.pad_before,
        activation,
        weight,
        scale,
        bias,
        row_words,
        padding: [0; 2],
    };
    case(Call::Conv(params), w, n.f32s((side * side * channels) as usize), (out * out * out_channels) as usize)
}

fn depthwise_case(n: &mut Numbers, side: u32, channels: u32, size: u32, stride: u32, activation: u32) -> Case {
    let window = crate::pack::Window::same(size, stride, side);
    let out = side.div_ceil(stride);
    let mut w = Layout::default();
    let weight = w.codes(n, size * size * channels);
    let (scale, bias) = (w.floats(n, channels, 0.01), w.floats(n, channels, 1.0));
    let params = depthwise::Params {
        in_height: side,
        in_width: side,
        channels,
        out_height: out,
        out_width: out,
        size,
        stride,
        pad_before: window.pad_before,
        activation,
        weight,
        scale,
        bias,
    };
    case(Call::Depthwise(params), w, n.f32s((side * side * channels) as usize), (out * out * channels) as usize)
}
