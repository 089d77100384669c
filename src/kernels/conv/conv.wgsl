fn floats(at: u32) -> vec4<f32> {
    return bitcast<vec4<f32>>(vec4<u32>(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]));
}

// A thread makes 4 · GROUPS channels of TILE pixels beside each other, from STEP channels of the input at a time: four or one.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    let columns = params.out_channels / 4u;
    let groups = (columns + GROUPS - 1u) / GROUPS;
    let across = (params.out_width + TILE - 1u) / TILE;
    let column = index % groups * GROUPS;
    let tile = index / groups;
    let oy = tile / across;
    let ox = tile % across * TILE;
    if oy >= params.out_height {
        return;
    }
    // Where four filters begin.
    var filters: array<vec4<u32>, GROUPS>;
    //@ unroll g GROUPS
    filters[$g] = params.weight + (vec4<u32>((column + $gu) * 4u) + vec4<u32>(0u, 1u, 2u, 3u)) * params.row_words;
    //@ end
    let channels = params.in_channels / STEP;
    var pixel: array<u32, TILE>;
    var inside: array<bool, TILE>;
    var sum: array<vec4<f32>, TILE * GROUPS>;
    for (var ky = 0u; ky < params.size; ky++) {
        // Below zero wraps to a large number: one comparison covers both sides.
        let iy = oy * params.stride + ky - params.pad_before;
        if iy >= params.in_height {
            continue;
        }
        for (var kx = 0u; kx < params.size; kx++) {
            let ix = ox * params.stride + kx - params.pad_before;
            //@ unroll t TILE
            pixel[$t] = (iy * params.in_width + ix + $tu * params.stride) * channels;
            inside[$t] = ix + $tu * params.stride < params.in_width;
            //@ end
            let tap = (ky * params.size + kx) * channels;
            for (var c = 0u; c < channels; c++) {
                //@ if QUADS
                //@ unroll g GROUPS
                // `v * m` is the dot product of v with each column of m.
                let m$g = mat4x4<f32>(
                    unpack_int8(weights[filters[$g].x + tap + c]),
                    unpack_int8(weights[filters[$g].y + tap + c]),
                    unpack_int8(weights[filters[$g].z + tap + c]),
                    unpack_int8(weights[filters[$g].w + tap + c]));
                //@ end
                //@ unroll t TILE
                let v$t = select(vec4<f32>(), x[pixel[$t] + c], inside[$t]);
                //@ unroll g GROUPS
                sum[$tu * GROUPS + $gu] += v$t * m$g;
                //@ end
                //@ end
                //@ end
                //@ if SINGLES
                let word = (tap + c) / 4u;
                // As TO_TOP, for one byte of four words.
                let to_top = 1u << (24u - ((tap + c) & 3u) * 8u);
                //@ unroll g GROUPS
                let words$g = vec4<u32>(weights[filters[$g].x + word], weights[filters[$g].y + word], weights[filters[$g].z + word], weights[filters[$g].w + word]);
                let w$g = vec4<f32>(vec4<i32>((words$g * to_top) & vec4<u32>(0xff000000u)));
                //@ end
                //@ unroll t TILE
                let v$t = select(0.0, x[pixel[$t] + c], inside[$t]);
                //@ unroll g GROUPS
                sum[$tu * GROUPS + $gu] += v$t * w$g;
                //@ end
                //@ end
                //@ end
            }
        }
    }
    let at = (oy * params.out_width + ox) * columns + column;
    //@ unroll g GROUPS
    if column + $gu < columns {
        let scale = floats(params.scale + (column + $gu) * 4u) * UNIT;
        let bias = floats(params.bias + (column + $gu) * 4u);
        //@ unroll t TILE
        if ox + $tu < params.out_width {
            y[at + $tu * columns + $gu] = activate(sum[$tu * GROUPS + $gu] * scale + bias);
        }
        //@ end
    }
    //@ end
}
