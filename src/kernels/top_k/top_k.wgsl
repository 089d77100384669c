// Insertion into a short sorted list: most scores fail the first comparison.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let run = thread_index(global, workgroups);
    let first = run * RUN;
    if first >= params.count {
        return;
    }
    var best: array<f32, MAX_K>;
    var index: array<u32, MAX_K>;
    for (var i = 0u; i < params.k; i++) {
        best[i] = bitcast<f32>(NOTHING);
        index[i] = 0xffffffffu;
    }
    let end = min(first + RUN, params.count);
    for (var i = first; i < end; i++) {
        let score = scores[i];
        if score <= best[params.k - 1u] {
            continue;
        }
        var at = params.k - 1u;
        while at > 0u && score > best[at - 1u] {
            best[at] = best[at - 1u];
            index[at] = index[at - 1u];
            at--;
        }
        best[at] = score;
        index[at] = i;
    }
    for (var i = 0u; i < params.k; i++) {
        y[run * params.k + i] = vec2<u32>(bitcast<u32>(best[i]), index[i]);
    }
}
