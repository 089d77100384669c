//! The graph of the BERT-like encoders (Devlin et al. 2019): embedding, post-norm blocks of self-attention and feed-forward,
//! mean pooling over the tokens, L2 normalisation.

use crate::kernels::{Activation, Node, attention, embed, l2_normalize, layer_norm, linear, mean_pool};

/// The nodes of an encoder of `blocks` blocks. Names of values and tensors: `tokens`, `positions`, `embed_norm`; in block i `block{i}.{qkv, attended, attention_norm,
/// up, down, output_norm}`.
pub(crate) fn graph(blocks: usize, heads: u32, epsilon: f32) -> Vec<Node> {
    let norm = |input: String, weight: String| -> Node {
        layer_norm::Node { input, output: weight.clone(), weight, epsilon }.into()
    };
    let linear = |input: String, weight: String, activation: Activation, residual: Option<String>| -> Node {
        linear::Node { input, output: weight.clone(), weight, activation, residual }.into()
    };
    let embed = embed::Node {
        input: "tokens".into(),
        table: "table".into(),
        positions: Some("positions".into()),
        output: "embedded".into(),
    };
    let mut nodes = vec![embed.into(), norm("embedded".into(), "embed_norm".into())];
    let mut value = "embed_norm".to_string();
    for i in 0..blocks {
        let name = |part: &str| format!("block{i}.{part}");
        nodes.push(linear(value.clone(), name("qkv"), Activation::None, None));
        nodes.push(attention::Node { input: name("qkv"), heads, causal: false, output: name("context") }.into());
        nodes.push(linear(name("context"), name("attended"), Activation::None, Some(value)));
        nodes.push(norm(name("attended"), name("attention_norm")));
        nodes.push(linear(name("attention_norm"), name("up"), Activation::Gelu, None));
        nodes.push(linear(name("up"), name("down"), Activation::None, Some(name("attention_norm"))));
        nodes.push(norm(name("down"), name("output_norm")));
        value = name("output_norm");
    }
    nodes.push(mean_pool::Node { input: value, output: "pooled".into() }.into());
    nodes.push(l2_normalize::Node { input: "pooled".into(), output: "embedding".into() }.into());
    nodes
}

/// Position embeddings `[positions, width]` with the type embedding of the first sentence added: a title has no second one.
pub(crate) fn positions_with_type(positions: &[f32], types: &[f32], width: usize) -> Vec<f32> {
    positions.iter().enumerate().map(|(i, p)| p + types[i % width]).collect()
}
