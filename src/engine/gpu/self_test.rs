//! Every kernel against its twin on the user's own adapter: drivers have bugs, and a wrong answer is worse than a slow one.

use std::sync::Arc;

use super::{Gpu, Runner, locked};
use crate::engine::{Input, Plan, Step};
use crate::kernels::{Case, Variants, cases};
use crate::{Error, Result};

/// Largest difference between a kernel and its twin, over the larger of 1 and the twin's value.
const TOLERANCE: f32 = 2e-3;

impl Gpu {
    /// One problem of every kernel; an error names the first kernel that disagrees with its twin.
    pub async fn self_test(self: &Arc<Self>) -> Result<()> {
        let variants = self.tuning().titles;
        self.check_all(cases().into_iter().map(|case| (case, variants)).collect()).await
    }

    /// One problem of every kernel of a plan, specialised as the plan has it, unless that kernel has agreed before. They are
    /// compiled all at once and submitted together.
    pub async fn verify(self: &Arc<Self>, plan: &Plan) -> Result<()> {
        let variants = self.tuning().of(plan);
        self.check_all(plan.steps.iter().map(|step| (step.call.like(), variants)).collect()).await
    }

    async fn check_all(self: &Arc<Self>, problems: Vec<(Case, Variants)>) -> Result<()> {
        let mut labels = std::collections::HashSet::new();
        let scopes = self.push_error_scopes();
        let mut runs = Vec::new();
        for (case, variants) in problems {
            let label = case.call.shader(variants).label();
            if !locked(&self.verified).contains(&label) && labels.insert(label) {
                let mut runner = self.runner_of(&case, variants)?;
                runs.push((runner.start(Input::Pixels(&case.a))?, case, runner));
            }
        }
        scopes.pop("a self-test").await?;
        for (run, case, _) in runs {
            agree(&case, &run.await?)?;
        }
        locked(&self.verified).extend(labels);
        Ok(())
    }

    /// One problem in given variants of the kernels; an error says where the kernel disagrees with its twin.
    pub async fn check(self: &Arc<Self>, case: &Case, variants: Variants) -> Result<()> {
        let scopes = self.push_error_scopes();
        let mut runner = self.runner_of(case, variants)?;
        let run = runner.start(Input::Pixels(&case.a))?;
        scopes.pop("a self-test").await?;
        agree(case, &run.await?)
    }

    fn runner_of(self: &Arc<Self>, case: &Case, variants: Variants) -> Result<Runner> {
        let second = !case.b.is_empty();
        let plan = Plan {
            steps: vec![Step { call: case.call, a: 0, b: second.then_some(1), y: 2, per_token: false }],
            buffers: vec![case.a.len(), case.b.len(), case.len],
            input: 0,
            output: 2,
            dimension: case.len,
            max_tokens: None,
        };
        let runner = Runner::lay_out(self, plan, &Runner::upload(self, &case.weights), variants)?;
        runner.write(1, 0, &case.b);
        Ok(runner)
    }
}

fn agree(case: &Case, found: &[f32]) -> Result<()> {
    for (i, (found, expected)) in found.iter().zip(case.expected()).enumerate() {
        // The bits of an index make a subnormal number or a NaN, and have to be equal.
        let is_value = |value: f32| value == 0.0 || value.is_normal();
        let both = is_value(*found) && is_value(expected);
        let near = both && (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0);
        if !near && found.to_bits() != expected.to_bits() {
            let name = case.call.name();
            return Err(Error::gpu(format!("{expected} from {name}, value {i}, as its twin gives"), found.to_string()));
        }
    }
    Ok(())
}
