// The rows or columns of the input that lie in window i: the first one, and the one after the last.
fn span(i: u32, input: u32, output: u32) -> vec2<u32> {
    //@ if ADAPTIVE
    return vec2<u32>(i * input / output, ((i + 1u) * input + output - 1u) / output);
    //@ end
    //@ if WINDOWED
    let first = i * params.stride;
    let pad = params.pad_before;
    return vec2<u32>(max(first, pad) - pad, min(first + params.size - pad, input));
    //@ end
}

// A thread makes four channels of a pixel.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    let columns = params.channels / 4u;
    let pixel = index / columns;
    let oy = pixel / params.out_width;
    if oy >= params.out_height {
        return;
    }
    let rows = span(oy, params.in_height, params.out_height);
    let across = span(pixel % params.out_width, params.in_width, params.out_width);
    //@ if LARGEST
    var v = vec4<f32>(-3.0e38);
    //@ end
    //@ if MEAN
    var v = vec4<f32>();
    //@ end
    for (var iy = rows.x; iy < rows.y; iy++) {
        for (var ix = across.x; ix < across.y; ix++) {
            let value = x[(iy * params.in_width + ix) * columns + index % columns];
            //@ if LARGEST
            v = max(v, value);
            //@ end
            //@ if MEAN
            v += value;
            //@ end
        }
    }
    let inside = (rows.y - rows.x) * (across.y - across.x);
    //@ if LARGEST
    v = select(v, max(v, vec4<f32>()), PADDED == 1u && inside < params.size * params.size);
    //@ end
    //@ if MEAN
    v /= f32(select(inside, params.size * params.size, PADDED == 1u));
    //@ end
    y[index] = v;
}
