//! For an engine that keeps most weights in a layout of its own: the rest of the pack's words, moved together.

use super::Plan;

impl Plan {
    /// The plan with only those words that its calls read as the pack has them
    /// ([`Kernel::plain_words`](crate::kernels::Kernel::plain_words)); the offsets of all other calls are invalid afterwards.
    pub fn compacted(mut self, words: &[u32]) -> (Self, Vec<u32>) {
        let mut kept = Vec::new();
        for step in &mut self.steps {
            for (place, len) in step.call.plain_words() {
                let from = *place as usize;
                *place = kept.len() as u32;
                kept.extend_from_slice(&words[from..from + len]);
            }
        }
        kept.shrink_to_fit();
        (self, kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Step;
    use crate::kernels::{Bindings, cases};

    #[test]
    fn calls_read_the_same_from_the_words_that_are_kept() {
        let mut seen = 0;
        for mut case in cases() {
            if case.call.plain_words().is_empty() {
                continue;
            }
            // Something stands before them in the pack, as the weights of other calls would.
            let mut words = vec![0xdead_beef; 100];
            words.extend(&case.weights);
            let mut call = case.call;
            call.plain_words().into_iter().for_each(|(place, _)| *place += 100);
            let steps = vec![Step { call, a: 0, b: None, y: 1, per_token: false }];
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
