struct Params {
    rows: u32,
    inner: u32,
    outer: u32,
    activation: u32,
    weight: u32,
    scale: u32,
    bias: u32,
    residual: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

fn columns(k: u32, w: vec4<u32>) -> mat4x4<f32> {
    return mat4x4<f32>(
        unpack_int8(weights[w.x + k]), unpack_int8(weights[w.y + k]),
        unpack_int8(weights[w.z + k]), unpack_int8(weights[w.w + k]));
}

fn store(row: u32, column: u32, sum: vec4<f32>, scale: vec4<f32>, bias: vec4<f32>) {
    if row >= params.rows {
        return;
    }
    let at = row * (params.outer / 4u) + column;
    var value = activate(sum * scale + bias, params.activation);
    if params.residual != 0u {
        value += residual[at];
    }
    y[at] = value;
}

// A thread makes 8 rows of 4 outputs. `v * m` is the dot product of v with each column of m.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let tile = thread_index(global, workgroups);
    let tiles_across = params.outer / 4u;
    let column = tile % tiles_across;
    let row = tile / tiles_across * 8u;
    if row >= params.rows {
        return;
    }
    let words = params.inner / 4u;
    let last = params.rows - 1u;
    let x0 = row * words;
    let x1 = min(row + 1u, last) * words;
    let x2 = min(row + 2u, last) * words;
    let x3 = min(row + 3u, last) * words;
    let x4 = min(row + 4u, last) * words;
    let x5 = min(row + 5u, last) * words;
    let x6 = min(row + 6u, last) * words;
    let x7 = min(row + 7u, last) * words;
    let n = column * 4u;
    let w = params.weight + (vec4<u32>(n) + vec4<u32>(0u, 1u, 2u, 3u)) * words;
    var s0 = vec4<f32>();
    var s1 = vec4<f32>();
    var s2 = vec4<f32>();
    var s3 = vec4<f32>();
    var s4 = vec4<f32>();
    var s5 = vec4<f32>();
    var s6 = vec4<f32>();
    var s7 = vec4<f32>();
    for (var k = 0u; k < words; k++) {
        let m = columns(k, w);
        s0 += x[x0 + k] * m;
        s1 += x[x1 + k] * m;
        s2 += x[x2 + k] * m;
        s3 += x[x3 + k] * m;
        s4 += x[x4 + k] * m;
        s5 += x[x5 + k] * m;
        s6 += x[x6 + k] * m;
        s7 += x[x7 + k] * m;
    }
    let scale = bitcast<vec4<f32>>(vec4<u32>(
        weights[params.scale + n], weights[params.scale + n + 1u], weights[params.scale + n + 2u], weights[params.scale + n + 3u]));
    let bias = bitcast<vec4<f32>>(vec4<u32>(
        weights[params.bias + n], weights[params.bias + n + 1u], weights[params.bias + n + 2u], weights[params.bias + n + 3u]));
    store(row, column, s0, scale, bias);
    store(row + 1u, column, s1, scale, bias);
    store(row + 2u, column, s2, scale, bias);
    store(row + 3u, column, s3, scale, bias);
    store(row + 4u, column, s4, scale, bias);
    store(row + 5u, column, s5, scale, bias);
    store(row + 6u, column, s6, scale, bias);
    store(row + 7u, column, s7, scale, bias);
}
