//! What an encoder makes of each piece by itself.

use rayon::prelude::*;

use crate::Result;
use crate::encoder::Tokenizer;
use crate::engine::{Input, Plan, cpu};
use crate::kernels::Operation;
use crate::pack::{Pack, Preprocessing};

/// The encoder's output `[width]` f32 at the position of each of the pieces `ids`, where the prefix and that piece alone are read; before
/// pooling.
pub(super) fn contextual(pack: &Pack, tokenizer: &[u8], ids: &[usize]) -> Result<Vec<Vec<f32>>> {
    let Preprocessing::Text { prefix, max_tokens, .. } = &pack.header.preprocessing else {
        return Err(pack.error("an encoder of titles", "one of photos"));
    };
    let unusable = |e: tokenizers::Error| pack.error("a usable tokenizer", e.to_string());
    let around = Tokenizer::new(tokenizer, *max_tokens).and_then(|t| t.encode(prefix.trim_end())).map_err(unusable)?;
    let Some((end, begin)) = around.split_last() else {
        return Err(pack.error("a tokenizer with an end of its own", "none"));
    };
    let position = begin.len();
    let mut plan = Plan::new(pack)?;
    let pooled = pack.header.graph.iter().position(|node| node.values().output == "pooled");
    let Some(last) = pooled.and_then(|at| plan.steps.get(at.checked_sub(1)?)) else {
        return Err(pack.error("a graph that pools its tokens", "another"));
    };
    // Values of all tokens stand where the vector of the title would.
    plan.output = last.y;
    plan.steps.truncate(pooled.unwrap_or_default());
    let width = plan.dimension;
    plan.dimension = width * (position + 1);
    let runner = cpu::Runner::new(plan, pack);
    let one = |runner: &mut cpu::Runner, id: &usize| {
        let tokens: Vec<u32> = begin.iter().copied().chain([*id as u32, *end]).collect();
        Ok(runner.run(Input::Tokens(&tokens))?[width * position..].to_vec())
    };
    ids.par_iter().map_init(|| runner.fork(), one).collect()
}
