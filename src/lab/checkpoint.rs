//! Checkpoints as other frameworks write them, read into a model's own names.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::Module;
use burn::store::burn_pack::Tensor as Stored;
use burn::store::{
    ApplyError, ModuleSnapshot, ModuleStore, PyTorchToBurnAdapter, PytorchStore, SafetensorsStore, bridge,
};
use burn::tensor::TensorData;

use crate::{Error, Result};

/// A tensor in f32, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// The floating-point tensors of a file by the names that the file gives them.
pub struct Checkpoint {
    tensors: BTreeMap<String, Values>,
    place: String,
}

/// What a tensor of a checkpoint is to a model.
#[derive(Debug, Clone, PartialEq)]
pub enum Renamed {
    /// The model's own tensor of that name, which has PyTorch's layout.
    To(String),
    /// The same, a kernel of a convolution in Keras's layout `[height, width, in, out]`.
    Kernel(String),
    /// The same, a depthwise kernel in Keras's layout `[height, width, channels, 1]`.
    DepthwiseKernel(String),
    /// Part of what the encoder does not have, such as a classifier.
    Ignored,
    /// Of no meaning in that layout.
    Unknown,
}

/// How a framework names the tensors of a family.
pub struct Layout {
    pub name: &'static str,
    pub rename: fn(&str) -> Renamed,
}

impl Checkpoint {
    /// Reads a safetensors file, or a PyTorch file of a state dictionary (zip or legacy pickle).
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::Pack`] where it is neither, or holds no floating-point tensor.
    pub fn read(path: &Path) -> Result<Self> {
        let place = path.display().to_string();
        let mut start = [0; 9];
        let read = |start: &mut [u8]| std::io::Read::read(&mut std::fs::File::open(path)?, start);
        let len = read(&mut start)
            .map_err(|e| Error::io("reading a checkpoint", "a file that can be read", e, place.clone()))?;
        let failed = |e: String| Error::pack("a safetensors file, or a PyTorch state dictionary", e, place.clone());
        let mut tensors = BTreeMap::new();
        let mut keep = |stored: &BTreeMap<String, Stored>| {
            for (name, tensor) in stored.iter().filter(|(_, tensor)| tensor.dtype.is_float()) {
                let data = bridge::to_data(tensor).map_err(|e| failed(e.to_string()))?;
                let shape = data.shape().to_vec();
                let values = data.convert::<f32>().try_into_vec().map_err(|e| failed(format!("{name}: {e:?}")))?;
                tensors.insert(name.clone(), Values { shape, values });
            }
            Ok::<_, Error>(())
        };
        if len == start.len() && start[8] == b'{' {
            let mut store = SafetensorsStore::from_file(path);
            keep(store.get_all_tensors().map_err(|e| failed(e.to_string()))?)?;
        } else {
            let mut store = PytorchStore::from_file(path);
            keep(store.get_all_tensors().map_err(|e| failed(e.to_string()))?)?;
        }
        if tensors.is_empty() {
            return Err(failed("no tensor of floating-point numbers".into()));
        }
        Ok(Checkpoint { tensors, place })
    }

    /// A checkpoint in memory; `place` is its name in messages.
    pub fn new(tensors: BTreeMap<String, Values>, place: impl Into<String>) -> Self {
        Checkpoint { tensors, place: place.into() }
    }

    pub fn place(&self) -> &str {
        &self.place
    }

    pub fn get(&self, name: &str) -> Option<&Values> {
        self.tensors.get(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The layout under which most of the names mean something.
    ///
    /// # Errors
    /// [`Error::Pack`] where no name means anything in any layout.
    pub fn layout(&self, layouts: &'static [Layout]) -> Result<&'static Layout> {
        let known = |layout: &Layout| {
            let is_own = |name: &&str| !matches!((layout.rename)(name), Renamed::Unknown | Renamed::Ignored);
            self.names().filter(is_own).count()
        };
        let best = layouts.iter().map(|layout| (known(layout), layout)).max_by_key(|(count, _)| *count);
        best.filter(|(count, _)| *count > 0).map(|(_, layout)| layout).ok_or_else(|| {
            let names: Vec<_> = layouts.iter().map(|layout| layout.name).collect();
            let some: Vec<_> = self.names().take(5).collect();
            Error::pack(
                format!("tensors named as in {}", names.join(", ")),
                format!("{} tensors such as {}", self.tensors.len(), some.join(", ")),
                self.place.clone(),
            )
        })
    }

    /// Puts the tensors into a model, whose every parameter has to be there in the right shape.
    ///
    /// # Errors
    /// [`Error::Pack`] that names every tensor that is missing, of no use, or of another shape.
    pub fn load<M: Module>(&self, model: &mut M, layout: &Layout) -> Result<()> {
        let mut unknown = Vec::new();
        let mut stored = Vec::new();
        let mut file_names = BTreeMap::new();
        for (name, values) in &self.tensors {
            let (own, data) = match (layout.rename)(name) {
                Renamed::To(own) => (own, values.clone()),
                Renamed::Kernel(own) => (own, values.permuted(&[3, 2, 0, 1])),
                Renamed::DepthwiseKernel(own) => (own, values.permuted(&[2, 3, 0, 1])),
                Renamed::Ignored => continue,
                Renamed::Unknown => {
                    unknown.push(name.clone());
                    continue;
                }
            };
            let data = TensorData::new(data.values, data.shape);
            stored.push(bridge::from_data(data, own.clone(), None));
            file_names.insert(own, name);
        }
        let applied = model.apply(stored, None, Some(Box::new(PyTorchToBurnAdapter)), false);
        let file_name = |own: &str| file_names.get(own).map_or(own.to_string(), |name| format!("{name} ({own})"));
        unknown.extend(applied.unused.iter().map(|own| file_name(own)));
        let misfits = applied.errors.iter().map(|error| match error {
            ApplyError::ShapeMismatch { path, expected, found } => {
                format!("{} of shape {:?}, not {:?}", file_name(path), found.to_vec(), expected.to_vec())
            }
            other => other.to_string(),
        });
        let misfits: Vec<_> = misfits.collect();
        let missing: Vec<_> = applied.missing.into_iter().map(|(path, _)| path).collect();
        if unknown.is_empty() && missing.is_empty() && misfits.is_empty() {
            return Ok(());
        }
        let problems = [("missing", missing), ("of no use", unknown), ("of another shape", misfits)];
        let problems = problems.into_iter().filter(|(_, names)| !names.is_empty());
        let problems: Vec<_> =
            problems.map(|(what, names)| format!("{} {what}: {}", names.len(), names.join(", "))).collect();
        let expected = format!("every tensor of the model, and no other, named as {} does", layout.name);
        Err(Error::pack(expected, problems.join("; "), self.place.clone()))
    }
}

impl Values {
    /// With its axes in another order; unchanged where it has another number of them.
    fn permuted(&self, axes: &[usize; 4]) -> Values {
        let &[a, b, c, d] = self.shape.as_slice() else { return self.clone() };
        let sides = [a, b, c, d];
        let strides = [b * c * d, c * d, d, 1];
        let [m, n, p, q] = axes.map(|axis| sides[axis]);
        let steps = axes.map(|axis| strides[axis]);
        let mut values = Vec::with_capacity(self.values.len());
        for i in 0..m {
            for j in 0..n {
                for k in 0..p {
                    let start = i * steps[0] + j * steps[1] + k * steps[2];
                    values.extend((0..q).map(|l| self.values[start + l * steps[3]]));
                }
            }
        }
        Values { shape: vec![m, n, p, q], values }
    }
}
