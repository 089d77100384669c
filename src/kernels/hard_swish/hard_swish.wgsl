@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    if index >= params.rows * (params.width / 4u) {
        return;
    }
    let v = x[index];
    y[index] = v * hard_sigmoid(v);
}
