//! The CPU engine's fast kernels against their plain twins, over random shapes and values.

use proptest::prelude::*;
use twinlens::kernels::vector::{InstructionSet, RELU6_TOP};
use twinlens::kernels::words::{bytes, f16, f32s};
use twinlens::kernels::{
    Activations, Bindings, Layer, Output, Window, attention, conv, conv_transpose, depthwise, linear, score,
};

/// Values in −1..1 that differ from seed to seed.
fn values(seed: u64, len: usize) -> Vec<f32> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// Words of arbitrary bytes.
fn codes(seed: u64, words: usize) -> Vec<u32> {
    values(seed ^ 0x9e37_79b9, words).into_iter().map(|v| (v * 2e9) as i32 as u32 ^ v.to_bits()).collect()
}

fn push(words: &mut Vec<u32>, more: impl IntoIterator<Item = u32>) -> u32 {
    let offset = words.len() as u32;
    words.extend(more);
    offset
}

fn bits(values: Vec<f32>, size: f32) -> impl Iterator<Item = u32> {
    values.into_iter().map(move |v| (v * size).to_bits())
}

fn assert_near(found: &[f32], expected: &[f32]) -> Result<(), TestCaseError> {
    assert_within(found, expected, &vec![0.0; expected.len()])
}

/// That each value is as near as rounding to codes, at most `bounds`, and sums in f32 allow.
fn assert_within(found: &[f32], expected: &[f32], bounds: &[f32]) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (i, ((found, expected), bound)) in found.iter().zip(expected).zip(bounds).enumerate() {
        // No activation is steeper than hard-swish.
        let bound = 1.5 * bound + 1e-3 * expected.abs().max(1.0);
        prop_assert!((found - expected).abs() <= bound, "value {i}: expected {expected} ± {bound}, found {found}");
    }
    Ok(())
}

/// The value of one code of a ReLU6.
fn relu6_unit(set: InstructionSet) -> f32 {
    RELU6_TOP / if set.code_bytes() == 1 { 255.0 } else { 4095.0 }
}

/// The value of one code of any of these values, at most.
fn unit(set: InstructionSet, values: &[f32]) -> f32 {
    let (least, most) = values.iter().fold((0.0f32, 0.0f32), |(l, m), v| (l.min(*v), m.max(*v)));
    if set.code_bytes() == 1 { (most - least) / 255.0 } else { most.max(-least) / 4095.0 }
}

/// Codes of a ReLU6 that differ from seed to seed, as the words of a buffer, and their values.
fn relu6_codes(set: InstructionSet, seed: u64, len: usize) -> (Vec<u32>, Vec<f32>) {
    let codes: Vec<u16> =
        values(seed, len).into_iter().map(|v| (v.abs() * RELU6_TOP / relu6_unit(set)) as u16).collect();
    let bytes: Vec<u8> = match set.code_bytes() {
        1 => codes.iter().map(|code| *code as u8).collect(),
        _ => codes.iter().flat_map(|code| code.to_le_bytes()).collect(),
    };
    (words_of(&bytes), codes.iter().map(|code| f32::from(*code) * relu6_unit(set)).collect())
}

/// The values of a ReLU6's codes.
fn from_codes(set: InstructionSet, words: &[u32], len: usize) -> Vec<f32> {
    let bytes = bytes(words);
    let code = |i: usize| match set.code_bytes() {
        1 => u16::from(bytes[i]),
        _ => u16::from_le_bytes([bytes[2 * i], bytes[2 * i + 1]]),
    };
    (0..len).map(|i| f32::from(code(i)) * relu6_unit(set)).collect()
}

fn words_of(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks(4).map(|b| u32::from_le_bytes(std::array::from_fn(|i| b.get(i).copied().unwrap_or(0)))).collect()
}

/// What rounding does to the outputs of a layer at most: a row of activations is off by `x_unit / 2`, and weights that are
/// int4 by half a step of the int8 that they become.
fn rounding(params: &linear::Params, words: &[u32], x: &[f32], x_unit: f32) -> Vec<f32> {
    let (inner, outer) = (params.inner as usize, params.outer as usize);
    let codes = &bytes(words)[params.weight as usize * 4..];
    let weight = |n: usize, k: usize| match params.is_int4 {
        0 => f32::from(codes[n * inner + k] as i8) * f32s(words)[params.scale as usize + n],
        _ => {
            let block = n * (inner / 32) + k / 32;
            let byte = codes[block * 16 + k % 16];
            (f32::from(if k % 32 < 16 { byte & 15 } else { byte >> 4 }) - 8.0)
                * f16(words, params.scale as usize, block)
        }
    };
    let rows = x.chunks(inner).take(params.rows as usize);
    rows.flat_map(|x| {
        let x: f32 = x.iter().map(|v| v.abs() + x_unit).sum();
        (0..outer).map(move |n| (n, x)).collect::<Vec<_>>()
    })
    .map(|(n, x)| {
        let weights: Vec<f32> = (0..inner).map(|k| weight(n, k).abs()).collect();
        let step = weights.iter().fold(0.0f32, |m, w| m.max(*w)) / 127.0;
        let coarse = if params.is_int4 == 1 { x * step / 2.0 } else { 0.0 };
        // A little over a half: the unit itself is rounded.
        0.51 * x_unit * weights.iter().sum::<f32>() + 1.02 * coarse
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn linear_agrees_with_its_twin(seed: u64, rows in 1u32..20, blocks in 1u32..4, quads in 1u32..20, activation in 0u32..11, residual in 0u32..2, int4: bool) {
        let (inner, outer) = (blocks * 32, quads * 4);
        let mut words = Vec::new();
        let weight = push(&mut words, codes(seed, (inner * outer) as usize / if int4 { 8 } else { 4 }));
        let scale = if int4 {
            let half = |v: f32| u32::from(half::f16::from_f32(v * 0.02).to_bits());
            let halves: Vec<u32> = values(seed ^ 1, (inner / 32 * outer) as usize).into_iter().map(half).collect();
            push(&mut words, halves.chunks(2).map(|pair| pair[0] | pair.get(1).unwrap_or(&0) << 16).collect::<Vec<_>>())
        } else {
            push(&mut words, bits(values(seed ^ 1, outer as usize), 0.01))
        };
        let bias = push(&mut words, bits(values(seed ^ 2, outer as usize), 1.0));
        let params = linear::Params { rows, inner, outer, is_int4: int4.into(), activation, weight, scale, bias, residual };
        let (x, r) = (values(seed ^ 3, (rows * inner) as usize), values(seed ^ 4, (rows * outer) as usize));
        let mut expected = vec![0.0; (rows * outer) as usize];
        linear::twin(&params, Bindings { weights: &words, a: &x, b: &r }, &mut expected);
        let residual = (residual == 1).then_some(r.as_slice());
        for set in InstructionSet::available() {
            let mut found = vec![0.0; expected.len()];
            linear::Prepared::new(&params, &words, set, false)
                .run(rows as usize, Activations::Floats(&x), Output::Floats(&mut found, residual), &mut Default::default());
            assert_within(&found, &expected, &rounding(&params, &words, &x, unit(set, &x)))?;
        }
    }

    #[test]
    fn linear_over_codes_agrees_with_its_twin(seed: u64, rows in 1u32..60, inner_quads in 1u32..40, quads in 1u32..30) {
        let (inner, outer) = (inner_quads * 4, quads * 4);
        let mut words = Vec::new();
        let weight = push(&mut words, codes(seed, (inner * outer) as usize / 4));
        let scale = push(&mut words, bits(values(seed ^ 1, outer as usize), 0.001));
        let bias = push(&mut words, bits(values(seed ^ 2, outer as usize), 6.0));
        let params = linear::Params { rows, inner, outer, is_int4: 0, activation: 1, weight, scale, bias, residual: 0 };
        for set in InstructionSet::available() {
            let (x, x_values) = relu6_codes(set, seed ^ 3, (rows * inner) as usize);
            let mut expected = vec![0.0; (rows * outer) as usize];
            linear::twin(&params, Bindings { weights: &words, a: &x_values, b: &[] }, &mut expected);
            let mut floats = vec![0.0; expected.len()];
            linear::Prepared::new(&params, &words, set, false)
                .run(rows as usize, Activations::Codes(bytes(&x)), Output::Floats(&mut floats, None), &mut Default::default());
            assert_near(&floats, &expected)?;
            let mut found = vec![0u32; expected.len()];
            linear::Prepared::new(&params, &words, set, true)
                .run(rows as usize, Activations::Codes(bytes(&x)), Output::Codes(bytemuck::cast_slice_mut(&mut found)), &mut Default::default());
            let half_a_code = vec![relu6_unit(set) / 2.0; expected.len()];
            assert_within(&from_codes(set, &found, expected.len()), &expected, &half_a_code)?;
        }
    }

    #[test]
    fn conv_agrees_with_its_twin(seed: u64, height in 1u32..14, width in 1u32..14, in_channels in 1u32..9, quads in 1u32..6, size in 1u32..8, stride in 1u32..5, activation in 0u32..11) {
        let row_words = (size * size * in_channels).div_ceil(4);
        let out_channels = quads * 4;
        let mut words = Vec::new();
        // What pads a filter to whole words is zero in a pack.
        let mut filters: Vec<u8> = codes(seed, (out_channels * row_words) as usize).iter().flat_map(|w| w.to_le_bytes()).collect();
        for filter in filters.chunks_mut(row_words as usize * 4) {
            filter[(size * size * in_channels) as usize..].fill(0);
        }
        let weight = push(&mut words, filters.chunks(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect::<Vec<_>>());
        let scale = push(&mut words, bits(values(seed ^ 1, out_channels as usize), 0.01));
        let bias = push(&mut words, bits(values(seed ^ 2, out_channels as usize), 1.0));
        let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
        let pad_before = Window::same(size, stride, height.max(width)).pad_before;
        let params = conv::Params { in_height: height, in_width: width, in_channels, out_height, out_width, out_channels, size, stride,
            pad_before, activation, weight, scale, bias, row_words };
        let x = values(seed ^ 3, (height * width * in_channels) as usize);
        let mut expected = vec![0.0; (out_height * out_width * out_channels) as usize];
        conv::twin(&params, Bindings { weights: &words, a: &x, b: &[] }, &mut expected);
        for set in InstructionSet::available() {
            let mut found = vec![0.0; expected.len()];
            conv::Prepared::new(&params, &words, set, false).run(1, &x, None, &mut found, &mut Default::default());
            let rounding = unit(set, &x) * row_words as f32 * 4.0 * 128.0 * 0.01 / 2.0;
            assert_within(&found, &expected, &vec![rounding; expected.len()])?;
        }
    }

    #[test]
    fn a_transposed_conv_agrees_with_its_twin(seed: u64, height in 1u32..6, width in 1u32..6, in_quads in 1u32..4, quads in 1u32..4, size in 1u32..5, stride in 1u32..4, cut in 0u32..3, activation in 0u32..11) {
        let (in_channels, out_channels) = (in_quads * 4, quads * 4);
        let [out_height, out_width] = [height, width].map(|side| ((side - 1) * stride + size).saturating_sub(cut).max(1));
        let mut words = Vec::new();
        let weight = push(&mut words, codes(seed, (out_channels * size * size * in_quads) as usize));
        let scale = push(&mut words, bits(values(seed ^ 1, out_channels as usize), 0.01));
        let bias = push(&mut words, bits(values(seed ^ 2, out_channels as usize), 1.0));
        let params = conv_transpose::Params { in_height: height, in_width: width, in_channels, out_height, out_width, out_channels,
            size, stride, pad_before: cut / 2, activation, weight, scale, bias };
        let x = values(seed ^ 3, (height * width * in_channels) as usize);
        let mut expected = vec![0.0; (out_height * out_width * out_channels) as usize];
        conv_transpose::twin(&params, Bindings { weights: &words, a: &x, b: &[] }, &mut expected);
        for set in InstructionSet::available() {
            let mut found = vec![0.0; expected.len()];
            conv_transpose::Prepared::new(&params, &words, set).run(1, &x, None, &mut found, &mut Default::default());
            // As many taps as reach a pixel.
            let rounding = unit(set, &x) * (size * size * in_channels) as f32 * 128.0 * 0.01 / 2.0;
            assert_within(&found, &expected, &vec![rounding; expected.len()])?;
        }
    }

    #[test]
    fn depthwise_agrees_with_its_twin(seed: u64, height in 1u32..16, width in 1u32..24, quads in 1u32..8, size in 1u32..6, stride in 1u32..3, activation in 0u32..11) {
        let channels = quads * 4;
        let mut words = Vec::new();
        let weight = push(&mut words, codes(seed, (size * size * quads) as usize));
        let scale = push(&mut words, bits(values(seed ^ 1, channels as usize), 0.01));
        let bias = push(&mut words, bits(values(seed ^ 2, channels as usize), 1.0));
        let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
        let pad_before = Window::same(size, stride, height.max(width)).pad_before;
        let params = depthwise::Params { in_height: height, in_width: width, channels, out_height, out_width, size, stride, pad_before,
            activation, weight, scale, bias };
        let x = values(seed ^ 3, (height * width * channels) as usize);
        let mut expected = vec![0.0; (out_height * out_width * channels) as usize];
        depthwise::twin(&params, Bindings { weights: &words, a: &x, b: &[] }, &mut expected);
        let mut found = vec![0.0; expected.len()];
        depthwise::Prepared::new(&params, &words).run(1, &x, None, &mut found, &mut Default::default());
        assert_near(&found, &expected)?;
    }

    #[test]
    fn depthwise_over_codes_agrees_with_its_twin(seed: u64, height in 1u32..16, width in 1u32..24, quads in 1u32..24, size in 1u32..8, stride in 1u32..3) {
        let channels = quads * 4;
        let mut words = Vec::new();
        let weight = push(&mut words, codes(seed, (size * size * quads) as usize));
        let scale = push(&mut words, bits(values(seed ^ 1, channels as usize), 0.003));
        let bias = push(&mut words, bits(values(seed ^ 2, channels as usize), 6.0));
        let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
        let pad_before = Window::same(size, stride, height.max(width)).pad_before;
        let params = depthwise::Params { in_height: height, in_width: width, channels, out_height, out_width, size, stride, pad_before,
            activation: 1, weight, scale, bias };
        for set in InstructionSet::available() {
            // Fewer channels than two vectors have are convolved as f32.
            if !depthwise::PreparedCodes::fits(&params, set) {
                continue;
            }
            let prepared = depthwise::PreparedCodes::new(&params, &words, set);
            let (x, x_values) = relu6_codes(set, seed ^ 3, (height * width * channels) as usize);
            let mut expected = vec![0.0; (out_height * out_width * channels) as usize];
            depthwise::twin(&params, Bindings { weights: &words, a: &x_values, b: &[] }, &mut expected);
            let mut found = vec![0u32; expected.len()];
            prepared.run(1, bytemuck::cast_slice(&x), None, bytemuck::cast_slice_mut(&mut found), &mut Default::default());
            let half_a_code = vec![relu6_unit(set) / 2.0; expected.len()];
            assert_within(&from_codes(set, &found, expected.len()), &expected, &half_a_code)?;
        }
    }

    #[test]
    fn attention_agrees_with_its_twin(seed: u64, rows in 1u32..40, heads in 1u32..4, quads in 1u32..33, causal in 0u32..2) {
        let params = attention::Params { rows, heads, head_width: quads * 4, causal, pooled: 0, query: 0 };
        let width = (heads * quads * 4) as usize;
        let qkv = values(seed, rows as usize * 3 * width);
        let mut expected = vec![0.0; rows as usize * width];
        attention::twin(&params, Bindings { weights: &[], a: &qkv, b: &[] }, &mut expected);
        let mut found = vec![0.0; expected.len()];
        attention::run(&params, &qkv, &mut found, &mut Vec::new());
        assert_near(&found, &expected)?;
    }

    #[test]
    fn scores_are_exactly_those_of_the_twin(seed: u64, count in 1usize..60, quads in 1usize..40) {
        let width = quads * 4;
        let (vectors, query) = (codes(seed, count * quads), codes(seed ^ 1, quads));
        let scales = values(seed ^ 2, count);
        let params = score::Params { count: count as u32, width: width as u32 };
        let mut expected = vec![0.0; count];
        let query_bits: Vec<f32> = query.iter().map(|w| f32::from_bits(*w)).collect();
        let unmasked = vec![f32::from_bits(u32::MAX); count.div_ceil(32)];
        let second = [&scales[..], &unmasked].concat();
        score::twin(&params, Bindings { weights: &vectors, a: &query_bits, b: &second }, &mut expected);
        let mut found = vec![0.0; count];
        score::scores(bytemuck::cast_slice(&vectors), &scales, bytemuck::cast_slice(&query), &mut found);
        prop_assert_eq!(found, expected);
    }
}
