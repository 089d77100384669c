fn int8(word: u32) -> vec4<i32> {
    let w = i32(word);
    return vec4<i32>(extractBits(w, 0u, 8u), extractBits(w, 8u, 8u), extractBits(w, 16u, 8u), extractBits(w, 24u, 8u));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    if index >= params.count {
        return;
    }
    let mask = scales_and_mask[params.count + index / 32u];
    if ((mask >> (index % 32u)) & 1u) == 0u {
        scores[index] = bitcast<f32>(EXCLUDED);
        return;
    }
    let words = params.width / 4u;
    var sum = vec4<i32>();
    for (var i = 0u; i < words; i++) {
        sum += int8(vectors[index * words + i]) * int8(query[i]);
    }
    scores[index] = f32(sum.x + sum.y + sum.z + sum.w) * bitcast<f32>(scales_and_mask[index]);
}
