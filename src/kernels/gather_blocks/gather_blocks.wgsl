@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let thread = thread_index(global, workgroups);
    if thread >= params.blocks * BLOCK {
        return;
    }
    // For want of a block the index is 2^32 - 1, whose block lies past all scores.
    let index = chosen[thread / BLOCK].y / BLOCK * BLOCK + thread % BLOCK;
    if index < params.count {
        gathered[thread] = vec2<u32>(bitcast<u32>(scores[index]), index);
    } else {
        gathered[thread] = vec2<u32>(EXCLUDED, 0xffffffffu);
    }
}
