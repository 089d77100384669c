fn floats(at: u32) -> vec4<f32> {
    return bitcast<vec4<f32>>(vec4<u32>(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    let words = params.width / 4u;
    if index >= params.rows * words {
        return;
    }
    let column = index % words;
    var v = x[index];
    //@ if SCALED
    v *= floats(params.gain + column * 4u);
    //@ end
    //@ if BIASED
    v += floats(params.bias + column * 4u);
    //@ end
    let at = select(index, column, BROADCAST == 1u);
    //@ if ADD
    v += other[at];
    //@ end
    //@ if MULTIPLY
    v *= other[at];
    //@ end
    y[index] = activate(v);
}
