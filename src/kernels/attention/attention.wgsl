// One pass over the keys with a running maximum (Milakov and Gimelshein 2018). WORDS is a head's width in vec4s.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    let row = index / params.heads;
    let head = index % params.heads;
    if row >= params.rows {
        return;
    }
    let width = params.heads * WORDS;
    let scale = inverseSqrt(4.0 * f32(WORDS));
    let q = row * 3u * width + head * WORDS;
    var query: array<vec4<f32>, WORDS>;
    var sum: array<vec4<f32>, WORDS>;
    //@ unroll i WORDS
    query[$i] = qkv[q + $iu] * scale;
    //@ end
    var largest = -3.0e38;
    var total = 0.0;
    for (var key = 0u; key < params.rows; key++) {
        let k = key * 3u * width + width + head * WORDS;
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
