fn floats(at: u32) -> vec4<f32> {
    return bitcast<vec4<f32>>(vec4<u32>(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    let words = params.width / 4u;
    let across = words + params.other_width / 4u;
    let row = index / across;
    let column = index % across;
    //@ if CONCAT
    if row >= params.rows {
        return;
    }
    if column < words {
        y[index] = x[row * words + column];
    } else {
        y[index] = other[row * (across - words) + column - words];
    }
    //@ end
    //@ if UPSAMPLE
    if row >= params.rows * params.factor * params.factor {
        return;
    }
    let factor = params.factor;
    let pixel = row / (factor * factor * params.columns) * params.columns + row % (factor * params.columns) / factor;
    y[index] = x[pixel * words + column];
    //@ end
    //@ if TAKE_ROW
    if row == 0u {
        y[index] = x[params.last * (params.rows - 1u) * words + column];
    }
    //@ end
    //@ if PREPEND
    if row >= params.rows + params.with_class {
        return;
    }
    var v: vec4<f32>;
    if row < params.with_class {
        v = floats(params.class_token + column * 4u);
    } else {
        v = x[(row - params.with_class) * words + column];
    }
    y[index] = v + floats(params.positions + index * 4u);
    //@ end
}
