struct Params {
    rows: u32,
    width: u32,
    gain: u32,
    bias: u32,
    epsilon: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> unused: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

fn weight(at: u32) -> vec4<f32> {
    return bitcast<vec4<f32>>(vec4<u32>(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let row = thread_index(global, workgroups);
    if row >= params.rows {
        return;
    }
    let words = params.width / 4u;
    let first = row * words;
    var total = vec4<f32>();
    for (var i = 0u; i < words; i++) {
        total += x[first + i];
    }
    let mean = (total.x + total.y + total.z + total.w) / f32(params.width);
    var squares = vec4<f32>();
    for (var i = 0u; i < words; i++) {
        let d = x[first + i] - mean;
        squares += d * d;
    }
    let variance = (squares.x + squares.y + squares.z + squares.w) / f32(params.width);
    let factor = inverseSqrt(variance + params.epsilon);
    for (var i = 0u; i < words; i++) {
        y[first + i] = (x[first + i] - mean) * factor * weight(params.gain + i * 4u) + weight(params.bias + i * 4u);
    }
}
