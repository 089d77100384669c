//! What a kernel has to do whatever the device: its arithmetic, and the bytes that have to move at least once.

use super::{Call, linear};

/// Of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Cost {
    /// Additions and multiplications; a product that is added counts as two.
    pub flops: u64,
    /// Weights, scales, biases and inputs, each once.
    pub bytes_read: u64,
    pub bytes_written: u64,
}

impl Call {
    /// The call's cost.
    pub fn cost(&self) -> Cost {
        let cost = |flops: u64, weights: u64, values_read: u64, values_written: u64| Cost {
            flops,
            bytes_read: weights + 4 * values_read,
            bytes_written: 4 * values_written,
        };
        match self {
            Call::Embed(p) => {
                let (rows, width) = (u64::from(p.rows), u64::from(p.width));
                let table = if p.table_is_int4 == 1 { width / 2 + width / 16 } else { width + 4 };
                cost(rows * width * 3, rows * (table + width + 4), rows, rows * width)
            }
            Call::LayerNorm(p) => {
                let (rows, width) = (u64::from(p.rows), u64::from(p.width));
                cost(rows * width * 8, 8 * width, rows * width, rows * width)
            }
            Call::LinearQ8(p) => linear_cost(p, linear::Format::Int8),
            Call::LinearQ4(p) => linear_cost(p, linear::Format::Int4),
            Call::Attention(p) => {
                let (rows, width) = (u64::from(p.rows), u64::from(p.heads * p.head_width));
                // Two products of all rows with all, and an exponential with its sums a pair and head.
                let flops = 4 * rows * rows * width + 8 * rows * rows * u64::from(p.heads);
                cost(flops, 0, 3 * rows * width, rows * width)
            }
            Call::Conv(p) => {
                let (pixels, taps) =
                    (u64::from(p.out_height) * u64::from(p.out_width), p.size * p.size * p.in_channels);
                let channels = u64::from(p.out_channels);
                let input = u64::from(p.in_height) * u64::from(p.in_width) * u64::from(p.in_channels);
                let weights = channels * (4 * u64::from(p.row_words) + 8);
                cost(2 * pixels * channels * u64::from(taps), weights, input, pixels * channels)
            }
            Call::Depthwise(p) => {
                let (pixels, channels) = (u64::from(p.out_height) * u64::from(p.out_width), u64::from(p.channels));
                let taps = u64::from(p.size * p.size);
                let input = u64::from(p.in_height) * u64::from(p.in_width) * channels;
                cost(2 * pixels * channels * taps, channels * (taps + 8), input, pixels * channels)
            }
            Call::MeanPool(p) => {
                let (rows, width) = (u64::from(p.rows), u64::from(p.width));
                cost(rows * width, 0, rows * width, width)
            }
            Call::L2Normalize(p) => cost(3 * u64::from(p.width), 0, p.width.into(), p.width.into()),
            Call::Score(p) => {
                let (count, width) = (u64::from(p.count), u64::from(p.width));
                cost(2 * count * width, count * width, width / 4 + count, count)
            }
            Call::TopK(p) => cost(p.count.into(), 0, p.count.into(), u64::from(p.threads()) * u64::from(p.k) * 2),
        }
    }

    /// The shapes of what goes in and comes out, for people.
    pub fn shape(&self) -> String {
        match self {
            Call::Embed(p) => format!("{} of {} × {}", p.rows, p.vocabulary, p.width),
            Call::LayerNorm(p) => format!("{} × {}", p.rows, p.width),
            Call::LinearQ8(p) | Call::LinearQ4(p) => format!("{} × {} → {}", p.rows, p.inner, p.outer),
            Call::Attention(p) => format!("{} × {} heads of {}", p.rows, p.heads, p.head_width),
            Call::Conv(p) => {
                let (size, stride) = (p.size, p.stride);
                let input = format!("{}×{}×{}", p.in_height, p.in_width, p.in_channels);
                format!("{input} → {}×{}×{}, {size}×{size}/{stride}", p.out_height, p.out_width, p.out_channels)
            }
            Call::Depthwise(p) => {
                let (size, stride) = (p.size, p.stride);
                let input = format!("{}×{}×{}", p.in_height, p.in_width, p.channels);
                format!("{input} → {}×{}, {size}×{size}/{stride}", p.out_height, p.out_width)
            }
            Call::MeanPool(p) => format!("{} × {} → {}", p.rows, p.width, p.width),
            Call::L2Normalize(p) => p.width.to_string(),
            Call::Score(p) => format!("{} × {}", p.count, p.width),
            Call::TopK(p) => format!("{} of {}", p.k, p.count),
        }
    }
}

fn linear_cost(p: &linear::Params, format: linear::Format) -> Cost {
    let (rows, inner, outer) = (u64::from(p.rows), u64::from(p.inner), u64::from(p.outer));
    let weights = match format {
        linear::Format::Int8 => inner * outer + 8 * outer,
        linear::Format::Int4 => inner * outer / 2 + inner * outer / 16 + 4 * outer,
    };
    let residual = u64::from(p.residual) * rows * outer;
    Cost {
        flops: 2 * rows * inner * outer,
        bytes_read: weights + 4 * (rows * inner + residual),
        bytes_written: 4 * rows * outer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::linear::Params;

    #[test]
    fn a_linear_call_reads_its_weights_once_and_makes_a_product_for_each() {
        let params = Params { rows: 2, inner: 32, outer: 8, activation: 0, weight: 0, scale: 0, bias: 0, residual: 1 };
        let cost = Call::LinearQ8(params).cost();
        assert_eq!(cost, Cost { flops: 1024, bytes_read: 256 + 64 + 4 * (64 + 16), bytes_written: 64 });
        // Half a byte a weight, and a scale of two bytes for 32 of them.
        assert_eq!(Call::LinearQ4(params).cost().bytes_read, 128 + 16 + 32 + 4 * (64 + 16));
    }
}
