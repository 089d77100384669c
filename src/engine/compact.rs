//! For an engine that keeps most weights in a layout of its own: the rest of the pack's words, moved together.

use super::Plan;
use crate::kernels::Call;

impl Plan {
    /// The plan with only those words that embeddings and layer norms read, which take them as the pack has them; all other
    /// calls' places are void afterwards. Of `positions`, the rows that the plan can reach.
    pub fn compacted(mut self, words: &[u32]) -> (Self, Vec<u32>) {
        let mut kept = Vec::new();
        for step in &mut self.steps {
            for (place, len) in plain_words(&mut step.call) {
                let from = *place as usize;
                *place = kept.len() as u32;
                kept.extend_from_slice(&words[from..from + len]);
            }
        }
        kept.shrink_to_fit();
        (self, kept)
    }
}

/// Where the weights of a call lie that reads them as they are, and how many words they are.
fn plain_words(call: &mut Call) -> Vec<(&mut u32, usize)> {
    match call {
        Call::Embed(p) => {
            let (rows, width, vocabulary) = (p.rows as usize, p.width as usize, p.vocabulary as usize);
            let (table, scales) = match p.table_is_int4 {
                1 => (vocabulary * width / 8, (vocabulary * width / 32).div_ceil(2)),
                _ => (vocabulary * width / 4, vocabulary),
            };
            vec![
                (&mut p.table, table),
                (&mut p.table_scale, scales),
                (&mut p.positions, rows * width / 4),
                (&mut p.position_scale, rows),
            ]
        }
        Call::LayerNorm(p) => {
            let width = p.width as usize;
            vec![(&mut p.gain, width), (&mut p.bias, width)]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Step;
    use crate::kernels::Bindings;
    use crate::kernels::cases::cases;

    #[test]
    fn embeddings_and_layer_norms_read_the_same_from_the_words_that_are_kept() {
        let mut seen = 0;
        for case in cases().into_iter().filter(|c| matches!(c.call, Call::Embed(_) | Call::LayerNorm(_))) {
            // Something stands before them in the pack, as the weights of other calls would.
            let mut words = vec![0xdead_beef; 100];
            words.extend(&case.weights);
            let mut call = case.call;
            plain_words(&mut call).into_iter().for_each(|(place, _)| *place += 100);
            let steps = vec![Step { call, a: 0, b: None, y: 1 }];
            let plan = Plan { steps, buffers: vec![], input: 0, output: 1, dimension: case.len, max_tokens: None };
            let (plan, kept) = plan.compacted(&words);
            let mut y = vec![0.0; case.len];
            plan.steps[0].call.twin(Bindings { weights: &kept, a: &case.a, b: &case.b }, &mut y);
            assert_eq!(y, case.expected());
            assert!(kept.len() <= case.weights.len());
            seen += 1;
        }
        assert!(seen >= 4, "found {seen} cases");
    }
}
