//! The scan on the GPU: scores, then the best of each run of 256, so that little is read back.

use std::sync::Arc;

use super::{Best, Nearest, Position};
use crate::Result;
use crate::catalogue::Catalogue;
use crate::engine::gpu::{Gpu, Runner, Weights};
use crate::engine::{Input, Plan, Step};
use crate::kernels::{Call, score, top_k};

/// Most results; as many as the kernel keeps of a run.
pub const MAX_LIMIT: usize = top_k::MAX_K as usize;
/// Most bytes of vectors in one binding: half of what WebGPU grants everywhere.
const MAX_BYTES: usize = 64 << 20;

/// Bytes of one write to the device.
const UPLOAD: usize = 1 << 20;

/// Vectors of one encoder that fit one binding.
struct Part {
    runner: Runner,
    positions: Vec<Position>,
}

/// All vectors of a catalogue on the GPU, an entry an encoder.
pub struct Index {
    encoders: Vec<Vec<Part>>,
}

impl Index {
    pub async fn new(gpu: &Arc<Gpu>, catalogue: &Catalogue) -> Result<Self> {
        let mut encoders = Vec::new();
        for encoder in 0..catalogue.manifest.encoders.len() {
            let most = MAX_BYTES / catalogue.manifest.dimension(encoder);
            let with_lane = catalogue.shards.iter().enumerate().flat_map(|(shard, s)| {
                let listings = 0..s.listings.len();
                listings
                    .filter(move |l| s.vectors[encoder].scales[*l] > 0.0)
                    .map(move |listing| Position { shard, listing })
            });
            let positions: Vec<Position> = with_lane.collect();
            let mut parts = Vec::new();
            for positions in positions.chunks(most) {
                parts.push(Part::new(gpu, catalogue, encoder, catalogue.manifest.dimension(encoder), positions).await?);
            }
            encoders.push(parts);
        }
        Ok(Index { encoders })
    }

    /// As [`super::Search::nearest`] without a filter; `limit` is at most [`MAX_LIMIT`].
    pub async fn nearest(&mut self, encoder: usize, codes: &[i8], scale: f32, limit: usize) -> Result<Vec<Nearest>> {
        let query: Vec<f32> = bytemuck::pod_collect_to_vec(codes);
        let mut best = Best::new(limit);
        for part in &mut self.encoders[encoder] {
            let mut found = part.runner.run(Input::Pixels(&query)).await?;
            for pair in found.chunks_exact_mut(2) {
                // The query's scale is the same for all: it need not travel to the GPU.
                let (cosine, index) = (pair[0] * scale, pair[1].to_bits() as usize);
                if pair[0] > top_k::NOTHING && best.would_take(cosine) {
                    best.push(Nearest { position: part.positions[index], cosine }, |a, b| a.cmp(&b));
                }
            }
        }
        Ok(best.found)
    }
}

impl Part {
    async fn new(
        gpu: &Arc<Gpu>,
        catalogue: &Catalogue,
        encoder: usize,
        width: usize,
        positions: &[Position],
    ) -> Result<Self> {
        let rows = || positions.iter().filter_map(|p| catalogue.shards[p.shard].vectors[encoder].row(p.listing));
        let scales: Vec<f32> = rows().map(|(_, scale)| scale).collect();
        let mut weights = Weights::new(gpu, (positions.len() * width) as u64);
        // Through a small buffer: the vectors are not laid out a second time beside the shards.
        let mut codes = Vec::with_capacity(UPLOAD + width);
        for (row, _) in rows() {
            codes.extend_from_slice(bytemuck::cast_slice(row));
            if codes.len() >= UPLOAD {
                weights.write(gpu, &codes);
                codes.clear();
            }
        }
        weights.write(gpu, &codes);
        let count = positions.len() as u32;
        let score = Call::Score(score::Params { count, width: width as u32, query_scale: 1.0 });
        let best = top_k::Params { count, k: MAX_LIMIT as u32 };
        let len = best.runs() as usize * MAX_LIMIT * 2;
        let plan = Plan {
            steps: vec![
                Step { call: score, a: 0, b: Some(1), y: 2 },
                Step { call: Call::TopK(best), a: 2, b: None, y: 3 },
            ],
            buffers: vec![width / 4, positions.len(), positions.len(), len],
            input: 0,
            output: 3,
            dimension: len,
            max_tokens: None,
        };
        gpu.verify(&plan).await?;
        let runner = Runner::over(gpu.clone(), plan, weights).await?;
        runner.write(1, &scales);
        Ok(Part { runner, positions: positions.to_vec() })
    }
}
