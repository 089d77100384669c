struct Params {
    rows: u32,
    width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> unused: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
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
