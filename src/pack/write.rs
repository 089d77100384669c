//! Writing a pack: the same tensors and header give the same bytes.

use std::collections::HashMap;

use half::f16;
use safetensors::{Dtype, View};

use super::header::Header;
use super::quantise::{Int8Rows, int8_rows_least_squares};
use super::read::{METADATA_KEY, Pack};
use crate::digest::with_self_sha256;
use crate::{Error, Result};

struct Stored {
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl View for &Stored {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> std::borrow::Cow<'_, [u8]> {
        (&self.data).into()
    }
    fn data_len(&self) -> usize {
        self.data.len()
    }
}

/// Collects tensors, then writes the file.
#[derive(Default)]
pub struct PackWriter {
    tensors: Vec<(String, Stored)>,
}

impl PackWriter {
    fn push(&mut self, name: String, dtype: Dtype, shape: Vec<usize>, data: Vec<u8>) {
        self.tensors.push((name, Stored { dtype, shape, data }));
    }

    /// All tensors of another pack as they are.
    pub fn copy(&mut self, pack: &Pack) {
        let mut tensors: Vec<_> = pack.tensors().collect();
        tensors.sort_by_key(|(name, _)| *name);
        for (name, tensor) in tensors {
            let (start, len) = (tensor.offset as usize, tensor.len as usize);
            let words = pack.words.get(start..start + len).unwrap_or_default();
            let data = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            self.push(name.into(), tensor.dtype, tensor.shape.clone(), data);
        }
    }

    /// A tensor kept in f32.
    pub fn f32(&mut self, name: impl Into<String>, values: &[f32]) {
        self.push(name.into(), Dtype::F32, vec![values.len()], bytemuck::cast_slice(values).to_vec());
    }

    /// `[rows, width]` as int8 with a scale a row.
    pub fn int8(&mut self, weight: &str, values: &[f32], width: usize) {
        self.int8_rows(weight, &int8_rows_least_squares(values, width));
    }

    /// Rows that are quantised already; they are padded with zeros to a multiple of 4.
    pub fn int8_rows(&mut self, weight: &str, rows: &Int8Rows) {
        let width = rows.codes.len() / rows.scales.len();
        let padded = width.next_multiple_of(4);
        let mut data = Vec::with_capacity(rows.scales.len() * padded);
        for row in rows.codes.chunks(width) {
            data.extend(row.iter().map(|c| *c as u8));
            data.resize(data.len() + padded - width, 0);
        }
        self.push(format!("{weight}.q8"), Dtype::I8, vec![rows.scales.len(), padded], data);
        self.f32(format!("{weight}.scale"), &rows.scales);
    }

    /// Depthwise filters, quantised as rows `[channels, taps]`, stored as `[taps, channels]`.
    pub fn int8_depthwise(&mut self, weight: &str, rows: &Int8Rows) {
        let channels = rows.scales.len();
        let taps = rows.codes.len() / channels;
        let data = (0..taps).flat_map(|t| rows.codes[t..].iter().step_by(taps).map(|c| *c as u8)).collect();
        self.push(format!("{weight}.q8"), Dtype::I8, vec![taps, channels], data);
        self.f32(format!("{weight}.scale"), &rows.scales);
    }

    /// `[rows, width]` in int4 blocks of 32: `codes` is 16 bytes a block (weight j in the low nibble of byte j, weight
    /// j + 16 in the high one, both plus 8), `scales` one f16 a block.
    pub fn int4(&mut self, weight: &str, codes: Vec<u8>, scales: &[f16], width: usize) {
        let rows = codes.len() * 2 / width;
        self.push(format!("{weight}.q4"), Dtype::U8, vec![rows, width / 2], codes);
        let data = bytemuck::cast_slice(scales).to_vec();
        self.push(format!("{weight}.scale"), Dtype::F16, vec![rows, width / 32], data);
    }

    /// The file's bytes; fills in the header's `self_sha256`.
    pub fn finish(self, mut header: Header) -> Result<Vec<u8>> {
        let place = header.name.clone();
        let failed = |e: String| Error::pack("tensors that can be written", e, place.clone());
        let (bytes, _) = with_self_sha256(|digits| -> Result<Vec<u8>> {
            header.self_sha256 = digits.into();
            let json = serde_json::to_string(&header).map_err(|e| failed(e.to_string()))?;
            let tensors = self.tensors.iter().map(|(name, stored)| (name.as_str(), stored));
            safetensors::serialize(tensors, Some(HashMap::from([(METADATA_KEY.to_string(), json)])))
                .map_err(|e| failed(e.to_string()))
        })?;
        Ok(bytes)
    }
}
