//! What of a graph has no place in a pack: all of it at once.

use std::collections::BTreeMap;

use crate::Error;

/// Most names of nodes that a line states.
const NAMES: usize = 5;
/// Most lines of a report.
const LINES: usize = 40;

/// Nodes by operator and reason.
#[derive(Debug, Default)]
pub struct Missing {
    nodes: BTreeMap<(String, String), Vec<String>>,
}

impl Missing {
    pub fn add(&mut self, operator: String, reason: impl Into<String>, node: &str) {
        self.nodes.entry((operator, reason.into())).or_default().push(node.into());
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The error that lists them, operator by operator.
    pub fn error(&self, place: &str) -> Error {
        let line = |((operator, reason), names): (&(String, String), &Vec<String>)| {
            let more = if names.len() > NAMES { ", …" } else { "" };
            let first = names.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
            format!("{operator} × {} ({reason}; {first}{more})", names.len())
        };
        let mut lines: Vec<_> = self.nodes.iter().map(line).collect();
        let count: usize = self.nodes.values().map(Vec::len).sum();
        if lines.len() > LINES {
            lines.truncate(LINES);
            lines.push("…".into());
        }
        let found = format!("{count} nodes that it has not: {}", lines.join("; "));
        Error::pack("a graph of operations that a pack has (docs/import-onnx.md lists them)", found, place)
    }
}
