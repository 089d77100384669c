//! Vectors of a frozen encoder, kept for other recipes over the same items.

use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::state::write_whole;
use crate::{Error, Result};

/// Of each item the vectors of its readings.
pub type Vectors = Vec<Vec<Vec<f32>>>;

/// The file in a folder whose name is the hash of all that decides the vectors.
pub fn file(folder: &Path, hash: &str) -> PathBuf {
    folder.join(format!("{}.safetensors", &hash[..24]))
}

/// `own` and `changed` `[readings, width]` in f32, with the readings of each item counted in `own.counts` and `changed.counts`.
///
/// # Errors
/// [`Error::Io`] where it cannot be written.
pub fn write(path: &Path, own: &Vectors, changed: &Vectors) -> Result<()> {
    let failed = |e: safetensors::SafeTensorError| {
        Error::io("keeping vectors", "vectors of one length", e, path.display().to_string())
    };
    let counts = |items: &Vectors| items.iter().map(|readings| readings.len() as u32).collect::<Vec<u32>>();
    let values = |items: &Vectors| items.iter().flatten().flatten().copied().collect::<Vec<f32>>();
    let parts = [("own", own), ("changed", changed)].map(|(name, items)| (name, counts(items), values(items)));
    let mut tensors = Vec::new();
    for (name, counts, values) in &parts {
        let rows: u32 = counts.iter().sum();
        let shape = vec![rows as usize, values.len() / rows.max(1) as usize];
        let of_counts =
            TensorView::new(Dtype::U32, vec![counts.len()], bytemuck::cast_slice(counts)).map_err(failed)?;
        tensors.push((format!("{name}.counts"), of_counts));
        let of_values = TensorView::new(Dtype::F32, shape, bytemuck::cast_slice(values)).map_err(failed)?;
        tensors.push((name.to_string(), of_values));
    }
    write_whole(path, &safetensors::serialize(tensors, None).map_err(failed)?)
}

/// Those of the items as they are, and changed; `None` where there is no such file, or one that another program left.
pub fn read(path: &Path) -> Option<(Vectors, Vectors)> {
    let bytes = std::fs::read(path).ok()?;
    let tensors = SafeTensors::deserialize(&bytes).ok()?;
    let part = |name: &str| -> Option<Vectors> {
        let of_counts = tensors.tensor(&format!("{name}.counts")).ok()?;
        let of_values = tensors.tensor(name).ok()?;
        let &[rows, width] = of_values.shape() else { return None };
        let counts = of_counts.data().as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes) as usize);
        let values: Vec<f32> = of_values.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let mut vectors = values.chunks_exact(width.max(1));
        let items: Vectors = counts.map(|count| vectors.by_ref().take(count).map(<[f32]>::to_vec).collect()).collect();
        (items.iter().map(Vec::len).sum::<usize>() == rows).then_some(items)
    };
    Some((part("own")?, part("changed")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_read_back_item_by_item() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), &"0".repeat(64));
        assert!(read(&path).is_none());
        let vector = |value: f32| vec![value, -value];
        let own = vec![vec![vector(0.5), vector(1.0)], vec![vector(2.0)]];
        let changed = vec![Vec::new(), vec![vector(3.0), vector(4.0)]];
        write(&path, &own, &changed).unwrap();
        assert_eq!(read(&path), Some((own, changed)));
        std::fs::write(&path, b"{}").unwrap();
        assert!(read(&path).is_none());
    }
}
