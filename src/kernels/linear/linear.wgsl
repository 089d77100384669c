// A thread makes a tile of ROWS rows by 4 · GROUPS outputs. How weights lie in words is for the file of their format to say:
// int8.wgsl or int4.wgsl, which comes after this one.

//@ if SLICED
var<workgroup> sums: array<vec4<f32>, WORKGROUP * ROWS>;
//@ end

fn floats(at: u32) -> vec4<f32> {
    return bitcast<vec4<f32>>(vec4<u32>(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]));
}

fn store(at: u32, sum: vec4<f32>, scale: vec4<f32>, bias: vec4<f32>) {
    var value = activate(sum * scale + bias);
    //@ if RESIDUAL
    value += residual[at];
    //@ end
    y[at] = value;
}

// Rows and groups past the end repeat the last ones, values and places: branches around what is stored double the time in which
// software adapters compile the kernel. With SLICED, a workgroup makes a tile of ROWS rows by 4 · SLICES outputs: thread i the
// outputs of group i / SLICES, of the inner values only every SLICES-th step.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    let index = thread_index(global, workgroups);
    let thread = index % WORKGROUP;
    //@ if SLICED
    let slice = thread % SLICES;
    let tile = index / WORKGROUP;
    let tiles_across = (params.outer + SLICES * 4u - 1u) / (SLICES * 4u);
    let group = tile % tiles_across * SLICES + thread / SLICES;
    //@ end
    //@ if WHOLE
    let slice = 0u;
    let tile = index;
    let tiles_across = (params.outer + GROUPS * 4u - 1u) / (GROUPS * 4u);
    let group = tile % tiles_across * GROUPS;
    //@ end
    let row = tile / tiles_across * ROWS;
    //@ if WHOLE
    if row >= params.rows {
        return;
    }
    //@ end
    let row_words = params.inner / 4u;
    let last_row = params.rows - 1u;
    let groups = params.outer / 4u;
    let last_group = groups - 1u;
    var at: array<u32, ROWS>;
    //@ unroll r ROWS
    at[$r] = min(row + $ru, last_row) * row_words;
    //@ end
    var column: array<u32, COLUMNS>;
    //@ unroll c COLUMNS
    column[$c] = min(group + $cu / 4u, last_group) * 4u + $cu % 4u;
    //@ end
    var first: array<u32, COLUMNS>;
    var scale: array<f32, COLUMNS>;
    var word: array<u32, COLUMNS>;
    var sum: array<vec4<f32>, ROWS * GROUPS>;
    let steps = block_words();
    //@ if BLOCKED
    for (var block = first_block(slice); block < blocks(); block += BLOCK_STRIDE) {
    //@ end
    //@ if UNBROKEN
    {
        let block = 0u;
    //@ end
        //@ unroll c COLUMNS
        first[$c] = first_word(column[$c], block);
        scale[$c] = block_scale(column[$c], block);
        //@ end
        for (var step = first_step(slice); step < steps; step += STEP_STRIDE) {
            //@ unroll c COLUMNS
            word[$c] = weights[first[$c] + step];
            //@ end
            //@ unroll h HALVES
            {
                let k = inner_word(block, step) + 4u * $hu;
                //@ unroll g GROUPS
                // `v * m` is the dot product of v with each column of m.
                let m$g = mat4x4<f32>(
                    values(word[$gu * 4u] >> (4u * $hu), scale[$gu * 4u]),
                    values(word[$gu * 4u + 1u] >> (4u * $hu), scale[$gu * 4u + 1u]),
                    values(word[$gu * 4u + 2u] >> (4u * $hu), scale[$gu * 4u + 2u]),
                    values(word[$gu * 4u + 3u] >> (4u * $hu), scale[$gu * 4u + 3u]));
                //@ end
                //@ unroll r ROWS
                let v$r = x[at[$r] + k];
                //@ unroll g GROUPS
                sum[$ru * GROUPS + $gu] += v$r * m$g;
                //@ end
                //@ end
            }
            //@ end
        }
    }
    //@ if WHOLE
    //@ unroll g GROUPS
    let group$g = min(group + $gu, last_group);
    let scale$g = row_scale(group$g * 4u);
    let bias$g = floats(params.bias + group$g * 4u);
    //@ unroll r ROWS
    store(min(row + $ru, last_row) * groups + group$g, sum[$ru * GROUPS + $gu], scale$g, bias$g);
    //@ end
    //@ end
    //@ end
    //@ if SLICED
    //@ unroll r ROWS
    sums[thread * ROWS + $ru] = sum[$r];
    //@ end
    workgroupBarrier();
    // Now a thread makes one row of its group: ROWS are SLICES.
    var total = vec4<f32>();
    for (var other = 0u; other < SLICES; other++) {
        total += sums[(thread / SLICES * SLICES + other) * ROWS + slice];
    }
    if row + slice < params.rows && group < groups {
        store((row + slice) * groups + group, total, row_scale(group * 4u), floats(params.bias + group * 4u));
    }
    //@ end
}
