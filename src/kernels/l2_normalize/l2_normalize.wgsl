// Every thread sums the whole short vector: cheaper than a barrier.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let column = thread_index(global, workgroups);
    let words = params.width / 4u;
    if column >= words {
        return;
    }
    var squares = vec4<f32>();
    for (var i = 0u; i < words; i++) {
        squares += x[i] * x[i];
    }
    let length = sqrt(squares.x + squares.y + squares.z + squares.w);
    y[column] = x[column] / max(length, 1e-12);
}
