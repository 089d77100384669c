@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let thread = thread_index(global, workgroups);
    let run = thread / RUN;
    let first = run * RUN;
    if first >= params.count {
        return;
    }
    let end = min(first + RUN, params.count);
    var place = thread - first;
    var own = vec2<u32>(EXCLUDED, 0xffffffffu);
    // All candidates of the run precede what only fills up.
    if thread < end {
        own = candidates[thread];
        let score = bitcast<f32>(own.x);
        place = 0u;
        for (var i = first; i < end; i++) {
            let other = candidates[i];
            let other_score = bitcast<f32>(other.x);
            let earlier = other.y < own.y || (other.y == own.y && i < thread);
            place += u32(other_score > score || (other_score == score && earlier));
        }
    }
    if place < params.k {
        best[run * params.k + place] = own;
    }
}
