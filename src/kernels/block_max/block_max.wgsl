@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let block = thread_index(global, workgroups);
    let first = block * BLOCK;
    if first >= params.count {
        return;
    }
    var largest = scores[first];
    var index = first;
    for (var i = first + 1u; i < min(first + BLOCK, params.count); i++) {
        let score = scores[i];
        if score > largest {
            largest = score;
            index = i;
        }
    }
    maxima[block] = vec2<u32>(bitcast<u32>(largest), index);
}
