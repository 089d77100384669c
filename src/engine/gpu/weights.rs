use wgpu::BufferUsages;

use super::{Gpu, locked};

/// Weights on a device, written there as they arrive: no other copy of them is needed.
pub struct Weights {
    buffer: wgpu::Buffer,
    /// Bytes written.
    at: u64,
    /// The bytes of a word that has not arrived whole.
    rest: Vec<u8>,
}

impl Weights {
    /// Room for so many bytes.
    pub fn new(gpu: &Gpu, bytes: u64) -> Self {
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("weights"),
            // A binding may not be empty.
            size: bytes.next_multiple_of(16).max(16),
            usage: BufferUsages::STORAGE | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Weights { buffer, at: 0, rest: Vec::new() }
    }

    /// Writes the next bytes; all together are whole words.
    pub fn write(&mut self, gpu: &Gpu, mut bytes: &[u8]) {
        if !self.rest.is_empty() {
            let missing = (4 - self.rest.len()).min(bytes.len());
            self.rest.extend_from_slice(&bytes[..missing]);
            bytes = &bytes[missing..];
            if self.rest.len() < 4 {
                return;
            }
            let word = std::mem::take(&mut self.rest);
            self.write_words(gpu, &word);
        }
        let (words, rest) = bytes.split_at(bytes.len() / 4 * 4);
        self.rest.extend_from_slice(rest);
        self.write_words(gpu, words);
    }

    fn write_words(&mut self, gpu: &Gpu, bytes: &[u8]) {
        if !bytes.is_empty() {
            gpu.queue.write_buffer(&self.buffer, self.at, bytes);
            self.at += bytes.len() as u64;
        }
    }

    pub(super) fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }
}

impl Gpu {
    /// Keeps a pack's weights until its runner is laid out.
    pub fn keep(&self, fingerprint: &str, weights: Weights) {
        locked(&self.kept).insert(fingerprint.into(), weights);
    }

    /// The weights that were kept for a pack.
    pub fn take(&self, fingerprint: &str) -> Option<Weights> {
        locked(&self.kept).remove(fingerprint)
    }
}
