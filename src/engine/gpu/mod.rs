//! The GPU engine: wgpu on Vulkan, Metal and DirectX 12 natively, on WebGPU in the browser.

mod runner;
mod self_test;
mod tuning;
mod weights;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

pub use runner::{Runner, workgroups};
pub use tuning::{Tuned, Tuning};
pub use weights::Weights;

use crate::engine::Plan;
use crate::kernels::{Call, Variants};
use crate::{Error, Result};

/// An open device and its compiled kernels.
pub struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    info: wgpu::AdapterInfo,
    layout: wgpu::BindGroupLayout,
    pipeline_layout: wgpu::PipelineLayout,
    pipelines: Mutex<HashMap<String, wgpu::ComputePipeline>>,
    tuning: Mutex<Tuning>,
    /// Labels of the kernels that have agreed with their twins on this device.
    verified: Mutex<HashSet<String>>,
    /// Weights uploaded before their runners are made, by the packs' fingerprints.
    kept: Mutex<HashMap<String, Weights>>,
    /// The first error outside all error scopes, or why the device was lost.
    failure: Arc<Mutex<Option<String>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// wgpu's handles of one device, which may be shared with other users of it.
#[derive(Clone)]
pub struct Handles {
    pub instance: wgpu::Instance,
    pub adapter: wgpu::Adapter,
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
}

impl Handles {
    /// Opens the adapter of the highest performance.
    pub async fn open() -> Result<Self> {
        let none = |found: String| Error::Device { expected: "a GPU adapter".into(), found };
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::PRIMARY;
        let instance = wgpu::Instance::new(descriptor);
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = instance.request_adapter(&options).await.map_err(|e| none(e.to_string()))?;
        // Only what every WebGPU device has: a plan that runs here runs anywhere.
        let descriptor = wgpu::DeviceDescriptor { label: Some("twinlens"), ..Default::default() };
        let (device, queue) = adapter.request_device(&descriptor).await.map_err(|e| none(e.to_string()))?;
        Ok(Handles { instance, adapter, device, queue })
    }
}

impl Gpu {
    /// Opens the adapter of the highest performance.
    pub async fn open() -> Result<Arc<Self>> {
        Ok(Self::over(Handles::open().await?))
    }

    /// Runs on a device that is open already.
    #[cfg_attr(
        target_arch = "wasm32",
        expect(clippy::arc_with_non_send_sync, reason = "natively threads share it; the browser has only one")
    )]
    pub fn over(handles: Handles) -> Arc<Self> {
        let Handles { adapter, device, queue, .. } = handles;
        let info = adapter.get_info();
        let failure = Arc::new(Mutex::new(None));
        let record = |slot: &Arc<Mutex<Option<String>>>, message: String| {
            locked(slot).get_or_insert(message);
        };
        let slot = failure.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| record(&slot, error.to_string())));
        let slot = failure.clone();
        device.set_device_lost_callback(move |reason, message| {
            record(&slot, format!("the device was lost ({reason:?}): {message}"))
        });
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("kernel"),
            entries: &[
                entry(0, wgpu::BufferBindingType::Uniform),
                entry(1, wgpu::BufferBindingType::Storage { read_only: true }),
                entry(2, wgpu::BufferBindingType::Storage { read_only: true }),
                entry(3, wgpu::BufferBindingType::Storage { read_only: true }),
                entry(4, wgpu::BufferBindingType::Storage { read_only: false }),
            ],
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("kernel"),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let (pipelines, tuning) = (Mutex::default(), Mutex::new(Tuning::SOFTWARE));
        let (verified, kept) = (Mutex::default(), Mutex::default());
        Arc::new(Gpu { device, queue, info, layout, pipeline_layout, pipelines, tuning, verified, kept, failure })
    }

    /// Name and driver of the adapter; in the browser, vendor and architecture.
    pub fn adapter(&self) -> String {
        let mut parts = vec![self.info.name.clone(), self.info.driver.clone(), self.info.driver_info.clone()];
        #[cfg(target_arch = "wasm32")]
        parts.extend(self.vendor_and_architecture());
        parts.retain(|part| !part.is_empty());
        if parts.is_empty() { "unnamed adapter".into() } else { parts.join(", ") }
    }

    #[cfg(target_arch = "wasm32")]
    fn vendor_and_architecture(&self) -> Option<String> {
        let get = |object: &wasm_bindgen::JsValue, key: &str| js_sys::Reflect::get(object, &key.into()).ok();
        let info = get(self.device.as_webgpu()?, "adapterInfo")?;
        let text = |key| get(&info, key).and_then(|v| v.as_string()).unwrap_or_default();
        Some(format!("{} {}", text("vendor"), text("architecture")).trim().to_string())
    }

    /// Whether the adapter runs on the CPU (lavapipe, SwiftShader).
    pub fn is_software(&self) -> bool {
        self.info.device_type == wgpu::DeviceType::Cpu
    }

    /// Which variants of the kernels it runs.
    pub fn tuning(&self) -> Tuning {
        *locked(&self.tuning)
    }

    /// Sets the variants of runners that are made from now on.
    pub fn set_tuning(&self, tuning: Tuning) {
        *locked(&self.tuning) = tuning;
    }

    /// The compiled kernel of a call; compiled at its first use.
    fn pipeline(&self, call: &Call, variants: Variants) -> Result<wgpu::ComputePipeline> {
        let shader = call.shader(variants);
        let label = shader.label();
        if let Some(pipeline) = locked(&self.pipelines).get(&label) {
            return Ok(pipeline.clone());
        }
        let source = shader.wgsl()?;
        let compile = || {
            let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(&label),
                source: wgpu::ShaderSource::Wgsl(source.into()),
            });
            self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(&label),
                layout: Some(&self.pipeline_layout),
                module: &module,
                entry_point: Some("main"),
                compilation_options: Default::default(),
                cache: None,
            })
        };
        Ok(locked(&self.pipelines).entry(label.clone()).or_insert_with(compile).clone())
    }

    /// Compiles the kernels of a plan, which drivers and browsers do in the background.
    pub fn prepare(&self, plan: &Plan) -> Result<()> {
        let variants = self.tuning().of(plan);
        plan.steps.iter().try_for_each(|step| self.pipeline(&step.call, variants).map(drop))
    }

    /// Opens error scopes for the operations that follow.
    fn push_error_scopes(&self) -> ErrorScopes {
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        ErrorScopes { validation, memory }
    }

    /// Runs `work` within error scopes.
    async fn checked<T>(&self, what: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let scopes = self.push_error_scopes();
        let result = work();
        scopes.pop(what).await?;
        self.alive()?;
        result
    }

    /// An error once the device was lost or an error was caught outside all scopes.
    fn alive(&self) -> Result<()> {
        match &*locked(&self.failure) {
            Some(message) => Err(Error::gpu("a working device", message.clone())),
            None => Ok(()),
        }
    }

    /// Destroys the device, which is then lost.
    pub fn destroy(&self) {
        self.device.destroy();
    }
}

/// Open error scopes of a device: for invalid operations, and for memory that it lacks.
struct ErrorScopes {
    validation: wgpu::ErrorScopeGuard,
    memory: wgpu::ErrorScopeGuard,
}

impl ErrorScopes {
    /// Closes the scopes; the future resolves to the first error that they caught.
    fn pop(self, what: &'static str) -> impl Future<Output = Result<()>> {
        let (memory, validation) = (self.memory.pop(), self.validation.pop());
        async move {
            let (memory, validation) = (memory.await, validation.await);
            let error = memory.or(validation);
            error.map_or(Ok(()), |error| Err(Error::gpu(format!("{what} to succeed"), error.to_string())))
        }
    }
}

fn entry(binding: u32, ty: wgpu::BufferBindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}
