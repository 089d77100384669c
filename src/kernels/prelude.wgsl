// Shared by all kernels: where a thread stands, the quantised words, and what follows a linear operation.

const WORKGROUP: u32 = 64u;
const ACTIVATION_RELU6: u32 = 1u;
const ACTIVATION_GELU: u32 = 2u;

// Dispatches past 65,535 workgroups wrap into y.
fn thread_index(global: vec3<u32>, workgroups: vec3<u32>) -> u32 {
    return global.y * workgroups.x * WORKGROUP + global.x;
}

fn unpack_int8(word: u32) -> vec4<f32> {
    let w = i32(word);
    return vec4<f32>(vec4<i32>(extractBits(w, 0u, 8u), extractBits(w, 8u, 8u), extractBits(w, 16u, 8u), extractBits(w, 24u, 8u)));
}

// The four low nibbles of a word's bytes, minus 8.
fn unpack_int4(word: u32) -> vec4<f32> {
    return vec4<f32>(vec4<u32>(word & 15u, (word >> 8u) & 15u, (word >> 16u) & 15u, (word >> 24u) & 15u)) - 8.0;
}

// Abramowitz and Stegun 7.1.26, |error| ≤ 1.5e-7.
fn erf(x: vec4<f32>) -> vec4<f32> {
    let t = 1.0 / (1.0 + 0.3275911 * abs(x));
    let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return sign(x) * (1.0 - p * exp(-x * x));
}

fn activate(x: vec4<f32>, activation: u32) -> vec4<f32> {
    if activation == ACTIVATION_RELU6 {
        return clamp(x, vec4<f32>(0.0), vec4<f32>(6.0));
    }
    if activation == ACTIVATION_GELU {
        return 0.5 * x * (1.0 + erf(x * 0.70710678));
    }
    return x;
}
