//! Runs an encoder's plan: on the GPU through wgpu (native and web), or on the CPU with SIMD (native and wasm).

mod compact;
pub mod cpu;
pub mod gpu;
mod plan;
pub mod roofline;

use std::sync::Arc;

pub use plan::{Input, MAX_BYTES, Plan, Step};

use crate::pack::Pack;
use crate::{Error, Result};

/// Which device the caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preference {
    /// The GPU where a real one answers and passes the self-test, otherwise the CPU.
    #[default]
    Auto,
    /// The GPU, be it a software adapter, or an error.
    Gpu,
    Cpu,
}

impl std::str::FromStr for Preference {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "auto" => Ok(Preference::Auto),
            "gpu" | "webgpu" => Ok(Preference::Gpu),
            "cpu" => Ok(Preference::Cpu),
            other => Err(Error::argument("device", "auto, gpu (in the browser webgpu) or cpu", format!("{other:?}"))),
        }
    }
}

/// Where plans run.
#[derive(Clone)]
pub enum Device {
    /// The CPU, and the reason why it is not the GPU where there is one.
    Cpu {
        reason: Option<String>,
    },
    Gpu(Arc<gpu::Gpu>),
}

impl Device {
    /// Opens the device that the preference asks for, and tests all its kernels.
    pub async fn open(preference: Preference) -> Result<Self> {
        Self::opened(preference, async || {
            let gpu = Self::connected(preference, None).await?;
            gpu.self_test().await?;
            Ok(gpu)
        })
        .await
    }

    /// The same without the test: the kernels of a plan are tested before it runs, and those that no plan has need not be
    /// compiled. `known` is an earlier [`gpu::Gpu::tuned`].
    pub async fn connect(preference: Preference, known: Option<gpu::Tuned>) -> Result<Self> {
        Self::opened(preference, async || Self::connected(preference, known).await).await
    }

    async fn opened(preference: Preference, open: impl AsyncFnOnce() -> Result<Arc<gpu::Gpu>>) -> Result<Self> {
        if preference == Preference::Cpu {
            return Ok(Device::Cpu { reason: Some("the CPU was asked for".into()) });
        }
        match open().await {
            Ok(gpu) => Ok(Device::Gpu(gpu)),
            Err(error) if preference == Preference::Auto => Ok(Device::Cpu { reason: Some(error.to_string()) }),
            Err(error) => Err(error),
        }
    }

    async fn connected(preference: Preference, known: Option<gpu::Tuned>) -> Result<Arc<gpu::Gpu>> {
        let gpu = gpu::Gpu::open().await?;
        if preference == Preference::Auto && gpu.is_software() {
            let found = format!("only the software adapter {}", gpu.adapter());
            return Err(Error::Device { expected: "a hardware GPU".into(), found });
        }
        gpu.tune(known).await?;
        Ok(gpu)
    }

    /// `gpu` or `cpu`.
    pub fn name(&self) -> &'static str {
        match self {
            Device::Cpu { .. } => "cpu",
            Device::Gpu(_) => "gpu",
        }
    }

    /// The GPU's own name.
    pub fn adapter(&self) -> Option<String> {
        match self {
            Device::Cpu { .. } => None,
            Device::Gpu(gpu) => Some(gpu.adapter()),
        }
    }

    /// Why it is the CPU.
    pub fn reason(&self) -> Option<String> {
        match self {
            Device::Cpu { reason } => reason.clone(),
            Device::Gpu(_) => None,
        }
    }
}

/// A plan ready to run on one device.
pub enum Runner {
    Cpu(cpu::Runner),
    Gpu(gpu::Runner),
}

impl Runner {
    /// Lays the pack out on the device.
    pub async fn new(device: &Device, pack: &Pack) -> Result<Self> {
        let plan = Plan::new(pack)?;
        match device {
            Device::Cpu { .. } => Ok(Runner::Cpu(cpu::Runner::new(plan, pack))),
            Device::Gpu(gpu) => {
                gpu.verify(&plan).await?;
                let runner = match gpu.take(&pack.fingerprint) {
                    Some(weights) => gpu::Runner::over(gpu.clone(), plan, weights).await?,
                    None => gpu::Runner::new(gpu.clone(), plan, &pack.words).await?,
                };
                Ok(Runner::Gpu(runner))
            }
        }
    }

    /// Runs the plan: `[height, width, 3]` f32 pixels or `[tokens]` u32 in, the embedding `[dimension]` out.
    pub async fn run(&mut self, input: Input<'_>) -> Result<Vec<f32>> {
        match self {
            Runner::Cpu(runner) => runner.run(input),
            Runner::Gpu(runner) => runner.run(input).await,
        }
    }
}
