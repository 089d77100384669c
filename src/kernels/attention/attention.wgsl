struct Params {
    rows: u32,
    heads: u32,
    head_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(2) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> unused: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

// 4 × 16 values: MAX_HEAD_WIDTH.
const MAX_WORDS: u32 = 16u;

// One pass over the keys with a running maximum (Milakov and Gimelshein 2018).
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    let row = index / params.heads;
    let head = index % params.heads;
    if row >= params.rows {
        return;
    }
    let words = params.head_width / 4u;
    let width = params.heads * words;
    let scale = inverseSqrt(f32(params.head_width));
    var query: array<vec4<f32>, MAX_WORDS>;
    var sum: array<vec4<f32>, MAX_WORDS>;
    for (var i = 0u; i < words; i++) {
        query[i] = qkv[row * 3u * width + head * words + i] * scale;
    }
    var largest = -3.0e38;
    var total = 0.0;
    for (var key = 0u; key < params.rows; key++) {
        let k = key * 3u * width + width + head * words;
        var products = vec4<f32>();
        for (var i = 0u; i < words; i++) {
            products += query[i] * qkv[k + i];
        }
        let score = products.x + products.y + products.z + products.w;
        let next = max(largest, score);
        let shrink = exp(largest - next);
        let share = exp(score - next);
        total = total * shrink + share;
        for (var i = 0u; i < words; i++) {
            sum[i] = sum[i] * shrink + share * qkv[k + width + i];
        }
        largest = next;
    }
    for (var i = 0u; i < words; i++) {
        y[row * width + head * words + i] = sum[i] / total;
    }
}
