//! Evaluates the operators whose inputs are all constant: shapes, masks, positions, and weights that exporters transpose or
//! convert at run time.

mod elementwise;
mod layout;
mod reduction;

pub use layout::{order, parts, slices};

use super::schema::{Node, element};
use super::strides::{dense, index};
use super::tensor::{Data, Reason, Tensor, grown};

/// The outputs of a node whose inputs are those constants, `None` where one is left out; `None` for an operator that is not
/// evaluated here.
pub fn fold(node: &Node, inputs: &[Option<Tensor>]) -> Option<Result<Vec<Tensor>, Reason>> {
    if !matches!(node.domain.as_str(), "" | "ai.onnx") {
        return None;
    }
    let arguments = Arguments { node, inputs };
    if node.op_type == "Split" {
        return Some(layout::split(&arguments));
    }
    let result = constant(&arguments)
        .or_else(|| elementwise::fold(&arguments))
        .or_else(|| layout::fold(&arguments))
        .or_else(|| reduction::fold(&arguments))?;
    Some(result.map(|tensor| vec![tensor]))
}

/// A node with its inputs.
struct Arguments<'a> {
    node: &'a Node,
    inputs: &'a [Option<Tensor>],
}

impl Arguments<'_> {
    fn get(&self, i: usize) -> Result<&Tensor, Reason> {
        self.optional(i).ok_or_else(|| format!("no input {i}"))
    }

    fn optional(&self, i: usize) -> Option<&Tensor> {
        self.inputs.get(i).and_then(Option::as_ref)
    }

    /// Whole numbers of an attribute, or of an input in later versions of the operator.
    fn ints(&self, attribute: &str, input: usize) -> Result<Option<Vec<i64>>, Reason> {
        if let Some(values) = self.node.ints(attribute) {
            return Ok(Some(values.to_vec()));
        }
        self.optional(input).map(|t| t.to_ints().map(|v| v.to_vec())).transpose()
    }
}

fn constant(arguments: &Arguments) -> Option<Result<Tensor, Reason>> {
    let node = arguments.node;
    Some(match node.op_type.as_str() {
        "Constant" => {
            let float =
                || node.has("value_float").then(|| Tensor::floats(vec![], vec![node.float("value_float", 0.0)]));
            let int = || node.has("value_int").then(|| Tensor::ints(vec![], vec![node.int("value_int", 0)]));
            let floats = || node.floats("value_floats").map(|v| Tensor::floats(vec![v.len()], v.to_vec()));
            let ints = || node.ints("value_ints").map(|v| Tensor::ints(vec![v.len()], v.to_vec()));
            match node.tensor("value") {
                Some(tensor) => Tensor::read(tensor),
                None => float().or_else(int).or_else(floats).or_else(ints).ok_or_else(|| "a constant of text".into()),
            }
        }
        "ConstantOfShape" => (|| {
            let shape = sizes(&arguments.get(0)?.to_ints()?)?;
            let n = grown(&shape, 0)?;
            let value = node.tensor("value").map(Tensor::read).transpose()?;
            match value.map(|v| v.data) {
                Some(Data::Int(v)) => Ok(Tensor::ints(shape, vec![v.first().copied().unwrap_or(0); n])),
                Some(Data::Float(v)) => Ok(Tensor::floats(shape, vec![v.first().copied().unwrap_or(0.0); n])),
                None => Ok(Tensor::floats(shape, vec![0.0; n])),
            }
        })(),
        "Range" => range(arguments),
        "Cast" => arguments.get(0).and_then(|t| cast(t, node.int("to", 0) as i32)),
        "CastLike" => (|| {
            let is_float = matches!(arguments.get(1)?.data, Data::Float(_));
            cast(arguments.get(0)?, if is_float { element::FLOAT } else { element::INT64 })
        })(),
        "Trilu" => trilu(arguments),
        "ScatterND" => scatter(arguments),
        _ => return None,
    })
}

/// Sizes of a shape.
fn sizes(values: &[i64]) -> Result<Vec<usize>, Reason> {
    values.iter().map(|v| usize::try_from(*v).map_err(|_| format!("a shape {values:?}"))).collect()
}

fn range(arguments: &Arguments) -> Result<Tensor, Reason> {
    let [start, limit, delta] = [0, 1, 2].map(|i| arguments.get(i));
    let (start, limit, delta) = (start?, limit?, delta?);
    if let (Data::Int(a), Data::Int(b), Data::Int(d)) = (&start.data, &limit.data, &delta.data) {
        let one = |v: &[i64]| v.first().copied().ok_or_else(|| "a range without bounds".to_string());
        let (a, b, d) = (i128::from(one(a)?), i128::from(one(b)?), i128::from(one(d)?));
        let count = if d == 0 { 0 } else { ((b - a) / d + i128::from((b - a) % d != 0)).max(0) };
        let count = grown(&[usize::try_from(count).unwrap_or(usize::MAX)], 0)?;
        return Ok(Tensor::ints(vec![count], (0..count).map(|i| (a + d * i as i128) as i64).collect()));
    }
    let [a, b, d] = [start, limit, delta].map(|t| t.uniform());
    let (Some(a), Some(b), Some(d)) = (a, b, d) else { return Err("a range without bounds".into()) };
    let count = grown(&[((f64::from(b) - f64::from(a)) / f64::from(d)).ceil().max(0.0) as usize], 0)?;
    Ok(Tensor::floats(vec![count], (0..count).map(|i| a + d * i as f32).collect()))
}

fn cast(tensor: &Tensor, to: i32) -> Result<Tensor, Reason> {
    let shape = tensor.shape.clone();
    Ok(match (to, &tensor.data) {
        (element::FLOAT | element::FLOAT16 | element::BFLOAT16 | element::DOUBLE, _) => {
            Tensor { shape, data: Data::Float(tensor.to_floats()) }
        }
        (element::BOOL, Data::Float(v)) => Tensor::ints(shape, v.iter().map(|v| i64::from(*v != 0.0)).collect()),
        (element::BOOL, Data::Int(v)) => Tensor::ints(shape, v.iter().map(|v| i64::from(*v != 0)).collect()),
        (element::INT64 | element::INT32 | element::INT16 | element::INT8 | element::UINT8, Data::Float(v)) => {
            Tensor::ints(shape, v.iter().map(|v| *v as i64).collect())
        }
        (element::INT64 | element::INT32 | element::INT16 | element::INT8 | element::UINT8, Data::Int(_)) => {
            tensor.clone()
        }
        _ => return Err(format!("a conversion to element type {to}")),
    })
}

fn trilu(arguments: &Arguments) -> Result<Tensor, Reason> {
    let tensor = arguments.get(0)?;
    let [.., rows, columns] = tensor.shape[..] else { return Err("a triangle of no matrix".into()) };
    let diagonal = arguments.optional(1).map(|t| t.to_ints()).transpose()?;
    let diagonal = diagonal.and_then(|d| d.first().copied()).unwrap_or(0);
    let upper = arguments.node.int("upper", 1) != 0;
    let keeps = |i: usize| {
        let (row, column) = ((i / columns % rows) as i64, (i % columns) as i64);
        let right = column - row;
        if upper { right >= diagonal } else { right <= diagonal }
    };
    let shape = tensor.shape.clone();
    Ok(match &tensor.data {
        Data::Float(v) => {
            Tensor::floats(shape, v.iter().enumerate().map(|(i, v)| if keeps(i) { *v } else { 0.0 }).collect())
        }
        Data::Int(v) => Tensor::ints(shape, v.iter().enumerate().map(|(i, v)| if keeps(i) { *v } else { 0 }).collect()),
    })
}

fn scatter(arguments: &Arguments) -> Result<Tensor, Reason> {
    let (tensor, indices, updates) = (arguments.get(0)?, arguments.get(1)?, arguments.get(2)?);
    let depth = indices.shape.last().copied().filter(|d| *d > 0 && *d <= tensor.shape.len());
    let depth = depth.ok_or("indices of another shape")?;
    let strides = dense(&tensor.shape);
    let block: usize = tensor.shape[depth..].iter().product();
    let mut places = Vec::new();
    for tuple in indices.to_ints()?.chunks(depth) {
        let mut start = 0;
        for (a, i) in tuple.iter().enumerate() {
            start += index(*i, tensor.shape[a])? * strides[a];
        }
        places.extend(start..start + block);
        grown(&[places.len()], tensor.len())?;
    }
    if places.len() != updates.len() {
        return Err("updates of another number than the indices".into());
    }
    let shape = tensor.shape.clone();
    match (&tensor.data, &updates.data) {
        (Data::Int(values), Data::Int(new)) => {
            let mut values = values.to_vec();
            places.iter().zip(new.iter()).for_each(|(at, v)| values[*at] = *v);
            Ok(Tensor::ints(shape, values))
        }
        _ => {
            let mut values = tensor.to_floats().to_vec();
            places.iter().zip(updates.to_floats().iter()).for_each(|(at, v)| values[*at] = *v);
            Ok(Tensor::floats(shape, values))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(operator: &str) -> Node {
        Node { op_type: operator.into(), ..Node::default() }
    }

    fn folded(operator: &str, inputs: &[Tensor]) -> Tensor {
        let inputs: Vec<_> = inputs.iter().cloned().map(Some).collect();
        fold(&node(operator), &inputs).unwrap().unwrap().remove(0)
    }

    fn ints(values: &[i64]) -> Tensor {
        Tensor::ints(vec![values.len()], values.to_vec())
    }

    #[test]
    fn a_causal_mask_is_folded_as_exporters_build_it() {
        let shape = folded("Concat", &[ints(&[3]), ints(&[3])]);
        let ones = folded("ConstantOfShape", &[shape]);
        let upper = folded(
            "Trilu",
            &[folded("Add", &[ones, Tensor::floats(vec![], vec![1.0])]), Tensor::ints(vec![], vec![1])],
        );
        assert_eq!(upper, Tensor::floats(vec![3, 3], vec![0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]));
    }

    #[test]
    fn a_range_counts_up_to_its_limit_and_down() {
        let scalar = |v| Tensor::ints(vec![], vec![v]);
        assert_eq!(folded("Range", &[scalar(1), scalar(6), scalar(2)]), ints(&[1, 3, 5]));
        assert_eq!(folded("Range", &[scalar(3), scalar(0), scalar(-2)]), ints(&[3, 1]));
        assert_eq!(folded("Range", &[scalar(3), scalar(3), scalar(1)]), ints(&[]));
    }

    #[test]
    fn a_shape_of_more_values_than_fit_is_an_error_and_takes_no_memory() {
        let huge = ints(&[1 << 40, 1 << 40]);
        assert!(fold(&node("ConstantOfShape"), &[Some(huge)]).unwrap().is_err());
        let scalar = |v| Some(Tensor::ints(vec![], vec![v]));
        assert!(fold(&node("Range"), &[scalar(0), scalar(i64::MAX), scalar(1)]).unwrap().is_err());
    }
}
