fn floats(at: u32) -> vec4<f32> {
    return bitcast<vec4<f32>>(vec4<u32>(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]));
}

// A thread makes four channels of TILE pixels beside each other, from INPUTS pixels of each row of its windows.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    let columns = params.channels / 4u;
    let across = (params.out_width + TILE - 1u) / TILE;
    let column = index % columns;
    let tile = index / columns;
    let oy = tile / across;
    let ox = tile % across * TILE;
    if oy >= params.out_height {
        return;
    }
    let ix = ox * STRIDE - params.pad_before;
    var sum: array<vec4<f32>, TILE>;
    var v: array<vec4<f32>, INPUTS>;
    for (var ky = 0u; ky < SIZE; ky++) {
        // Below zero wraps to a large number: one comparison covers both sides.
        let iy = oy * STRIDE + ky - params.pad_before;
        if iy >= params.in_height {
            continue;
        }
        let row = (iy * params.in_width + ix) * columns + column;
        let tap = params.weight + ky * SIZE * columns + column;
        //@ unroll i INPUTS
        v[$i] = select(vec4<f32>(), x[row + $iu * columns], ix + $iu < params.in_width);
        //@ end
        //@ unroll k SIZE
        {
            let w = unpack_int8(weights[tap + $ku * columns]);
            //@ unroll t TILE
            sum[$t] += v[$tu * STRIDE + $ku] * w;
            //@ end
        }
        //@ end
    }
    let scale = floats(params.scale + column * 4u) * UNIT;
    let bias = floats(params.bias + column * 4u);
    let at = (oy * params.out_width + ox) * columns + column;
    //@ unroll t TILE
    if ox + $tu < params.out_width {
        y[at + $tu * columns] = activate(sum[$t] * scale + bias);
    }
    //@ end
}
