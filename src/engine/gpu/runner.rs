//! A plan on the GPU: all buffers and bind groups made once; a run is one pass, one submit, one read-back.

use std::sync::Arc;

use wgpu::BufferUsages;

use super::Gpu;
use crate::engine::{Input, Plan};
use crate::kernels::{Call, WORKGROUP};
use crate::{Error, Result};

/// Bytes between the parameters of two calls: WebGPU's alignment of uniform offsets.
const SLOT: u64 = 256;
/// Most workgroups along one axis.
const MAX_WORKGROUPS: u32 = 65_535;

struct BoundCall {
    call: Call,
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
}

/// A plan ready to run on a GPU.
pub struct Runner {
    gpu: Arc<Gpu>,
    plan: Plan,
    calls: Vec<BoundCall>,
    parameters: wgpu::Buffer,
    buffers: Vec<wgpu::Buffer>,
    read_back: wgpu::Buffer,
    /// Rows that the parameters on the device are for.
    rows: u32,
}

impl Runner {
    /// Uploads the weights and binds everything; `words` is the pack's data.
    pub async fn new(gpu: Arc<Gpu>, plan: Plan, words: &[u32]) -> Result<Self> {
        let device = gpu.clone();
        gpu.checked("laying out an encoder", || Self::lay_out(device, plan, words)).await
    }

    fn lay_out(gpu: Arc<Gpu>, plan: Plan, words: &[u32]) -> Self {
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
        let weights = buffer("weights", words.len(), BufferUsages::STORAGE | BufferUsages::COPY_DST);
        gpu.queue.write_buffer(&weights, 0, bytemuck::cast_slice(words));
        let storage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let buffers: Vec<_> = plan.buffers.iter().map(|len| buffer("values", *len, storage)).collect();
        let slots = plan.steps.len() * (SLOT / 4) as usize;
        let parameters = buffer("parameters", slots, BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        let read_back = buffer("read-back", plan.dimension, BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        let bind = |(i, step): (usize, &crate::engine::Step)| {
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
                    entry(1, weights.as_entire_binding()),
                    entry(2, buffers[step.a].as_entire_binding()),
                    entry(3, buffers[step.b.unwrap_or(step.a)].as_entire_binding()),
                    entry(4, buffers[step.y].as_entire_binding()),
                ],
            });
            BoundCall { call: step.call, pipeline: gpu.pipeline(&step.call), bindings }
        };
        let calls = plan.steps.iter().enumerate().map(bind).collect();
        // No input has this many rows: the first run writes the parameters.
        Runner { gpu, plan, calls, parameters, buffers, read_back, rows: u32::MAX }
    }

    /// Runs the plan.
    pub async fn run(&mut self, input: Input<'_>) -> Result<Vec<f32>> {
        let rows = self.plan.check(input)?;
        self.gpu.alive()?;
        let gpu = self.gpu.clone();
        gpu.checked("a run", || self.submit(input, rows)).await?;
        read(&gpu, &self.read_back, self.plan.dimension).await
    }

    /// Fills a buffer of the plan from outside, such as a second input that no step makes.
    pub(crate) fn write(&self, buffer: usize, values: &[f32]) {
        self.gpu.queue.write_buffer(&self.buffers[buffer], 0, bytemuck::cast_slice(values));
    }

    fn submit(&mut self, input: Input<'_>, rows: u32) {
        if self.rows != rows {
            self.write_parameters(rows);
        }
        let bytes: &[u8] = match input {
            Input::Pixels(pixels) => bytemuck::cast_slice(pixels),
            Input::Tokens(tokens) => bytemuck::cast_slice(tokens),
        };
        self.gpu.queue.write_buffer(&self.buffers[self.plan.input], 0, bytes);
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            for call in &self.calls {
                let threads = if rows > 0 { call.call.with_rows(rows) } else { call.call }.threads();
                let workgroups = threads.div_ceil(WORKGROUP);
                let high = workgroups.div_ceil(MAX_WORKGROUPS);
                pass.set_pipeline(&call.pipeline);
                pass.set_bind_group(0, &call.bindings, &[]);
                pass.dispatch_workgroups(workgroups.div_ceil(high), high, 1);
            }
        }
        let size = self.plan.dimension as u64 * 4;
        encoder.copy_buffer_to_buffer(&self.buffers[self.plan.output], 0, &self.read_back, 0, size);
        self.gpu.queue.submit([encoder.finish()]);
    }

    fn write_parameters(&mut self, rows: u32) {
        let mut bytes = vec![0; self.calls.len() * SLOT as usize];
        for (call, slot) in self.calls.iter().zip(bytes.chunks_exact_mut(SLOT as usize)) {
            let call = if rows > 0 { call.call.with_rows(rows) } else { call.call };
            let uniform = call.uniform();
            slot[..uniform.len()].copy_from_slice(uniform);
        }
        self.gpu.queue.write_buffer(&self.parameters, 0, &bytes);
        self.rows = rows;
    }
}

/// Waits for the device and copies `len` values out of a mappable buffer.
async fn read(gpu: &Gpu, buffer: &wgpu::Buffer, len: usize) -> Result<Vec<f32>> {
    let (sender, receiver) = futures_channel::oneshot::channel();
    let slice = buffer.slice(..len as u64 * 4);
    slice.map_async(wgpu::MapMode::Read, move |result| {
        // The receiver is gone only when the whole run was dropped.
        let _ = sender.send(result);
    });
    let failed = |found: String| Error::gpu("a result to read back", found);
    #[cfg(not(target_arch = "wasm32"))]
    gpu.device.poll(wgpu::PollType::wait_indefinitely()).map_err(|e| failed(e.to_string()))?;
    receiver.await.map_err(|e| failed(e.to_string()))?.map_err(|e| failed(e.to_string()))?;
    let values = {
        let view = slice.get_mapped_range().map_err(|e| failed(e.to_string()))?;
        view.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    };
    buffer.unmap();
    gpu.alive()?;
    Ok(values)
}
