//! Constant tensors: initialisers of the file, and what folding makes of them.
#![deny(clippy::indexing_slicing, reason = "ONNX files are strangers' bytes")]

use std::sync::Arc;

use half::{bf16, f16};

use super::schema::{self, element};

/// Most elements of a tensor, constant or not.
pub const MAX_ELEMENTS: usize = 1 << 28;

/// Why something cannot be read or is no operation of a pack; it becomes a line of the report.
pub type Reason = String;

/// Values in row-major order. Types of one kind are kept as the widest: whole numbers and truth values as i64, others as f32.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub data: Data,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    Float(Arc<Vec<f32>>),
    Int(Arc<Vec<i64>>),
}

/// Number of elements of a shape, if it is within [`MAX_ELEMENTS`].
pub fn elements(shape: &[usize]) -> Result<usize, Reason> {
    // Axes of size 0 hide no others that are too large: parts of a shape are multiplied, too.
    let product = shape.iter().try_fold(1usize, |product, n| product.checked_mul((*n).max(1)));
    let product = product.filter(|n| *n <= MAX_ELEMENTS).map(|n| if shape.contains(&0) { 0 } else { n });
    product.ok_or_else(|| format!("a tensor of shape {shape:?}, larger than 2^28"))
}

/// Most elements that folding makes of fewer, by repeating or combining them: 64 MB of f32.
const MAX_GROWN: usize = 1 << 24;

/// Number of elements of a shape that is made of `from` elements.
pub fn grown(shape: &[usize], from: usize) -> Result<usize, Reason> {
    let count = elements(shape)?;
    if count > MAX_GROWN.max(from) {
        return Err(format!("a constant of shape {shape:?}, which is more than 2^24 values of {from}"));
    }
    Ok(count)
}

impl Tensor {
    pub fn floats(shape: Vec<usize>, values: Vec<f32>) -> Self {
        Tensor { shape, data: Data::Float(Arc::new(values)) }
    }

    pub fn ints(shape: Vec<usize>, values: Vec<i64>) -> Self {
        Tensor { shape, data: Data::Int(Arc::new(values)) }
    }

    pub fn len(&self) -> usize {
        match &self.data {
            Data::Float(values) => values.len(),
            Data::Int(values) => values.len(),
        }
    }

    /// The same values in another shape.
    pub fn reshaped(&self, shape: Vec<usize>) -> Result<Self, Reason> {
        if elements(&shape)? != self.len() {
            return Err(format!("{:?} reshaped to {shape:?}", self.shape));
        }
        Ok(Tensor { shape, data: self.data.clone() })
    }

    pub fn to_floats(&self) -> Arc<Vec<f32>> {
        match &self.data {
            Data::Float(values) => values.clone(),
            Data::Int(values) => Arc::new(values.iter().map(|v| *v as f32).collect()),
        }
    }

    /// Whole numbers, of which ONNX makes shapes, axes and indices.
    pub fn to_ints(&self) -> Result<Arc<Vec<i64>>, Reason> {
        match &self.data {
            Data::Int(values) => Ok(values.clone()),
            Data::Float(_) => Err("numbers with a fraction where whole ones are expected".into()),
        }
    }

    /// The value of all elements, if they are the same.
    pub fn uniform(&self) -> Option<f32> {
        match &self.data {
            Data::Float(values) => values.first().copied().filter(|first| values.iter().all(|v| v == first)),
            Data::Int(values) => {
                values.first().copied().filter(|first| values.iter().all(|v| v == first)).map(|v| v as f32)
            }
        }
    }

    /// Reads an initialiser or the tensor of an attribute.
    pub fn read(tensor: &schema::Tensor) -> Result<Self, Reason> {
        let name = &tensor.name;
        if tensor.data_location == 1 || !tensor.external_data.is_empty() {
            let file = tensor.external_data.iter().find(|e| e.key == "location").map_or("another file", |e| &e.value);
            return Err(format!(
                "the values of {name:?} in {file:?}: packs are made from one file, so load and save the model with all \
                 weights inside (in Python: onnx.save(onnx.load(FILE), OTHER, save_as_external_data=False))"
            ));
        }
        let shape: Option<Vec<usize>> = tensor.dims.iter().map(|d| usize::try_from(*d).ok()).collect();
        let shape = shape.ok_or_else(|| format!("{name:?} with a size below 0 in its shape {:?}", tensor.dims))?;
        let expected = elements(&shape).map_err(|e| format!("{name:?}, {e}"))?;
        let data = data(tensor).ok_or_else(|| {
            format!("{name:?} of element type {} (known are floats, whole numbers and bool)", tensor.data_type)
        })?;
        let read = Tensor { shape, data };
        if read.len() != expected {
            return Err(format!("{} values in {name:?} of shape {:?}", read.len(), read.shape));
        }
        Ok(read)
    }
}

fn data(tensor: &schema::Tensor) -> Option<Data> {
    let raw = &tensor.raw_data;
    let is_raw = !raw.is_empty();
    let floats = |values: Vec<f32>| Some(Data::Float(Arc::new(values)));
    let ints = |values: Vec<i64>| Some(Data::Int(Arc::new(values)));
    match tensor.data_type {
        element::FLOAT if is_raw => floats(each(raw, f32::from_le_bytes)),
        element::FLOAT => floats(tensor.float_data.clone()),
        element::FLOAT16 if is_raw => floats(each(raw, |b| f16::from_le_bytes(b).to_f32())),
        element::FLOAT16 => floats(tensor.int32_data.iter().map(|v| f16::from_bits(*v as u16).to_f32()).collect()),
        element::BFLOAT16 if is_raw => floats(each(raw, |b| bf16::from_le_bytes(b).to_f32())),
        element::BFLOAT16 => floats(tensor.int32_data.iter().map(|v| bf16::from_bits(*v as u16).to_f32()).collect()),
        element::DOUBLE if is_raw => floats(each(raw, |b| f64::from_le_bytes(b) as f32)),
        element::DOUBLE => floats(tensor.double_data.iter().map(|v| *v as f32).collect()),
        element::INT64 if is_raw => ints(each(raw, i64::from_le_bytes)),
        element::INT64 => ints(tensor.int64_data.clone()),
        element::INT32 if is_raw => ints(each(raw, |b| i32::from_le_bytes(b).into())),
        element::INT16 if is_raw => ints(each(raw, |b| i16::from_le_bytes(b).into())),
        element::UINT16 if is_raw => ints(each(raw, |b| u16::from_le_bytes(b).into())),
        element::INT8 if is_raw => ints(each(raw, |b| i8::from_le_bytes(b).into())),
        element::UINT8 | element::BOOL if is_raw => ints(each(raw, |b| u8::from_le_bytes(b).into())),
        element::UINT32 if is_raw => ints(each(raw, |b| u32::from_le_bytes(b).into())),
        element::UINT64 if is_raw => ints(each(raw, |b| u64::from_le_bytes(b) as i64)),
        element::INT32 | element::INT16 | element::UINT16 | element::INT8 | element::UINT8 | element::BOOL => {
            ints(tensor.int32_data.iter().map(|v| i64::from(*v)).collect())
        }
        element::UINT32 | element::UINT64 => ints(tensor.uint64_data.iter().map(|v| *v as i64).collect()),
        _ => None,
    }
}

/// The values of packed little-endian bytes; those after the last whole value are left out, and the count tells.
fn each<const N: usize, T>(raw: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (chunks, rest) = raw.as_chunks::<N>();
    let whole = if rest.is_empty() { chunks } else { &[] };
    whole.iter().map(|bytes| read(*bytes)).collect()
}
