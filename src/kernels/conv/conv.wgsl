struct Params {
    in_height: u32,
    in_width: u32,
    in_channels: u32,
    out_height: u32,
    out_width: u32,
    out_channels: u32,
    size: u32,
    stride: u32,
    pad_before: u32,
    activation: u32,
    weight: u32,
    scale: u32,
    bias: u32,
    row_words: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> unused: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

// Weight `byte` of four filters that begin at words f.
fn filters(f: vec4<u32>, byte: u32) -> vec4<f32> {
    let word = byte / 4u;
    let shift = (byte & 3u) * 8u;
    return vec4<f32>(vec4<i32>(
        extractBits(i32(weights[f.x + word]), shift, 8u), extractBits(i32(weights[f.y + word]), shift, 8u),
        extractBits(i32(weights[f.z + word]), shift, 8u), extractBits(i32(weights[f.w + word]), shift, 8u)));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    let columns = params.out_channels / 4u;
    let pixel = index / columns;
    let n = index % columns * 4u;
    if pixel >= params.out_height * params.out_width {
        return;
    }
    let oy = pixel / params.out_width;
    let ox = pixel % params.out_width;
    let f = params.weight + (vec4<u32>(n) + vec4<u32>(0u, 1u, 2u, 3u)) * params.row_words;
    var sum = vec4<f32>();
    for (var ky = 0u; ky < params.size; ky++) {
        // Below zero wraps to a large number: one comparison covers both sides.
        let iy = oy * params.stride + ky - params.pad_before;
        if iy >= params.in_height {
            continue;
        }
        for (var kx = 0u; kx < params.size; kx++) {
            let ix = ox * params.stride + kx - params.pad_before;
            if ix >= params.in_width {
                continue;
            }
            let from_pixel = (iy * params.in_width + ix) * params.in_channels;
            let tap = (ky * params.size + kx) * params.in_channels;
            for (var c = 0u; c < params.in_channels; c++) {
                sum += x[from_pixel + c] * filters(f, tap + c);
            }
        }
    }
    let s = params.scale + n;
    let b = params.bias + n;
    let scale = bitcast<vec4<f32>>(vec4<u32>(weights[s], weights[s + 1u], weights[s + 2u], weights[s + 3u]));
    let bias = bitcast<vec4<f32>>(vec4<u32>(weights[b], weights[b + 1u], weights[b + 2u], weights[b + 3u]));
    y[index] = activate(sum * scale + bias, params.activation);
}
