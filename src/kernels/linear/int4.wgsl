// Weights in int4 with a scale (f16) a block of 32, which is 4 words: word i holds weights 4i.. in its low nibbles and
// 16 + 4i.. in its high ones.

const BLOCK_STRIDE: u32 = SLICES;
const STEP_STRIDE: u32 = 1u;

fn blocks() -> u32 {
    return params.inner / 32u;
}

fn first_block(slice: u32) -> u32 {
    return slice;
}

fn block_words() -> u32 {
    return 4u;
}

fn first_step(slice: u32) -> u32 {
    return 0u;
}

fn first_word(column: u32, block: u32) -> u32 {
    return params.weight + (column * blocks() + block) * 4u;
}

fn block_scale(column: u32, block: u32) -> f32 {
    let index = column * blocks() + block;
    let pair = unpack2x16float(weights[params.scale + index / 2u]);
    return select(pair.x, pair.y, (index & 1u) == 1u) * UNIT;
}

// Where the inputs stand that belong to the low nibbles of a word; those of the high ones are 4 words on.
fn inner_word(block: u32, step: u32) -> u32 {
    return block * 8u + step;
}

fn values(word: u32, scale: f32) -> vec4<f32> {
    return unpack_int4(word) * scale;
}

fn row_scale(column: u32) -> vec4<f32> {
    return vec4<f32>(1.0);
}
