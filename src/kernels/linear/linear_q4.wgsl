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

// The f16 scale with that index.
fn block_scale(index: u32) -> f32 {
    let pair = unpack2x16float(weights[params.scale + index / 2u]);
    return select(pair.x, pair.y, (index & 1u) == 1u);
}

fn store(row: u32, column: u32, sum: vec4<f32>, bias: vec4<f32>) {
    if row >= params.rows {
        return;
    }
    let at = row * (params.outer / 4u) + column;
    var value = activate(sum + bias, params.activation);
    if params.residual != 0u {
        value += residual[at];
    }
    y[at] = value;
}

// A thread makes 8 rows of 4 outputs. A block of 32 weights is 4 words: word i holds weights 4i.. in its low nibbles and
// 16 + 4i.. in its high ones.
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
    let blocks = params.inner / 32u;
    let last = params.rows - 1u;
    let x0 = row * words;
    let x1 = min(row + 1u, last) * words;
    let x2 = min(row + 2u, last) * words;
    let x3 = min(row + 3u, last) * words;
    let x4 = min(row + 4u, last) * words;
    let x5 = min(row + 5u, last) * words;
    let x6 = min(row + 6u, last) * words;
    let x7 = min(row + 7u, last) * words;
    let n = vec4<u32>(column * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    var s0 = vec4<f32>();
    var s1 = vec4<f32>();
    var s2 = vec4<f32>();
    var s3 = vec4<f32>();
    var s4 = vec4<f32>();
    var s5 = vec4<f32>();
    var s6 = vec4<f32>();
    var s7 = vec4<f32>();
    for (var block = 0u; block < blocks; block++) {
        let w = params.weight + (n * blocks + block) * 4u;
        let b = n * blocks + block;
        let scale = vec4<f32>(block_scale(b.x), block_scale(b.y), block_scale(b.z), block_scale(b.w));
        for (var i = 0u; i < 8u; i++) {
            let shift = (i & 4u);
            let j = i & 3u;
            let m = mat4x4<f32>(
                scale.x * unpack_int4(weights[w.x + j] >> shift), scale.y * unpack_int4(weights[w.y + j] >> shift),
                scale.z * unpack_int4(weights[w.z + j] >> shift), scale.w * unpack_int4(weights[w.w + j] >> shift));
            let k = block * 8u + i;
            s0 += x[x0 + k] * m;
            s1 += x[x1 + k] * m;
            s2 += x[x2 + k] * m;
            s3 += x[x3 + k] * m;
            s4 += x[x4 + k] * m;
            s5 += x[x5 + k] * m;
            s6 += x[x6 + k] * m;
            s7 += x[x7 + k] * m;
        }
    }
    let at = params.bias + column * 4u;
    let bias = bitcast<vec4<f32>>(vec4<u32>(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]));
    store(row, column, s0, bias);
    store(row + 1u, column, s1, bias);
    store(row + 2u, column, s2, bias);
    store(row + 3u, column, s3, bias);
    store(row + 4u, column, s4, bias);
    store(row + 5u, column, s5, bias);
    store(row + 6u, column, s6, bias);
    store(row + 7u, column, s7, bias);
}
