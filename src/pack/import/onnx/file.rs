//! An ONNX file: its nodes in the order they run, its initialisers, its inputs and outputs.
#![deny(clippy::indexing_slicing, reason = "ONNX files are strangers' bytes")]

use std::collections::{HashMap, HashSet};

use prost::Message;
use prost::bytes::Bytes;

use super::schema;
use super::tensor::Tensor;
use crate::{Error, Result};

/// Most bytes of a file: what a protobuf message can have.
pub const MAX_FILE: u64 = (2 << 30) - 1;

/// A value's name, element type and shape; `None` for a size that the file leaves open.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    pub name: String,
    pub element: i32,
    pub shape: Option<Vec<Option<usize>>>,
}

pub struct File {
    graph: schema::Graph,
    /// Index of the node that makes a value.
    producers: HashMap<String, usize>,
    pub place: String,
}

/// What a value is made of.
pub struct Part<'a> {
    pub nodes: Vec<&'a schema::Node>,
    pub constants: HashMap<String, Tensor>,
    /// The graph's inputs that it reads.
    pub inputs: Vec<Declared>,
}

impl File {
    /// Reads a file's bytes; `place` is its path, for messages. Initialisers are decoded by [`File::part`].
    ///
    /// # Errors
    /// [`Error::Pack`] where the bytes are no ONNX model, or two nodes make a value of the same name.
    pub fn read(bytes: Vec<u8>, place: &str) -> Result<Self> {
        let length = bytes.len();
        let failed = |found: String| Error::pack("a whole ONNX model", found, place);
        let model = schema::Model::decode(Bytes::from(bytes))
            .map_err(|e| failed(format!("{length} bytes that are not one ({e})")))?;
        let graph = model.graph.filter(|graph| !graph.node.is_empty());
        let graph = graph.ok_or_else(|| failed(format!("{length} bytes without a graph of nodes")))?;
        let mut producers = HashMap::new();
        for (i, node) in graph.node.iter().enumerate() {
            for output in node.output.iter().filter(|name| !name.is_empty()) {
                if producers.insert(output.clone(), i).is_some() {
                    return Err(failed(format!("two nodes that make {output:?}")));
                }
            }
        }
        Ok(File { graph, producers, place: place.into() })
    }

    /// The graph's outputs.
    pub fn outputs(&self) -> Vec<Declared> {
        self.graph.output.iter().map(declared).collect()
    }

    /// Whether a node makes a value of that name.
    pub fn makes(&self, name: &str) -> bool {
        self.producers.contains_key(name)
    }

    /// The nodes, initialisers and inputs that `output` needs.
    ///
    /// # Errors
    /// [`Error::Pack`] where a value is read that nothing makes, or before it is made (in a cycle each is), and where an
    /// initialiser cannot be read: all of them at once.
    pub fn part(&self, output: &str) -> Result<Part<'_>> {
        let initialisers: HashMap<&str, &schema::Tensor> =
            self.graph.initializer.iter().map(|t| (t.name.as_str(), t)).collect();
        let declared: HashMap<String, Declared> =
            self.graph.input.iter().map(declared).map(|d| (d.name.clone(), d)).collect();
        let mut needed = vec![false; self.graph.node.len()];
        let (mut names, mut seen) = (vec![output], HashSet::from([output]));
        let (mut constants, mut inputs, mut problems) = (HashMap::new(), Vec::new(), Vec::new());
        while let Some(name) = names.pop() {
            if let Some((i, node)) = self.producers.get(name).and_then(|i| Some((*i, self.graph.node.get(*i)?))) {
                if let Some(flag) = needed.get_mut(i) {
                    *flag = true;
                }
                names.extend(node.input.iter().map(String::as_str).filter(|n| !n.is_empty() && seen.insert(n)));
            } else if let Some(tensor) = initialisers.get(name) {
                match Tensor::read(tensor) {
                    Ok(tensor) => drop(constants.insert(name.to_string(), tensor)),
                    Err(reason) => problems.push(reason),
                }
            } else if let Some(input) = declared.get(name) {
                inputs.push(input.clone());
            } else {
                problems.push(format!("{name:?}, which nothing makes"));
            }
        }
        let nodes: Vec<_> = self.graph.node.iter().zip(needed).filter(|(_, n)| *n).map(|(node, _)| node).collect();
        let mut made = HashSet::new();
        for node in &nodes {
            let early = node.input.iter().find(|n| self.makes(n) && !made.contains(n.as_str()));
            if let Some(early) = early {
                problems.push(format!("node {:?}, which reads {early:?} before it is made", node.label()));
            }
            made.extend(node.output.iter().map(String::as_str));
        }
        inputs.sort_by(|a, b| a.name.cmp(&b.name));
        problems.sort();
        if problems.is_empty() {
            return Ok(Part { nodes, constants, inputs });
        }
        let more = problems.len().saturating_sub(20);
        problems.truncate(20);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        Err(Error::pack("an ONNX graph that can be read", problems.join("; ") + &more, self.place.clone()))
    }
}

fn declared(info: &schema::ValueInfo) -> Declared {
    let tensor = info.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let size = |d: &schema::Dimension| d.dim_value.and_then(|v| usize::try_from(v).ok()).filter(|v| *v > 0);
    let shape = tensor.and_then(|t| t.shape.as_ref()).map(|s| s.dim.iter().map(size).collect());
    Declared { name: info.name.clone(), element: tensor.map_or(0, |t| t.elem_type), shape }
}
