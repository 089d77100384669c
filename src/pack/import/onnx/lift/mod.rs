//! Reads the ONNX graph node by node and drafts the operations of a pack.
//!
//! Nodes whose inputs are constant are folded. Nodes that move values change a view. Elementwise nodes grow an expression, which
//! becomes operations where something else reads it.

mod attention;
mod convolution;
mod elementwise;
mod moves;
mod norm;
mod pooling;
mod products;
mod settle;
mod tokens;
mod value;

use std::collections::HashMap;
use std::rc::Rc;

pub use value::{Mapped, Tokens, Value};

use super::draft::{Draft, Operation};
use super::expression::{Expression, MAX_SIZE};
use super::file::Part;
use super::fold::fold;
use super::missing::Missing;
use super::schema::Node;
use super::tensor::{Reason, Tensor};
use super::view::{Grid, Id, View};

/// What becomes of a graph.
pub struct Lift {
    pub draft: Draft,
    pub values: HashMap<String, Value>,
    pub missing: Missing,
    /// Values that expressions have become; the expression is kept so that its address stays its own.
    compiled: HashMap<(Id, *const Expression), (Rc<Expression>, Id)>,
    /// What views that show a part of a value have become.
    settled: Vec<(View, View)>,
    /// Values of all constants that were folded.
    folded: usize,
}

/// Most values of all constants that are folded.
const MAX_FOLDED: usize = 1 << 29;

impl Lift {
    pub fn new(grid: Grid, inputs: HashMap<String, Value>) -> Self {
        Lift {
            draft: Draft::new(grid),
            values: inputs,
            missing: Missing::default(),
            compiled: HashMap::new(),
            settled: Vec::new(),
            folded: 0,
        }
    }

    /// Reads all nodes; those that cannot be read are noted in `missing`.
    pub fn read(&mut self, part: &Part) {
        self.values.extend(part.constants.iter().map(|(name, t)| (name.clone(), Value::Constant(t.clone()))));
        for node in &part.nodes {
            let inputs: Vec<Option<Value>> = node.input.iter().map(|name| self.values.get(name).cloned()).collect();
            let outputs = self.node(node, &inputs).unwrap_or_else(|reason| {
                self.missing.add(node.operator(), reason, node.label());
                Vec::new()
            });
            let outputs = outputs.into_iter().chain(std::iter::repeat(Value::Unknown));
            let named = node.output.iter().zip(outputs).filter(|(name, _)| !name.is_empty());
            self.values.extend(named.map(|(name, value)| (name.clone(), value)));
        }
    }

    fn node(&mut self, node: &Node, inputs: &[Option<Value>]) -> Result<Vec<Value>, Reason> {
        let is_ours = matches!(node.domain.as_str(), "" | "ai.onnx");
        let constants: Vec<Option<Tensor>> =
            inputs.iter().map(|v| v.as_ref().and_then(Value::constant).cloned()).collect();
        let is_constant = inputs.iter().zip(&constants).all(|(value, constant)| value.is_none() || constant.is_some());
        if is_constant
            && node.op_type != "Shape"
            && let Some(folded) = fold(node, &constants)
        {
            let folded = folded?;
            self.folded += folded.iter().map(Tensor::len).sum::<usize>();
            if self.folded > MAX_FOLDED {
                return Err("constants of more than 2^29 values in all".into());
            }
            return Ok(folded.into_iter().map(Value::Constant).collect());
        }
        let operator = if is_ours { node.op_type.as_str() } else { "" };
        let read = Read { node, inputs, constants: &constants };
        let reader = reader(operator);
        let is_unknown = inputs.iter().any(|value| matches!(value, Some(Value::Unknown)));
        if is_unknown && (reader.is_some() || fold(node, &[]).is_some()) {
            // What it reads has been reported.
            return Ok(Vec::new());
        }
        reader.ok_or("no operation of a pack")?(self, &read)
    }

    fn grid(&self, id: Id) -> Grid {
        self.draft.grid(id)
    }

    fn push(&mut self, operation: Operation, grid: Grid) -> Id {
        self.draft.push(operation, grid)
    }
}

/// A node with what it reads.
struct Read<'a> {
    node: &'a Node,
    inputs: &'a [Option<Value>],
    /// The inputs that are constant.
    constants: &'a [Option<Tensor>],
}

impl Read<'_> {
    fn input(&self, i: usize) -> Result<&Value, Reason> {
        self.inputs.get(i).and_then(Option::as_ref).ok_or_else(|| format!("no input {i}"))
    }

    fn constant(&self, i: usize) -> Option<&Tensor> {
        self.constants.get(i).and_then(Option::as_ref)
    }

    fn weights(&self, i: usize) -> Result<&Tensor, Reason> {
        self.constant(i).ok_or_else(|| match self.inputs.get(i) {
            Some(Some(value)) => format!("input {i} not constant but {}", value.describe()),
            _ => format!("no input {i}"),
        })
    }

    /// Whole numbers of an attribute, or of an input in later versions of the operator.
    fn ints(&self, attribute: &str, input: usize) -> Result<Option<Vec<i64>>, Reason> {
        if let Some(values) = self.node.ints(attribute) {
            return Ok(Some(values.to_vec()));
        }
        match self.inputs.get(input) {
            Some(Some(_)) => Ok(Some(self.weights(input)?.to_ints()?.to_vec())),
            _ => Ok(None),
        }
    }
}

type Reader = fn(&mut Lift, &Read) -> Result<Vec<Value>, Reason>;

/// What reads an operator whose inputs are not all constant.
fn reader(operator: &str) -> Option<Reader> {
    Some(match operator {
        "Shape" | "Size" => moves::shape,
        "Identity" | "Dropout" => moves::same,
        "Cast" | "CastLike" => moves::cast,
        "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => moves::reshape,
        "Expand" => moves::expand,
        "Transpose" => moves::transpose,
        "Slice" => moves::slice,
        "Split" => moves::split,
        "Gather" => moves::gather,
        "GatherND" => moves::gather_nd,
        "Concat" => moves::concat,
        "Pad" => convolution::pad,
        "Conv" => convolution::conv,
        "BatchNormalization" => norm::batch_norm,
        "LayerNormalization" | "RMSNormalization" | "SimplifiedLayerNormalization" => norm::layer_norm,
        "LpNormalization" => norm::lp_normalization,
        "ReduceMean" | "ReduceSum" | "ReduceL2" | "ReduceSumSquare" => pooling::reduce,
        "GlobalAveragePool" | "GlobalMaxPool" => pooling::global,
        "MaxPool" | "AveragePool" => pooling::window,
        "Resize" | "Upsample" => pooling::resize,
        "MatMul" => products::matmul,
        "Gemm" => products::gemm,
        "Softmax" => attention::softmax,
        "IsNaN" => attention::is_nan,
        "Where" => attention::choose,
        "Equal" => tokens::equal,
        "Not" => tokens::not,
        "ArgMax" => tokens::arg_max,
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Min" | "Max" | "Sum" | "Mean" => elementwise::binary,
        "Relu" | "Sigmoid" | "Tanh" | "Erf" | "Exp" | "Log" | "Sqrt" | "Abs" | "Neg" | "Reciprocal" | "Softplus"
        | "Clip" | "HardSwish" | "HardSigmoid" | "Gelu" | "Mish" | "Swish" | "QuickGelu" => elementwise::unary,
        _ => return None,
    })
}

/// Whether an expression is still worth looking at.
fn is_small(expression: &Expression) -> bool {
    expression.size <= MAX_SIZE
}
