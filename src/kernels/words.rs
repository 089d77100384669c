//! The pack's 32-bit words seen as other types.

/// The bytes of little-endian words (all targets of this crate are little-endian).
pub fn bytes(words: &[u32]) -> &[u8] {
    bytemuck::cast_slice(words)
}

/// The words as f32.
pub fn f32s(words: &[u32]) -> &[f32] {
    bytemuck::cast_slice(words)
}

/// The f16 with index `i` in the halves that begin at word `offset`.
pub fn f16(words: &[u32], offset: usize, i: usize) -> f32 {
    let word = words[offset + i / 2];
    half::f16::from_bits((word >> (16 * (i % 2))) as u16).to_f32()
}
