fn floats(at: u32) -> vec4<f32> {
    return bitcast<vec4<f32>>(vec4<u32>(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]));
}

// One pass over the keys with a running maximum (Milakov and Gimelshein 2018). WORDS is a head's width in vec4s.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    let row = index / params.heads;
    let head = index % params.heads;
    //@ if POOLED
    if row >= 1u {
        return;
    }
    //@ end
    //@ if EVERY
    if row >= params.rows {
        return;
    }
    //@ end
    let width = params.heads * WORDS;
    let scale = inverseSqrt(4.0 * f32(WORDS));
    // Words of a row: queries, if it has some, keys and values.
    let across = (3u - POOLED) * width;
    let q = row * across + head * WORDS;
    var query: array<vec4<f32>, WORDS>;
    var sum: array<vec4<f32>, WORDS>;
    //@ unroll i WORDS
    //@ if POOLED
    query[$i] = floats(params.query + (q + $iu) * 4u) * scale;
    //@ end
    //@ if EVERY
    query[$i] = qkv[q + $iu] * scale;
    //@ end
    //@ end
    var largest = -3.0e38;
    var total = 0.0;
    let keys = select(params.rows, row + 1u, CAUSAL == 1u);
    for (var key = 0u; key < keys; key++) {
        let k = key * across + (1u - POOLED) * width + head * WORDS;
        var products = vec4<f32>();
        //@ unroll i WORDS
        products += query[$i] * qkv[k + $iu];
        //@ end
        let score = products.x + products.y + products.z + products.w;
        let next = max(largest, score);
        let shrink = exp(largest - next);
        let share = exp(score - next);
        total = total * shrink + share;
        //@ unroll i WORDS
        sum[$i] = sum[$i] * shrink + share * qkv[k + width + $iu];
        //@ end
        largest = next;
    }
    let at = row * width + head * WORDS;
    //@ unroll i WORDS
    y[at + $iu] = sum[$i] / total;
    //@ end
}
