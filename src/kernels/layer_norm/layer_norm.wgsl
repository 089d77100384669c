// With SHARED a workgroup makes a row: a GPU has threads to spare, and a row is long for one of them. Without, a thread does: on
// a software adapter a barrier costs more than a row.

//@ if SHARED
var<workgroup> sums: array<f32, WORKGROUP>;

// The sum over the workgroup.
fn reduced(thread: u32, part: f32) -> f32 {
    workgroupBarrier();
    sums[thread] = part;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if thread < half {
            sums[thread] += sums[thread + half];
        }
        workgroupBarrier();
    }
    return sums[0];
}
//@ end
//@ if SOLE
fn reduced(thread: u32, part: f32) -> f32 {
    return part;
}
//@ end

fn weight(at: u32) -> vec4<f32> {
    return bitcast<vec4<f32>>(vec4<u32>(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]));
}

fn total(v: vec4<f32>) -> f32 {
    return v.x + v.y + v.z + v.w;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    //@ if SHARED
    let thread = index % WORKGROUP;
    let row = min(index / WORKGROUP, params.rows - 1u);
    let stride = WORKGROUP;
    //@ end
    //@ if SOLE
    let thread = 0u;
    let row = index;
    let stride = 1u;
    if row >= params.rows {
        return;
    }
    //@ end
    let words = params.width / 4u;
    let first = row * words;
    var mean = 0.0;
    //@ if CENTRED
    var sum = vec4<f32>();
    for (var i = thread; i < words; i += stride) {
        sum += x[first + i];
    }
    mean = reduced(thread, total(sum)) / f32(params.width);
    //@ end
    var squares = vec4<f32>();
    for (var i = thread; i < words; i += stride) {
        let d = x[first + i] - mean;
        squares += d * d;
    }
    let variance = reduced(thread, total(squares)) / f32(params.width);
    let factor = inverseSqrt(variance + params.epsilon);
    for (var i = thread; i < words; i += stride) {
        var v = (x[first + i] - mean) * factor * weight(params.gain + i * 4u);
        //@ if CENTRED
        v += weight(params.bias + i * 4u);
        //@ end
        y[first + i] = v;
    }
}
