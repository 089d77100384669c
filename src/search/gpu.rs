//! The scan on the GPU: it scores all vectors and reduces the scores until one run of the best is left, which is read back.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Mask, Nearest, Position};
use crate::Result;
use crate::catalogue::Catalogue;
use crate::engine::gpu::{Gpu, Runner, Weights};
use crate::engine::{Input, Plan, Step};
use crate::kernels::block_max::{self, BLOCK};
use crate::kernels::score::EXCLUDED;
use crate::kernels::{Call, gather_blocks, score, top_k};
use crate::sort::sorted_by;

/// Most results: as many as are read back of each part.
pub const MAX_LIMIT: usize = top_k::MAX_K as usize;

/// Bytes of one write to the device.
const UPLOAD: usize = 1 << 20;

/// Where a vector lies: its listing and, of a further picture of it, the row in the shard's gallery.
type Stored = (Position, Option<usize>);

/// A stored vector and its scale.
fn stored(catalogue: &Catalogue, encoder: usize, (position, further): Stored) -> Option<(&[i8], f32)> {
    let shard = &catalogue.shards[position.shard];
    match further {
        Some(row) => shard.gallery.vectors[encoder].row(row),
        None => shard.vectors[encoder].row(position.listing),
    }
}

/// Vectors of one encoder that fit one binding.
struct Part {
    runner: Runner,
    /// Of each row, in the order of the listings' ids: of equal scores the kernels put the lower row first.
    rows: Vec<Stored>,
    /// Whether the mask on the device excludes any row.
    is_masked: bool,
}

/// All vectors of a catalogue on the GPU, an entry an encoder.
pub struct Index {
    encoders: Vec<Vec<Part>>,
}

impl Index {
    /// Uploads all vectors; no binding gets more than `part_bytes` of them.
    pub async fn new(gpu: &Arc<Gpu>, catalogue: &Catalogue, part_bytes: usize) -> Result<Self> {
        let id = |position: &Position| &catalogue.listing(*position).id;
        let by_id = sorted_by(catalogue.positions().collect(), |a, b| id(a).cmp(id(b)));
        let mut encoders = Vec::new();
        for encoder in 0..catalogue.manifest.encoders.len() {
            let rows = (part_bytes / padded(catalogue.manifest.dimension(encoder))).max(1);
            let pictures = |p: &Position| {
                let further = catalogue.shards[p.shard].gallery.of(p.listing).map(Some);
                [None].into_iter().chain(further).map(|row| (*p, row)).collect::<Vec<Stored>>()
            };
            let with_vector = |row: &Stored| stored(catalogue, encoder, *row).is_some();
            let all: Vec<Stored> = by_id.iter().flat_map(pictures).filter(with_vector).collect();
            let mut parts = Vec::new();
            for part in all.chunks(rows) {
                parts.push(Part::new(gpu, catalogue, encoder, part).await?);
            }
            encoders.push(parts);
        }
        Ok(Index { encoders })
    }

    /// Bytes that one query reads back.
    pub fn read_back_bytes(&self, encoder: usize) -> usize {
        self.encoders[encoder].len() * MAX_LIMIT * size_of::<[u32; 2]>()
    }

    /// As [`super::Search::nearest`] for a query of those codes and that scale; `limit` is at most [`MAX_LIMIT`]. `None` where
    /// pictures of few listings fill what is read back, so that others may be missing.
    pub async fn nearest(
        &mut self,
        catalogue: &Catalogue,
        encoder: usize,
        (codes, scale): (&[i8], f32),
        limit: usize,
        filter: Option<&Mask>,
    ) -> Result<Option<Vec<Nearest>>> {
        let mut codes = codes.to_vec();
        codes.resize(padded(codes.len()), 0);
        let query: Vec<f32> = bytemuck::pod_collect_to_vec(&codes);
        let parts = &mut self.encoders[encoder];
        // All are submitted before the first is waited for.
        let mut runs = Vec::with_capacity(parts.len());
        for part in parts.iter_mut() {
            part.set_mask(catalogue, filter);
            runs.push(part.runner.start(Input::Pixels(&query))?);
        }
        let mut found = Vec::new();
        let mut is_whole = true;
        for (part, run) in parts.iter().zip(runs) {
            let best = run.await?;
            let start = found.len();
            found.extend(best.chunks_exact(2).filter(|pair| pair[0] > EXCLUDED).filter_map(|pair| {
                let (position, _) = *part.rows.get(pair[1].to_bits() as usize)?;
                Some(Nearest { position, cosine: pair[0] })
            }));
            let own = found.get(start..).unwrap_or_default();
            let listings: HashSet<Position> = own.iter().map(|nearest| nearest.position).collect();
            is_whole &= own.len() < MAX_LIMIT || listings.len() >= limit;
        }
        if !is_whole {
            return Ok(None);
        }
        // Among equal scores the parts stay in the order of their ids.
        let mut found = sorted_by(found, |a, b| b.cosine.total_cmp(&a.cosine));
        let mut seen = HashSet::new();
        found.retain(|nearest| seen.insert(nearest.position));
        found.truncate(limit);
        found.iter_mut().for_each(|nearest| nearest.cosine *= scale);
        Ok(Some(found))
    }
}

impl Part {
    async fn new(gpu: &Arc<Gpu>, catalogue: &Catalogue, encoder: usize, rows: &[Stored]) -> Result<Self> {
        let width = padded(catalogue.manifest.dimension(encoder));
        let vectors = || rows.iter().filter_map(|row| stored(catalogue, encoder, *row));
        let scales: Vec<f32> = vectors().map(|(_, scale)| scale).collect();
        let mut weights = Weights::new(gpu, (rows.len() * width) as u64);
        // Through a small buffer: the vectors are not laid out a second time beside the shards.
        let mut codes = Vec::with_capacity(UPLOAD + width);
        for (row, _) in vectors() {
            codes.extend_from_slice(bytemuck::cast_slice(row));
            codes.resize(codes.len() + width - row.len(), 0);
            if codes.len() >= UPLOAD {
                weights.write(gpu, &codes);
                codes.clear();
            }
        }
        weights.write(gpu, &codes);
        let plan = plan(rows.len() as u32, width as u32);
        gpu.verify(&plan).await?;
        let runner = Runner::over(gpu.clone(), plan, weights).await?;
        runner.write(ROWS, 0, &scales);
        let mut part = Part { runner, rows: rows.to_vec(), is_masked: true };
        part.set_mask(catalogue, None);
        Ok(part)
    }

    /// Has the device's mask exclude what the filter does.
    fn set_mask(&mut self, catalogue: &Catalogue, filter: Option<&Mask>) {
        if !self.is_masked && filter.is_none() {
            return;
        }
        let allows = |(p, _): &Stored| filter.is_none_or(|filter| filter.contains(catalogue.number(*p)));
        let mask: Mask = self.rows.iter().map(allows).collect();
        self.runner.write(ROWS, self.rows.len(), mask.words());
        self.is_masked = filter.is_some();
    }
}

/// Buffers of the plan that are written from outside: the query's codes; the rows' scales, then their mask.
const QUERY: usize = 0;
const ROWS: usize = 1;

/// Scores of `count` rows of `width` codes, and their reduction to [`MAX_LIMIT`] pairs of score and row.
///
/// The best rows lie in the blocks with the largest maxima, so only these blocks' scores are ranked.
fn plan(count: u32, width: u32) -> Plan {
    let k = top_k::MAX_K;
    let mut buffers = vec![width as usize / 4, count as usize + count.div_ceil(32) as usize];
    let mut steps = Vec::new();
    let mut step = |call: Call, a: usize, b: Option<usize>, len: u32| {
        let y = buffers.len();
        buffers.push(len as usize);
        steps.push(Step { call, a, b, y, per_token: false });
        y
    };
    let scores = step(score::Params { count, width }.into(), QUERY, Some(ROWS), count);
    let maxima = block_max::Params { count };
    let mut blocks = maxima.blocks();
    let mut chosen = step(maxima.into(), scores, None, 2 * blocks);
    while blocks > k {
        let best = top_k::Params { count: blocks, k };
        blocks = best.runs() * k;
        chosen = step(best.into(), chosen, None, 2 * blocks);
    }
    let gather = gather_blocks::Params { blocks, count };
    let mut candidates = blocks * BLOCK;
    let mut output = step(gather.into(), chosen, Some(scores), 2 * candidates);
    loop {
        let best = top_k::Params { count: candidates, k };
        candidates = best.runs() * k;
        output = step(best.into(), output, None, 2 * candidates);
        if best.runs() == 1 {
            break;
        }
    }
    let dimension = buffers[output];
    Plan { steps, buffers, input: QUERY, output, dimension, max_tokens: None }
}

/// Codes of a row on the device, which reads them four at a time.
fn padded(width: usize) -> usize {
    width.next_multiple_of(4)
}
