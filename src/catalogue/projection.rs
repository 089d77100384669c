//! The directions in which a catalogue's own pictures, or titles, differ: shorter vectors, in which what all of them share counts
//! less.
//!
//! A projection is a `.safetensors` file with `codes` I8 `[to, from]` and `scales` F32 `[to]`; row i times its scale is the
//! direction of value i of the shorter vector.
#![deny(clippy::indexing_slicing, reason = "projections are strangers' bytes")]

use std::collections::HashMap;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::digest::sha256_hex;
use crate::pack::quantise::int8_rows;
use crate::{Error, Result};

const METADATA_KEY: &str = "twinlens.projection";

/// A linear map from an encoder's vectors to shorter ones, quantised to int8 by rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// Length of the vectors that go in.
    pub from: usize,
    /// `[to, from]`.
    codes: Vec<i8>,
    /// `[to]`.
    scales: Vec<f32>,
}

/// A projection's file beside the manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectionEntry {
    pub file: String,
    pub bytes: u64,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// Length of the vectors that come out.
    pub dimension: u32,
}

impl Projection {
    /// The map of `rows` `[to, from]`, row-major, rounded to int8 with a scale a row.
    pub fn of_rows(rows: &[f32], from: usize) -> Self {
        let rows = int8_rows(rows, from);
        Projection { from, codes: rows.codes, scales: rows.scales }
    }

    /// The directions `[to, from]`, row-major.
    pub fn rows(&self) -> Vec<f32> {
        let row =
            |(codes, scale): (&[i8], &f32)| codes.iter().map(|code| f32::from(*code) * scale).collect::<Vec<f32>>();
        self.codes.chunks(self.from).zip(&self.scales).flat_map(row).collect()
    }

    /// Length of the vectors that come out.
    pub fn to(&self) -> usize {
        self.scales.len()
    }

    /// The vector in the projection, of length 1.
    pub fn project(&self, vector: &[f32]) -> Vec<f32> {
        let along = |(codes, scale): (&[i8], &f32)| {
            codes.iter().zip(vector).map(|(code, value)| f32::from(*code) * value).sum::<f32>() * scale
        };
        unit(self.codes.chunks(self.from).zip(&self.scales).map(along).collect())
    }

    /// The projection's file.
    pub fn write(&self) -> Result<Vec<u8>> {
        let failed =
            |e: safetensors::SafeTensorError| Error::shard("a projection that can be written", e.to_string(), "memory");
        let codes: &[u8] = bytemuck::cast_slice(&self.codes);
        let scales: &[u8] = bytemuck::cast_slice(&self.scales);
        let tensors = [
            ("codes", TensorView::new(Dtype::I8, vec![self.to(), self.from], codes).map_err(failed)?),
            ("scales", TensorView::new(Dtype::F32, vec![self.to()], scales).map_err(failed)?),
        ];
        let metadata = HashMap::from([(METADATA_KEY.to_string(), "1".to_string())]);
        safetensors::serialize(tensors, Some(metadata)).map_err(failed)
    }

    /// Reads the projection that the manifest's entry describes, for vectors of length `from`.
    pub fn read(bytes: &[u8], entry: &ProjectionEntry, from: usize, place: &str) -> Result<Self> {
        let found = sha256_hex(bytes);
        if found != entry.sha256 || bytes.len() as u64 != entry.bytes {
            let expected = format!("{} bytes with SHA-256 {}", entry.bytes, entry.sha256);
            return Err(Error::shard(expected, format!("{} bytes with SHA-256 {found}", bytes.len()), place));
        }
        let unreadable = |e: safetensors::SafeTensorError| Error::shard("a whole projection", e.to_string(), place);
        let tensors = SafeTensors::deserialize(bytes).map_err(unreadable)?;
        let (codes, scales) =
            (tensors.tensor("codes").map_err(unreadable)?, tensors.tensor("scales").map_err(unreadable)?);
        let to = entry.dimension as usize;
        if codes.shape() != [to, from]
            || codes.dtype() != Dtype::I8
            || scales.shape() != [to]
            || scales.dtype() != Dtype::F32
        {
            let found =
                format!("{:?} of {:?} and {:?} of {:?}", codes.shape(), codes.dtype(), scales.shape(), scales.dtype());
            return Err(Error::shard(format!("a map from {from} to {to}"), found, place));
        }
        let scales: Vec<f32> = scales.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if let Some(scale) = scales.iter().find(|scale| !scale.is_finite()) {
            return Err(Error::shard("finite scales", scale.to_string(), place));
        }
        Ok(Projection { from, codes: codes.data().iter().map(|b| *b as i8).collect(), scales })
    }
}

/// A vector scaled to length 1; of zeros to zeros.
pub(crate) fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|v| *v /= length);
    }
    vector
}
