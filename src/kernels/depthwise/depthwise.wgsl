struct Params {
    in_height: u32,
    in_width: u32,
    channels: u32,
    out_height: u32,
    out_width: u32,
    size: u32,
    stride: u32,
    pad_before: u32,
    activation: u32,
    weight: u32,
    scale: u32,
    bias: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> unused: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    let columns = params.channels / 4u;
    let pixel = index / columns;
    let column = index % columns;
    if pixel >= params.out_height * params.out_width {
        return;
    }
    let oy = pixel / params.out_width;
    let ox = pixel % params.out_width;
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
            let tap = ky * params.size + kx;
            sum += x[(iy * params.in_width + ix) * columns + column] * unpack_int8(weights[params.weight + tap * columns + column]);
        }
    }
    let s = params.scale + column * 4u;
    let b = params.bias + column * 4u;
    let scale = bitcast<vec4<f32>>(vec4<u32>(weights[s], weights[s + 1u], weights[s + 2u], weights[s + 3u]));
    let bias = bitcast<vec4<f32>>(vec4<u32>(weights[b], weights[b + 1u], weights[b + 2u], weights[b + 3u]));
    y[index] = activate(sum * scale + bias, params.activation);
}
