//! The CPU engine's fast kernels against their plain twins, over random shapes and values.
#![cfg(not(target_arch = "wasm32"))]

use proptest::prelude::*;
use twinlens::kernels::{Bindings, attention, conv, depthwise, linear, score};
use twinlens::pack::Window;

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
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        prop_assert!(
            (found - expected).abs() <= 1e-3 * expected.abs().max(1.0),
            "value {i}: expected {expected}, found {found}"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn linear_agrees_with_its_twin(seed: u64, rows in 1u32..20, blocks in 1u32..4, quads in 1u32..20, activation in 0u32..3, residual in 0u32..2, int4: bool) {
        let (inner, outer) = (blocks * 32, quads * 4);
        let format = if int4 { linear::Format::Int4 } else { linear::Format::Int8 };
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
        let params = linear::Params { rows, inner, outer, activation, weight, scale, bias, residual };
        let (x, r) = (values(seed ^ 3, (rows * inner) as usize), values(seed ^ 4, (rows * outer) as usize));
        let mut expected = vec![0.0; (rows * outer) as usize];
        linear::twin(&params, format, Bindings { weights: &words, a: &x, b: &r }, &mut expected);
        let mut found = vec![0.0; expected.len()];
        let residual = (residual == 1).then_some(r.as_slice());
        linear::Prepared::new(&params, format, &words).run(rows as usize, &x, residual, &mut found, &mut Vec::new());
        assert_near(&found, &expected)?;
    }

    #[test]
    fn conv_agrees_with_its_twin(seed: u64, height in 1u32..14, width in 1u32..14, in_channels in 1u32..6, quads in 1u32..6, size in 1u32..4, stride in 1u32..3, activation in 0u32..3) {
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
            pad_before, activation, weight, scale, bias, row_words, padding: [0; 2] };
        let x = values(seed ^ 3, (height * width * in_channels) as usize);
        let mut expected = vec![0.0; (out_height * out_width * out_channels) as usize];
        conv::twin(&params, Bindings { weights: &words, a: &x, b: &[] }, &mut expected);
        let mut found = vec![0.0; expected.len()];
        conv::Prepared::new(&params, &words).run(&x, &mut found, &mut Vec::new(), &mut Vec::new());
        assert_near(&found, &expected)?;
    }

    #[test]
    fn depthwise_agrees_with_its_twin(seed: u64, height in 1u32..16, width in 1u32..24, quads in 1u32..8, size in 1u32..6, stride in 1u32..3, activation in 0u32..3) {
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
        depthwise::Prepared::new(&params, &words).run(&x, &mut found);
        assert_near(&found, &expected)?;
    }

    #[test]
    fn attention_agrees_with_its_twin(seed: u64, rows in 1u32..40, heads in 1u32..4, quads in 1u32..9) {
        let params = attention::Params { rows, heads, head_width: quads * 4, padding: 0 };
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
        let params = score::Params { count: count as u32, width: width as u32, query_scale: 0.5, padding: 0 };
        let mut expected = vec![0.0; count];
        let query_bits: Vec<f32> = query.iter().map(|w| f32::from_bits(*w)).collect();
        score::twin(&params, Bindings { weights: &vectors, a: &query_bits, b: &scales }, &mut expected);
        let mut found = vec![0.0; count];
        score::scores(bytemuck::cast_slice(&vectors), &scales, bytemuck::cast_slice(&query), 0.5, &mut found);
        prop_assert_eq!(found, expected);
    }
}
