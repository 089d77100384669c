//! Every kernel against its twin on this very adapter: drivers have bugs, and a wrong answer is worse than a slow one.

use std::sync::Arc;

use super::{Gpu, Runner};
use crate::engine::{Input, Plan, Step};
use crate::kernels::Variants;
use crate::kernels::cases::{Case, cases};
use crate::{Error, Result};

/// Largest difference between a kernel and its twin, over the larger of 1 and the twin's value.
const TOLERANCE: f32 = 2e-3;

impl Gpu {
    /// One problem of every kernel; an error names the first kernel that disagrees with its twin.
    pub async fn self_test(self: &Arc<Self>) -> Result<()> {
        let mut tested = std::collections::HashSet::new();
        for case in cases() {
            if tested.insert(case.call.name()) {
                self.check(&case).await?;
            }
        }
        Ok(())
    }

    /// One problem; an error says where the kernel disagrees with its twin.
    pub async fn check(self: &Arc<Self>, case: &Case) -> Result<()> {
        self.check_variant(case, self.tuning().photos).await
    }

    /// The same in given variants of the kernels.
    pub async fn check_variant(self: &Arc<Self>, case: &Case, variants: Variants) -> Result<()> {
        let found = self.run_case(case, variants).await?;
        for (i, (found, expected)) in found.iter().zip(case.expected()).enumerate() {
            // Equal bits cover what top_k stores as indices.
            let near = (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0);
            if !near && found.to_bits() != expected.to_bits() {
                let name = case.call.name();
                return Err(Error::gpu(
                    format!("{expected} from {name}, value {i}, as its twin gives"),
                    found.to_string(),
                ));
            }
        }
        Ok(())
    }

    /// What the kernel makes of a problem.
    async fn run_case(self: &Arc<Self>, case: &Case, variants: Variants) -> Result<Vec<f32>> {
        let second = !case.b.is_empty();
        let plan = Plan {
            steps: vec![Step { call: case.call, a: 0, b: second.then_some(1), y: 2 }],
            buffers: vec![case.a.len(), case.b.len(), case.len],
            input: 0,
            output: 2,
            dimension: case.len,
            max_tokens: None,
        };
        let mut runner = Runner::with_variants(self.clone(), plan, &case.weights, variants).await?;
        runner.write(1, &case.b);
        runner.run(Input::Pixels(&case.a)).await
    }
}
