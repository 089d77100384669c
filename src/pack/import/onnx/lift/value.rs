//! What the tensors of the ONNX graph are, while it is read from the input on.

use std::rc::Rc;

use crate::pack::import::onnx::expression::Expression;
use crate::pack::import::onnx::tensor::Tensor;
use crate::pack::import::onnx::view::{Id, View};

#[derive(Debug, Clone)]
pub enum Value {
    Constant(Tensor),
    Tokens(Tokens),
    Mapped(Mapped),
    /// A view with zeros around: above and left of it, below and right of it.
    Padded {
        view: View,
        before: [usize; 2],
        after: [usize; 2],
    },
    /// Pixels flattened to one axis, channels first.
    Flat {
        view: View,
        shape: Vec<usize>,
    },
    /// Products of queries and keys, before the softmax.
    Scores(Scores),
    /// After it.
    Weights(Scores),
    /// What an operator makes that could not be read.
    Unknown,
}

/// Token ids of one sequence, or for each of them whether it is a certain one.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub shape: Vec<usize>,
    pub is_comparison: bool,
}

/// An expression of each element of a view, or of its rows.
#[derive(Debug, Clone)]
pub struct Mapped {
    /// A whole value wherever the expression is more than `x`.
    pub view: View,
    pub expression: Rc<Expression>,
    /// The shape of an expression that has one value for all channels of a row.
    pub reduced: Option<Vec<usize>>,
}

#[derive(Debug, Clone)]
pub struct Scores {
    pub query: Query,
    pub keys: View,
    /// What the products are multiplied by.
    pub factor: f64,
    pub is_causal: bool,
    pub shape: Vec<usize>,
}

#[derive(Debug, Clone)]
pub enum Query {
    View(View),
    /// A learned query.
    Constant(Tensor),
}

impl Mapped {
    pub fn of(view: View) -> Self {
        Mapped { view, expression: Expression::x(), reduced: None }
    }

    pub fn shape(&self) -> &[usize] {
        self.reduced.as_ref().unwrap_or(&self.view.shape)
    }
}

impl Value {
    pub fn of(id: Id, shape: Vec<usize>, strides: Vec<usize>) -> Self {
        Value::Mapped(Mapped::of(View::new(id, shape, strides, 0)))
    }

    pub fn shape(&self) -> Option<Vec<usize>> {
        match self {
            Value::Constant(tensor) => Some(tensor.shape.clone()),
            Value::Tokens(tokens) => Some(tokens.shape.clone()),
            Value::Mapped(mapped) => Some(mapped.shape().to_vec()),
            Value::Padded { view, before, after } => {
                let [n, c, h, w] = view.shape[..] else { return None };
                Some(vec![n, c, before[0] + h + after[0], before[1] + w + after[1]])
            }
            Value::Flat { shape, .. } => Some(shape.clone()),
            Value::Scores(scores) | Value::Weights(scores) => Some(scores.shape.clone()),
            Value::Unknown => None,
        }
    }

    pub fn constant(&self) -> Option<&Tensor> {
        match self {
            Value::Constant(tensor) => Some(tensor),
            _ => None,
        }
    }

    /// What it is, for messages.
    pub fn describe(&self) -> String {
        let kind = match self {
            Value::Constant(_) => "a constant",
            Value::Tokens(_) => "token ids",
            Value::Mapped(_) => "values",
            Value::Padded { .. } => "padded pixels",
            Value::Flat { .. } => "flattened pixels",
            Value::Scores(_) => "attention scores",
            Value::Weights(_) => "attention weights",
            Value::Unknown => "what could not be read",
        };
        self.shape().map_or(kind.to_string(), |shape| format!("{kind} of shape {shape:?}"))
    }
}
