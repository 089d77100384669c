//! The graph that the BERT-like encoders share (Devlin et al. 2019): embed, then post-norm blocks of attention and
//! feed-forward, then the mean over the tokens.

use crate::pack::{Activation, Node};

/// Names of values and tensors: `tokens`, `positions`, `embed_norm`; in block i `block{i}.{qkv, attended, attention_norm,
/// up, down, output_norm}`.
pub(super) fn graph(blocks: usize, heads: u32, epsilon: f32) -> Vec<Node> {
    let norm = |input: String, weight: String| Node::LayerNorm { input, output: weight.clone(), weight, epsilon };
    let linear = |input: String, weight: String, activation: Activation, residual: Option<String>| Node::Linear {
        input,
        output: weight.clone(),
        weight,
        activation,
        residual,
    };
    let mut nodes = vec![
        Node::Embed {
            input: "tokens".into(),
            table: "table".into(),
            positions: "positions".into(),
            output: "embedded".into(),
        },
        norm("embedded".into(), "embed_norm".into()),
    ];
    let mut value = "embed_norm".to_string();
    for i in 0..blocks {
        let name = |part: &str| format!("block{i}.{part}");
        nodes.push(linear(value.clone(), name("qkv"), Activation::None, None));
        nodes.push(Node::Attention { input: name("qkv"), heads, output: name("context") });
        nodes.push(linear(name("context"), name("attended"), Activation::None, Some(value)));
        nodes.push(norm(name("attended"), name("attention_norm")));
        nodes.push(linear(name("attention_norm"), name("up"), Activation::Gelu, None));
        nodes.push(linear(name("up"), name("down"), Activation::None, Some(name("attention_norm"))));
        nodes.push(norm(name("down"), name("output_norm")));
        value = name("output_norm");
    }
    nodes.push(Node::MeanPool { input: value, output: "pooled".into() });
    nodes.push(Node::L2Normalize { input: "pooled".into(), output: "embedding".into() });
    nodes
}

/// Positions with the type embedding of the first sentence added, as no title has a second.
pub(super) fn positions_with_type(positions: &[f32], types: &[f32], width: usize) -> Vec<f32> {
    positions.iter().enumerate().map(|(i, p)| p + types[i % width]).collect()
}
