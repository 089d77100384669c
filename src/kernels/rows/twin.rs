use super::{CONCAT, PREPEND, Params, TAKE_ROW, UPSAMPLE};
use crate::kernels::Bindings;
use crate::kernels::words::f32s;

/// The kernel in plain Rust; the CPU engine's too: it moves rows.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let (width, other_width) = (params.width as usize, params.other_width as usize);
    let weights = f32s(bindings.weights);
    let (columns, factor) = (params.columns as usize, params.factor as usize);
    let class_rows = params.with_class as usize;
    let out = y.chunks_exact_mut(width + other_width).take(params.out_rows() as usize).enumerate();
    for (row, y) in out {
        let from = match params.kind {
            UPSAMPLE => row / (factor * factor * columns) * columns + row % (factor * columns) / factor,
            TAKE_ROW if params.last == 1 => params.rows as usize - 1,
            PREPEND => row.saturating_sub(class_rows),
            _ => row,
        };
        let (first, second) = y.split_at_mut(width);
        if params.kind == PREPEND && row < class_rows {
            first.copy_from_slice(&weights[params.class_token as usize..][..width]);
        } else {
            first.copy_from_slice(&bindings.a[from * width..][..width]);
        }
        if params.kind == CONCAT {
            second.copy_from_slice(&bindings.b[row * other_width..][..other_width]);
        }
        if params.kind == PREPEND {
            let positions = &weights[params.positions as usize + row * width..][..width];
            first.iter_mut().zip(positions).for_each(|(y, position)| *y += position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of rows with values that are all the same.
    fn run(params: Params, weights: &[f32], rows: &[f32], others: &[f32]) -> Vec<f32> {
        let params = Params { rows: rows.len() as u32, width: 4, ..params };
        let weights: Vec<u32> = weights.iter().flat_map(|w| [w.to_bits(); 4]).collect();
        let [a, b] = [rows, others].map(|rows| rows.iter().flat_map(|v| [*v; 4]).collect::<Vec<f32>>());
        let mut y = vec![f32::NAN; params.out_len() as usize];
        twin(&params, Bindings { weights: &weights, a: &a, b: &b }, &mut y);
        assert!(y.chunks(4).all(|quad| quad == [quad[0]; 4]));
        y.iter().step_by(4).copied().collect()
    }

    fn of(kind: u32) -> Params {
        Params { kind, ..bytemuck::Zeroable::zeroed() }
    }

    #[test]
    fn channels_stand_side_by_side() {
        let params = Params { other_width: 8, ..of(CONCAT) };
        assert_eq!(run(params, &[], &[1.0, 2.0], &[3.0, 4.0, 5.0, 6.0]), [1.0, 3.0, 4.0, 2.0, 5.0, 6.0]);
    }

    #[test]
    fn pixels_are_repeated_along_both_sides() {
        let params = Params { columns: 2, factor: 2, ..of(UPSAMPLE) };
        let expected = [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 3.0, 3.0, 4.0, 4.0];
        assert_eq!(run(params, &[], &[1.0, 2.0, 3.0, 4.0], &[]), expected);
        let tripled = Params { columns: 1, factor: 3, ..params };
        assert_eq!(run(tripled, &[], &[1.0, 2.0], &[]), [[1.0; 9], [2.0; 9]].concat());
    }

    #[test]
    fn the_first_row_or_the_last() {
        assert_eq!(run(of(TAKE_ROW), &[], &[1.0, 2.0, 3.0], &[]), [1.0]);
        assert_eq!(run(Params { last: 1, ..of(TAKE_ROW) }, &[], &[1.0, 2.0, 3.0], &[]), [3.0]);
    }

    #[test]
    fn a_class_token_comes_first_and_every_row_has_its_position() {
        let params = Params { with_class: 1, class_token: 0, positions: 4, ..of(PREPEND) };
        assert_eq!(run(params, &[7.0, 0.5, 0.25, 0.125], &[1.0, 2.0], &[]), [7.5, 1.25, 2.125]);
        let without = Params { with_class: 0, ..params };
        assert_eq!(run(without, &[7.0, 0.5, 0.25], &[1.0, 2.0], &[]), [1.5, 2.25]);
    }
}
