// Weights in int8 with a scale a row: one block as long as the row.

const STEP_STRIDE: u32 = SLICES;

fn block_words() -> u32 {
    return params.inner / 4u;
}

fn first_step(slice: u32) -> u32 {
    return slice;
}

fn first_word(column: u32, block: u32) -> u32 {
    return params.weight + column * (params.inner / 4u);
}

fn block_scale(column: u32, block: u32) -> f32 {
    return 1.0;
}

// Where the inputs stand that belong to a word.
fn inner_word(block: u32, step: u32) -> u32 {
    return step;
}

fn values(word: u32, scale: f32) -> vec4<f32> {
    return unpack_int8(word);
}

fn row_scale(column: u32) -> vec4<f32> {
    return floats(params.scale + column) * UNIT;
}
