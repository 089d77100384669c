//! A plan on the GPU: buffers and bind groups are made once; a run is one compute pass, one submission, one read-back.

use std::sync::Arc;

use wgpu::BufferUsages;

use super::{Gpu, Weights};
use crate::engine::{Input, Plan, Step};
use crate::kernels::{Variants, WORKGROUP};
use crate::{Error, Result};

/// Bytes between the parameters of two calls: WebGPU's alignment of uniform offsets.
const SLOT: u64 = 256;
/// Most workgroups along one axis.
const MAX_WORKGROUPS: u32 = 65_535;

struct BoundCall {
    step: Step,
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    /// For the number of rows that the parameters hold.
    workgroups: [u32; 2],
}

/// A plan ready to run on a GPU.
pub struct Runner {
    gpu: Arc<Gpu>,
    plan: Plan,
    variants: Variants,
    calls: Vec<BoundCall>,
    parameters: wgpu::Buffer,
    /// Content of the parameters' buffer.
    parameter_bytes: Vec<u8>,
    buffers: Vec<wgpu::Buffer>,
    read_back: wgpu::Buffer,
    /// Number of rows that the parameters on the device hold.
    rows: u32,
}

impl Runner {
    /// Uploads the weights and binds everything; `words` is the pack's data.
    pub async fn new(gpu: Arc<Gpu>, plan: Plan, words: &[u32]) -> Result<Self> {
        let variants = gpu.tuning().of(&plan);
        Self::with_variants(gpu, plan, words, variants).await
    }

    /// The same with given variants of the kernels.
    pub async fn with_variants(gpu: Arc<Gpu>, plan: Plan, words: &[u32], variants: Variants) -> Result<Self> {
        let device = gpu.clone();
        let lay_out = || Self::lay_out(&gpu, plan, &Self::upload(&gpu, words), variants);
        device.checked("laying out an encoder", lay_out).await
    }

    /// Binds weights that are on the device already.
    pub async fn over(gpu: Arc<Gpu>, plan: Plan, weights: Weights) -> Result<Self> {
        let variants = gpu.tuning().of(&plan);
        gpu.checked("laying out an encoder", || Self::lay_out(&gpu, plan, &weights, variants)).await
    }

    pub(super) fn upload(gpu: &Gpu, words: &[u32]) -> Weights {
        let bytes = bytemuck::cast_slice(words);
        let mut weights = Weights::new(gpu, bytes.len() as u64);
        weights.write(gpu, bytes);
        weights
    }

    pub(super) fn lay_out(gpu: &Arc<Gpu>, plan: Plan, weights: &Weights, variants: Variants) -> Result<Self> {
        let buffer = |label, len: usize, usage| {
            // A binding may not be empty, and the kernels read whole vec4s.
            let size = (len as u64 * 4).next_multiple_of(16).max(16);
            gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size,
                usage,
                mapped_at_creation: false,
            })
        };
        let storage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let buffers: Vec<_> = plan.buffers.iter().map(|len| buffer("values", *len, storage)).collect();
        let parameter_bytes = vec![0; plan.steps.len() * SLOT as usize];
        let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
        let parameters = buffer("parameters", parameter_bytes.len() / 4, usage);
        let read_back = buffer("read-back", plan.dimension, BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        let bind = |(i, step): (usize, &Step)| {
            let uniform = wgpu::BufferBinding {
                buffer: &parameters,
                offset: i as u64 * SLOT,
                size: std::num::NonZeroU64::new(SLOT),
            };
            let entry = |binding, resource| wgpu::BindGroupEntry { binding, resource };
            let bindings = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(step.call.name()),
                layout: &gpu.layout,
                entries: &[
                    entry(0, wgpu::BindingResource::Buffer(uniform)),
                    entry(1, weights.buffer().as_entire_binding()),
                    entry(2, buffers[step.a].as_entire_binding()),
                    entry(3, buffers[step.b.unwrap_or(step.a)].as_entire_binding()),
                    entry(4, buffers[step.y].as_entire_binding()),
                ],
            });
            let pipeline = gpu.pipeline(&step.call, variants)?;
            Ok(BoundCall { step: step.clone(), pipeline, bindings, workgroups: [0; 2] })
        };
        let calls = plan.steps.iter().enumerate().map(bind).collect::<Result<_>>()?;
        // No input has this many rows: the first run writes the parameters.
        let rows = u32::MAX;
        let gpu = gpu.clone();
        Ok(Runner { gpu, plan, variants, calls, parameters, parameter_bytes, buffers, read_back, rows })
    }

    /// Runs the plan.
    pub async fn run(&mut self, input: Input<'_>) -> Result<Vec<f32>> {
        self.start(input)?.await
    }

    /// Submits a run; the future waits for its result.
    pub(crate) fn start(&mut self, input: Input<'_>) -> Result<impl Future<Output = Result<Vec<f32>>> + use<>> {
        let rows = self.plan.check(input)?;
        self.gpu.alive()?;
        let gpu = self.gpu.clone();
        let scopes = gpu.push_error_scopes();
        self.submit(input, rows);
        let mapped = Mapped::begin(&self.read_back, self.plan.dimension);
        let errors = scopes.pop("a run");
        Ok(async move {
            // The scopes' errors have arrived when the result has: one wait, not two.
            let values = mapped.read(&gpu).await;
            errors.await?;
            gpu.alive()?;
            values
        })
    }

    /// Writes words of a buffer that no step writes, such as a second input, from the word `first` on.
    pub(crate) fn write<T: bytemuck::NoUninit>(&self, buffer: usize, first: usize, words: &[T]) {
        self.gpu.queue.write_buffer(&self.buffers[buffer], first as u64 * 4, bytemuck::cast_slice(words));
    }

    fn submit(&mut self, input: Input<'_>, rows: u32) {
        if self.rows != rows {
            self.set_rows(rows);
        }
        let bytes: &[u8] = match input {
            Input::Pixels(pixels) => bytemuck::cast_slice(pixels),
            Input::Tokens(tokens) => bytemuck::cast_slice(tokens),
        };
        self.gpu.queue.write_buffer(&self.buffers[self.plan.input], 0, bytes);
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            for BoundCall { pipeline, bindings, workgroups: [x, y], .. } in &self.calls {
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, bindings, &[]);
                pass.dispatch_workgroups(*x, *y, 1);
            }
        }
        let size = self.plan.dimension as u64 * 4;
        encoder.copy_buffer_to_buffer(&self.buffers[self.plan.output], 0, &self.read_back, 0, size);
        self.gpu.queue.submit([encoder.finish()]);
    }

    /// Sets the parameters for so many rows: one small write, whatever the length of a title.
    fn set_rows(&mut self, rows: u32) {
        for (bound, slot) in self.calls.iter_mut().zip(self.parameter_bytes.chunks_exact_mut(SLOT as usize)) {
            let call = bound.step.call_for(rows);
            let uniform = call.uniform();
            slot[..uniform.len()].copy_from_slice(uniform);
            bound.workgroups = workgroups(call.threads(self.variants));
        }
        self.gpu.queue.write_buffer(&self.parameters, 0, &self.parameter_bytes);
        self.rows = rows;
    }
}

/// The grid for so many threads.
pub fn workgroups(threads: u32) -> [u32; 2] {
    let workgroups = threads.div_ceil(WORKGROUP);
    let high = workgroups.div_ceil(MAX_WORKGROUPS);
    [workgroups.div_ceil(high.max(1)), high]
}

/// A buffer that is being mapped for reading.
struct Mapped {
    buffer: wgpu::Buffer,
    len: usize,
    arrived: futures_channel::oneshot::Receiver<std::result::Result<(), wgpu::BufferAsyncError>>,
}

impl Mapped {
    fn begin(buffer: &wgpu::Buffer, len: usize) -> Self {
        let (sender, arrived) = futures_channel::oneshot::channel();
        buffer.slice(..len as u64 * 4).map_async(wgpu::MapMode::Read, move |result| {
            // The receiver is gone only when the whole run was dropped.
            let _ = sender.send(result);
        });
        Mapped { buffer: buffer.clone(), len, arrived }
    }

    /// Waits for the device and copies the values out.
    #[cfg_attr(target_arch = "wasm32", allow(unused_variables, reason = "the browser polls by itself"))]
    async fn read(self, gpu: &Gpu) -> Result<Vec<f32>> {
        let failed = |found: String| Error::gpu("a result to read back", found);
        #[cfg(not(target_arch = "wasm32"))]
        gpu.device.poll(wgpu::PollType::wait_indefinitely()).map_err(|e| failed(e.to_string()))?;
        self.arrived.await.map_err(|e| failed(e.to_string()))?.map_err(|e| failed(e.to_string()))?;
        let values = {
            let slice = self.buffer.slice(..self.len as u64 * 4);
            let view = slice.get_mapped_range().map_err(|e| failed(e.to_string()))?;
            view.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
        };
        self.buffer.unmap();
        Ok(values)
    }
}
