@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    let words = params.width / 4u;
    let row = index / words;
    let column = index % words;
    if row >= params.rows {
        return;
    }
    let token = min(tokens[row], params.vocabulary - 1u);
    var value: vec4<f32>;
    if params.table_is_int4 != 0u {
        // Word i of a block's four holds weights 4i.. in its low nibbles and 16 + 4i.. in its high ones.
        let block = token * (params.width / 32u) + column / 8u;
        let word = weights[params.table + block * 4u + (column & 3u)];
        let pair = unpack2x16float(weights[params.table_scale + block / 2u]);
        value = unpack_int4(word >> (column & 4u)) * (select(pair.x, pair.y, (block & 1u) == 1u) * UNIT);
    } else {
        value = unpack_int8(weights[params.table + token * words + column]) * (bitcast<f32>(weights[params.table_scale + token]) * UNIT);
    }
    if params.has_positions != 0u {
        let position = unpack_int8(weights[params.positions + row * words + column]);
        value += position * (bitcast<f32>(weights[params.position_scale + row]) * UNIT);
    }
    y[index] = value;
}
