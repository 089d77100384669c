use super::Params;
use crate::kernels::Bindings;
use crate::kernels::words::{bytes, f16, f32s};

/// The kernel in plain Rust; fast enough to be the CPU engine's too, as it moves a few kilobytes.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let width = params.width as usize;
    let stored = bytes(bindings.weights);
    let scales = f32s(bindings.weights);
    let tokens: &[u32] = bytemuck::cast_slice(bindings.a);
    for row in 0..params.rows as usize {
        let token = tokens[row].min(params.vocabulary - 1) as usize;
        for c in 0..width {
            let value = if params.table_is_int4 != 0 {
                let block = token * (width / 32) + c / 32;
                let byte = stored[params.table as usize * 4 + block * 16 + c % 16];
                let code = if c % 32 < 16 { byte & 15 } else { byte >> 4 };
                (f32::from(code) - 8.0) * f16(bindings.weights, params.table_scale as usize, block)
            } else {
                let code = stored[params.table as usize * 4 + token * width + c] as i8;
                f32::from(code) * scales[params.table_scale as usize + token]
            };
            y[row * width + c] = value;
        }
        if params.has_positions != 0 {
            let position_scale = scales[params.position_scale as usize + row];
            for c in 0..width {
                let position = stored[params.positions as usize * 4 + row * width + c] as i8;
                y[row * width + c] += f32::from(position) * position_scale;
            }
        }
    }
}
