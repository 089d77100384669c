fn floats(at: u32) -> vec4<f32> {
    return bitcast<vec4<f32>>(vec4<u32>(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]));
}

// A thread makes four channels of a pixel, from those pixels of the input whose filters reach it.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    let columns = params.out_channels / 4u;
    let channel = index % columns * 4u;
    let pixel = index / columns;
    let oy = pixel / params.out_width + params.pad_before;
    let ox = pixel % params.out_width + params.pad_before;
    if pixel >= params.out_height * params.out_width {
        return;
    }
    let words = params.in_channels / 4u;
    let filter_words = params.size * params.size * words;
    let filters = params.weight + (channel + vec4<u32>(0u, 1u, 2u, 3u)) * filter_words;
    var sum = vec4<f32>();
    // The first tap that falls on a pixel of the input, and every `stride`-th after it.
    for (var ky = oy % params.stride; ky < params.size; ky += params.stride) {
        let iy = (oy - ky) / params.stride;
        if ky > oy || iy >= params.in_height {
            continue;
        }
        for (var kx = ox % params.stride; kx < params.size; kx += params.stride) {
            let ix = (ox - kx) / params.stride;
            if kx > ox || ix >= params.in_width {
                continue;
            }
            let first = (iy * params.in_width + ix) * words;
            let tap = filters + (ky * params.size + kx) * words;
            for (var i = 0u; i < words; i++) {
                // `v * m` is the dot product of v with each column of m.
                sum += x[first + i] * mat4x4<f32>(
                    unpack_int8(weights[tap.x + i]),
                    unpack_int8(weights[tap.y + i]),
                    unpack_int8(weights[tap.z + i]),
                    unpack_int8(weights[tap.w + i]));
            }
        }
    }
    y[index] = activate(sum * floats(params.scale + channel) * UNIT + floats(params.bias + channel));
}
