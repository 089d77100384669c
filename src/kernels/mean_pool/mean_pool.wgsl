@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let column = thread_index(global, workgroups);
    let words = params.width / 4u;
    if column >= words {
        return;
    }
    var sum = vec4<f32>();
    for (var row = 0u; row < params.rows; row++) {
        sum += x[row * words + column];
    }
    y[column] = sum / f32(params.rows);
}
