struct Params {
    count: u32,
    k: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(2) var<storage, read> scores: array<f32>;
@group(0) @binding(3) var<storage, read> unused: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec2<u32>>;

const MAX_K: u32 = 64u;
const RUN: u32 = 256u;
const NOTHING: f32 = -3.0e38;

// Insertion into a short sorted list: most scores fail the first comparison.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let run = thread_index(global, workgroups);
    let first = run * RUN;
    if first >= params.count {
        return;
    }
    var best: array<f32, MAX_K>;
    var index: array<u32, MAX_K>;
    for (var i = 0u; i < params.k; i++) {
        best[i] = NOTHING;
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
