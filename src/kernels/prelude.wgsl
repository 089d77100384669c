// Shared by all kernels: where a thread stands, the quantised words, and what follows a linear operation.

// Dispatches past 65,535 workgroups wrap into y.
fn thread_index(global: vec3<u32>, workgroups: vec3<u32>) -> u32 {
    return global.y * workgroups.x * WORKGROUP + global.x;
}

// Unpacked values are 2^24 times too large: each is moved to its word's highest byte and left there, and UNIT, which joins a
// scale outside the loop, puts them right. The factors move it: shifts by amounts that differ within a vector are slow on
// software adapters, and a GPU's compiler makes shifts of them anyway.
const UNIT: f32 = 0x1p-24;
const TO_TOP: vec4<u32> = vec4<u32>(0x1000000u, 0x10000u, 0x100u, 1u);

// The four bytes, signed, times 2^24.
fn unpack_int8(word: u32) -> vec4<f32> {
    return vec4<f32>(vec4<i32>((word * TO_TOP) & vec4<u32>(0xff000000u)));
}

// The four low nibbles of a word's bytes, minus 8, times 2^24.
fn unpack_int4(word: u32) -> vec4<f32> {
    return vec4<f32>(vec4<i32>((word * TO_TOP) & vec4<u32>(0x0f000000u))) - 0x8p24;
}

// Abramowitz and Stegun 7.1.26, |error| ≤ 1.5e-7.
fn erf(x: vec4<f32>) -> vec4<f32> {
    let t = 1.0 / (1.0 + 0.3275911 * abs(x));
    let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return sign(x) * (1.0 - p * exp(-x * x));
}

// The argument is kept within ±80, so that nothing overflows or becomes subnormal.
fn sigmoid(x: vec4<f32>) -> vec4<f32> {
    return 1.0 / (1.0 + exp(clamp(-x, vec4<f32>(-80.0), vec4<f32>(80.0))));
}

fn hard_sigmoid(x: vec4<f32>) -> vec4<f32> {
    return clamp(x + 3.0, vec4<f32>(0.0), vec4<f32>(6.0)) / 6.0;
}
