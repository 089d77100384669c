//! The directions in which a catalogue's own pictures differ: shorter vectors, in which what all pictures share counts less.

use std::collections::HashMap;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

#[cfg(not(target_arch = "wasm32"))]
use crate::pack::quantise::int8_rows;
use crate::pack::sha256_hex;
use crate::{Error, Result};

const METADATA_KEY: &str = "twinlens.space";

/// A linear map from an encoder's vectors to shorter ones, quantised to int8 by rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    /// Length of the vectors that go in.
    pub from: usize,
    /// `[to, from]`.
    codes: Vec<i8>,
    /// `[to]`.
    scales: Vec<f32>,
}

/// A space's file beside the manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpaceEntry {
    pub file: String,
    pub bytes: u64,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// Length of the vectors that come out.
    pub dimension: u32,
}

impl Space {
    /// Length of the vectors that come out.
    pub fn to(&self) -> usize {
        self.scales.len()
    }

    /// The vector in the space, of length 1.
    pub fn project(&self, vector: &[f32]) -> Vec<f32> {
        let along = |(codes, scale): (&[i8], &f32)| {
            codes.iter().zip(vector).map(|(code, value)| f32::from(*code) * value).sum::<f32>() * scale
        };
        unit(self.codes.chunks(self.from).zip(&self.scales).map(along).collect())
    }

    /// The space's file.
    pub fn write(&self) -> Result<Vec<u8>> {
        let failed =
            |e: safetensors::SafeTensorError| Error::shard("a space that can be written", e.to_string(), "memory");
        let codes: &[u8] = bytemuck::cast_slice(&self.codes);
        let scales: &[u8] = bytemuck::cast_slice(&self.scales);
        let tensors = [
            ("codes", TensorView::new(Dtype::I8, vec![self.to(), self.from], codes).map_err(failed)?),
            ("scales", TensorView::new(Dtype::F32, vec![self.to()], scales).map_err(failed)?),
        ];
        let metadata = HashMap::from([(METADATA_KEY.to_string(), "1".to_string())]);
        safetensors::serialize(tensors, Some(metadata)).map_err(failed)
    }

    /// Reads the space that the manifest's entry describes, for vectors of length `from`.
    pub fn read(bytes: &[u8], entry: &SpaceEntry, from: usize, place: &str) -> Result<Self> {
        let found = sha256_hex(bytes);
        if found != entry.sha256 {
            let expected = format!("{} bytes with SHA-256 {}", entry.bytes, entry.sha256);
            return Err(Error::shard(expected, format!("{} bytes with SHA-256 {found}", bytes.len()), place));
        }
        let unreadable = |e: safetensors::SafeTensorError| Error::shard("a whole space", e.to_string(), place);
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
        Ok(Space {
            from,
            codes: codes.data().iter().map(|b| *b as i8).collect(),
            scales: scales.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
        })
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

/// Most directions that are kept.
#[cfg(not(target_arch = "wasm32"))]
const MOST_DIRECTIONS: usize = 192;
/// Fewest vectors that say something about a shop.
#[cfg(not(target_arch = "wasm32"))]
pub const FEWEST_VECTORS: usize = 128;

#[cfg(not(target_arch = "wasm32"))]
impl Space {
    /// The principal directions of vectors of length 1, uncentred, each divided by the square root of its standard deviation:
    /// half-way to whitening (after Jégou and Chum 2012, "Negative evidences and co-occurences in image retrieval", where the
    /// whitening is whole). `None` for fewer than [`FEWEST_VECTORS`].
    pub fn fit(vectors: &[Vec<f32>]) -> Option<Self> {
        let (rows, from) = (vectors.len(), vectors.first()?.len());
        if rows < FEWEST_VECTORS {
            return None;
        }
        let data = nalgebra::DMatrix::from_fn(rows, from, |r, c| vectors[r][c]);
        // The Gram matrix has the same eigenvalues as the covariance; the smaller of the two is taken.
        let is_gram = rows < from;
        let square = if is_gram { &data * data.transpose() } else { data.tr_mul(&data) };
        let eigen = nalgebra::SymmetricEigen::new(square / rows as f32);
        let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
        order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
        let largest = eigen.eigenvalues[order[0]];
        order.retain(|i| eigen.eigenvalues[*i] > largest * 1e-5);
        // Kernels read four codes at a time.
        order.truncate((order.len() / 4 * 4).min(MOST_DIRECTIONS));
        let mut map = Vec::with_capacity(order.len() * from);
        for i in order {
            let spread = eigen.eigenvalues[i];
            let direction = if is_gram {
                data.tr_mul(&eigen.eigenvectors.column(i)) / (spread * rows as f32).sqrt()
            } else {
                eigen.eigenvectors.column(i).into_owned()
            };
            map.extend(direction.iter().map(|v| v * spread.powf(-0.25)));
        }
        let rows = int8_rows(&map, from);
        (!rows.scales.is_empty()).then_some(Space { from, codes: rows.codes, scales: rows.scales })
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    fn vectors(count: usize) -> Vec<Vec<f32>> {
        let mut rng = fastrand::Rng::with_seed(3);
        let noise = |rng: &mut fastrand::Rng, size: f32| (rng.f32() - 0.5) * size;
        // All share the first direction; the second tells them apart; the rest is noise.
        (0..count)
            .map(|_| {
                unit(
                    (0..64)
                        .map(|i| match i {
                            0 => 3.0,
                            1 => noise(&mut rng, 4.0),
                            _ => noise(&mut rng, 0.3),
                        })
                        .collect(),
                )
            })
            .collect()
    }

    #[test]
    fn what_all_share_counts_less_in_the_space() {
        let vectors = vectors(200);
        let space = Space::fit(&vectors).unwrap();
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
        let mean = |vectors: &[Vec<f32>]| (1..50).map(|i| dot(&vectors[0], &vectors[i])).sum::<f32>() / 49.0;
        let projected: Vec<Vec<f32>> = vectors.iter().map(|v| space.project(v)).collect();
        assert!(mean(&projected) < mean(&vectors) - 0.2, "{} {}", mean(&projected), mean(&vectors));
        assert!(projected.iter().all(|v| (dot(v, v) - 1.0).abs() < 1e-5));
    }

    #[test]
    fn a_few_or_equal_vectors_break_nothing() {
        assert!(Space::fit(&vectors(20)).is_none());
        assert!(Space::fit(&[]).is_none());
        let same = vec![unit(vec![1.0; 64]); 200];
        let projected = Space::fit(&same).map(|space| space.project(&same[0]));
        assert!(projected.is_none_or(|v| v.iter().all(|x| x.is_finite())));
    }

    #[test]
    fn a_space_reads_back_and_an_altered_one_is_refused() {
        let space = Space::fit(&vectors(150)).unwrap();
        let mut bytes = space.write().unwrap();
        let entry = SpaceEntry {
            file: "space".into(),
            bytes: bytes.len() as u64,
            sha256: sha256_hex(&bytes),
            dimension: space.to() as u32,
        };
        assert_eq!(Space::read(&bytes, &entry, 64, "here").unwrap(), space);
        assert!(Space::read(&bytes, &entry, 65, "here").is_err());
        *bytes.last_mut().unwrap() ^= 1;
        assert!(Space::read(&bytes, &entry, 64, "here").unwrap_err().to_string().contains("SHA-256"));
    }
}
