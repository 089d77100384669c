//! Token ids: one sequence without padding, whose last token is the end of the text.

use super::value::Tokens;
use super::{Lift, Mapped, Read, Value};
use crate::pack::import::onnx::draft::{Matrix, Operation};
use crate::pack::import::onnx::strides::axis;
use crate::pack::import::onnx::tensor::{Reason, Tensor};
use crate::pack::import::onnx::view::{Grid, View};

/// Ids compared with one: the padding's, or that of the end of a text. Which of the two shows in what reads it.
pub fn equal(_: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    match (read.input(0)?, read.input(1)?) {
        (Value::Tokens(tokens), Value::Constant(id)) | (Value::Constant(id), Value::Tokens(tokens))
            if id.uniform().is_some() && !tokens.is_comparison =>
        {
            Ok(vec![Value::Tokens(Tokens { is_comparison: true, ..tokens.clone() })])
        }
        (a, b) => Err(format!("{} compared with {}", a.describe(), b.describe())),
    }
}

/// Where ids are not the padding's: everywhere.
pub fn not(_: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    match read.input(0)? {
        Value::Tokens(tokens) if tokens.is_comparison => {
            let ones = vec![1; tokens.shape.iter().product()];
            Ok(vec![Value::Constant(Tensor::ints(tokens.shape.clone(), ones))])
        }
        other => Err(other.describe()),
    }
}

/// Where the end of the text is: it has the largest id, or is looked for by its id.
pub fn arg_max(_: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let Value::Tokens(tokens) = read.input(0)? else { return Err(read.input(0)?.describe()) };
    let at = axis(read.node.int("axis", 0), tokens.shape.len())?;
    let count = tokens.shape[at];
    if tokens.shape.iter().product::<usize>() != count {
        return Err(format!("the largest along axis {at} of ids of shape {:?}", tokens.shape));
    }
    let mut shape = tokens.shape.clone();
    shape[at] = 1;
    if read.node.int("keepdims", 1) == 0 {
        shape.remove(at);
    }
    Ok(vec![Value::Constant(Tensor::ints(shape, vec![count as i64 - 1]))])
}

impl Lift {
    /// Rows of a table for token ids.
    pub(super) fn embed(&mut self, read: &Read, table: &Tensor, tokens: &Tokens) -> Result<Value, Reason> {
        let [rows, width] = table.shape[..] else { return Err(format!("a table of shape {:?}", table.shape)) };
        if tokens.is_comparison || read.node.int("axis", 0) != 0 || rows * width == 0 {
            return Err("rows of a table by other than token ids".into());
        }
        let grid = Grid { channels: width, ..self.grid(0) };
        let table = Matrix { values: table.to_floats(), rows, width };
        let id = self.push(Operation::Embed { input: 0, table, positions: None }, grid);
        Ok(Value::Mapped(Mapped::of(View::rows(id, &tokens.shape, width))))
    }
}
