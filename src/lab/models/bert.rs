//! BERT (Devlin et al. 2019) and XLM-R (Conneau et al. 2020), the encoders of MiniLM, eComBERT, HerBERT and multilingual e5, with mean
//! pooling over the tokens.

use burn::nn::{Dropout, DropoutConfig, Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::prelude::*;
use burn::tensor::activation::{gelu, softmax};

use crate::lab::checkpoint::{Checkpoint, Layout, Renamed};
use crate::lab::export::{matrix, values};
use crate::pack::import::float::{GraphBuilder, Weights};
use crate::pack::import::transformer;
use crate::{Error, Result};

/// The sizes of an encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct BertConfig {
    pub vocabulary: usize,
    pub width: usize,
    pub blocks: usize,
    pub heads: usize,
    /// Width of the feed-forward layers.
    pub inner: usize,
    /// Rows of the position table.
    pub positions: usize,
    /// The row of the first token: 0 in BERT, 2 in XLM-R.
    pub first_position: usize,
    pub types: usize,
    pub epsilon: f64,
    /// Probability with which training drops a value of the embeddings and of each layer's output.
    pub dropout: f64,
}

/// The family of a text encoder, which its tensors do not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bert,
    XlmR,
}

impl BertConfig {
    /// The sizes that a checkpoint's tensors have; heads are 32 wide up to a width of 384, as in MiniLM and e5-small, otherwise 64.
    ///
    /// # Errors
    /// [`Error::Pack`] where a tensor that tells one is missing.
    pub fn of(checkpoint: &Checkpoint, kind: Kind) -> Result<Self> {
        let find = |own: &str| {
            let name = checkpoint.names().find(|name| rename(name) == Renamed::To(own.into()));
            let values = name.and_then(|name| checkpoint.get(name));
            values.filter(|values| values.shape.len() == 2).map(|values| (values.shape[0], values.shape[1])).ok_or_else(
                || {
                    let expected = format!("a matrix that is {own} of a BERT");
                    Error::pack(expected, "none of a name that Hugging Face gives it", checkpoint.place())
                },
            )
        };
        let (vocabulary, width) = find("words.weight")?;
        let (positions, _) = find("positions.weight")?;
        let (types, _) = find("types.weight")?;
        let (inner, _) = find("blocks.0.up.weight")?;
        let is_block = |i: usize| move |name: &str| rename(name) == Renamed::To(format!("blocks.{i}.up.weight"));
        let blocks = (0..).take_while(|i| checkpoint.names().any(is_block(*i))).count();
        let (first_position, epsilon) = match kind {
            Kind::Bert => (0, 1e-12),
            Kind::XlmR => (2, 1e-5),
        };
        let heads = width / if width <= 384 { 32 } else { 64 };
        let dropout = 0.1;
        Ok(BertConfig { vocabulary, width, blocks, heads, inner, positions, first_position, types, epsilon, dropout })
    }

    pub fn init(&self, device: &Device) -> Bert {
        let embedding = |rows| EmbeddingConfig::new(rows, self.width).init(device);
        let linear = |input, output| LinearConfig::new(input, output).init(device);
        let norm = || LayerNormConfig::new(self.width).with_epsilon(self.epsilon).init(device);
        let block = |_| BertBlock {
            query: linear(self.width, self.width),
            key: linear(self.width, self.width),
            value: linear(self.width, self.width),
            attended: linear(self.width, self.width),
            attention_norm: norm(),
            up: linear(self.width, self.inner),
            down: linear(self.inner, self.width),
            output_norm: norm(),
            heads: self.heads,
            dropout: DropoutConfig::new(self.dropout).init(),
        };
        Bert {
            words: embedding(self.vocabulary),
            positions: embedding(self.positions),
            types: embedding(self.types),
            norm: norm(),
            dropout: DropoutConfig::new(self.dropout).init(),
            blocks: (0..self.blocks).map(block).collect(),
            first_position: self.first_position,
            epsilon: self.epsilon,
        }
    }
}

#[derive(Module, Debug)]
pub struct Bert {
    pub words: Embedding,
    pub positions: Embedding,
    pub types: Embedding,
    pub norm: LayerNorm,
    pub dropout: Dropout,
    pub blocks: Vec<BertBlock>,
    pub first_position: usize,
    /// Of all layer norms.
    pub epsilon: f64,
}

/// A post-norm block: attention, then feed-forward, each with a residual.
#[derive(Module, Debug)]
pub struct BertBlock {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    pub attended: Linear,
    pub attention_norm: LayerNorm,
    pub up: Linear,
    pub down: Linear,
    pub output_norm: LayerNorm,
    pub heads: usize,
    pub dropout: Dropout,
}

impl BertBlock {
    /// `x` `[batch, tokens, width]`; `bias` `[batch, 1, 1, tokens]` is added to the scores: 0 for tokens, very negative for padding.
    pub fn forward(&self, x: Tensor<3>, bias: Tensor<4>) -> Tensor<3> {
        let [batch, tokens, width] = x.dims();
        let head = width / self.heads;
        let split = |x: Tensor<3>| x.reshape([batch, tokens, self.heads, head]).swap_dims(1, 2);
        let (query, key, value) = (
            split(self.query.forward(x.clone())),
            split(self.key.forward(x.clone())),
            split(self.value.forward(x.clone())),
        );
        let scores = query.matmul(key.transpose()) / (head as f64).sqrt() + bias;
        let context = softmax(scores, 3).matmul(value).swap_dims(1, 2).reshape([batch, tokens, width]);
        let attended = self.dropout.forward(self.attended.forward(context));
        let x = self.attention_norm.forward(x + attended);
        let fed = self.dropout.forward(self.down.forward(gelu(self.up.forward(x.clone()))));
        self.output_norm.forward(x + fed)
    }
}

impl Bert {
    /// The embeddings of the tokens, `[batch, tokens, width]`; `mask` `[batch, tokens]` is 1 for a token, 0 for padding.
    pub fn tokens(&self, ids: Tensor<2, Int>, mask: Tensor<2>) -> Tensor<3> {
        let [batch, tokens] = ids.dims();
        let device = ids.device();
        let first = self.first_position as i64;
        let places = Tensor::arange(first..first + tokens as i64, &device).reshape([1, tokens]).repeat_dim(0, batch);
        let types = Tensor::zeros([batch, tokens], &device);
        let x = self.words.forward(ids) + self.positions.forward(places) + self.types.forward(types);
        let mut x = self.dropout.forward(self.norm.forward(x));
        let bias = ((mask - 1.0) * 1e9).reshape([batch, 1, 1, tokens]);
        for block in &self.blocks {
            x = block.forward(x, bias.clone());
        }
        x
    }

    /// The mean over the tokens, `[batch, width]`.
    pub fn forward(&self, ids: Tensor<2, Int>, mask: Tensor<2>) -> Tensor<2> {
        let [batch, tokens] = ids.dims();
        let x = self.tokens(ids, mask.clone());
        let width = x.dims()[2];
        let weights = mask.clone().reshape([batch, tokens, 1]);
        let sum = (x * weights).sum_dim(1).reshape([batch, width]);
        sum / mask.sum_dim(1)
    }
}

impl Bert {
    /// Adds the layers for titles of up to `max_tokens` tokens, and returns the width of an embedding.
    ///
    /// # Errors
    /// [`Error::Argument`] for more tokens than there are positions.
    pub fn export(&self, builder: &mut GraphBuilder, max_tokens: usize) -> Result<usize> {
        let [_, width] = self.words.weight.dims();
        let [rows, _] = self.positions.weight.dims();
        if max_tokens == 0 || max_tokens + self.first_position > rows {
            let most = rows.saturating_sub(self.first_position);
            return Err(Error::argument("max_tokens", format!("1 to {most}"), max_tokens.to_string()));
        }
        let types = values(self.types.weight.val())?;
        let positions = values(self.positions.weight.val())?;
        let used = &positions[self.first_position * width..][..max_tokens * width];
        let positions = transformer::positions_with_type(used, &types[..width], width);
        let table = |values| Weights::Matrix { values, width, bias: None };
        builder.weights.insert("table".into(), table(values(self.words.weight.val())?));
        builder.weights.insert("positions".into(), table(positions));
        let norm = |norm: &LayerNorm| {
            let gain = values(norm.gamma.val())?;
            let bias = norm.beta.as_ref().map(|beta| values(beta.val())).transpose()?;
            let bias = bias.unwrap_or_else(|| vec![0.0; gain.len()]);
            Ok::<_, Error>(Weights::Vectors(vec![("gain", gain), ("bias", bias)]))
        };
        builder.weights.insert("embed_norm".into(), norm(&self.norm)?);
        let mut heads = 1;
        for (index, block) in self.blocks.iter().enumerate() {
            let name = |part: &str| format!("block{index}.{part}");
            let (mut all, mut all_bias) = (Vec::new(), Vec::new());
            for part in [&block.query, &block.key, &block.value] {
                let ((rows, _), bias) = matrix(part)?;
                all_bias.extend(bias.unwrap_or_else(|| vec![0.0; width]));
                all.extend(rows);
            }
            builder.weights.insert(name("qkv"), Weights::Matrix { values: all, width, bias: Some(all_bias) });
            for (part, linear) in [("attended", &block.attended), ("up", &block.up), ("down", &block.down)] {
                let ((values, width), bias) = matrix(linear)?;
                builder.weights.insert(name(part), Weights::Matrix { values, width, bias });
            }
            builder.weights.insert(name("attention_norm"), norm(&block.attention_norm)?);
            builder.weights.insert(name("output_norm"), norm(&block.output_norm)?);
            heads = block.heads;
        }
        builder.graph = transformer::graph(self.blocks.len(), heads as u32, self.epsilon as f32);
        Ok(width)
    }
}

/// Hugging Face.
pub const LAYOUTS: &[Layout] = &[Layout { name: "Hugging Face", rename }];

fn rename(key: &str) -> Renamed {
    let prefixes = ["0.auto_model.", "auto_model.", "model.", "bert.", "roberta."];
    let key = prefixes.iter().fold(key, |key, prefix| key.strip_prefix(prefix).unwrap_or(key));
    let heads = ["pooler.", "cls.", "lm_head.", "classifier.", "sso.", "embeddings.position_ids"];
    if heads.iter().any(|head| key.starts_with(head)) {
        return Renamed::Ignored;
    }
    let parts: Vec<&str> = key.split('.').collect();
    let renamed = || {
        Some(match parts[..] {
            ["embeddings", "word_embeddings", rest] => format!("words.{rest}"),
            ["embeddings", "position_embeddings", rest] => format!("positions.{rest}"),
            ["embeddings", "token_type_embeddings", rest] => format!("types.{rest}"),
            ["embeddings", "LayerNorm", rest] => format!("norm.{rest}"),
            ["encoder", "layer", block, ref path @ .., rest] => {
                let own = match path {
                    ["attention", "self", part @ ("query" | "key" | "value")] => part,
                    ["attention", "output", "dense"] => "attended",
                    ["attention", "output", "LayerNorm"] => "attention_norm",
                    ["intermediate", "dense"] => "up",
                    ["output", "dense"] => "down",
                    ["output", "LayerNorm"] => "output_norm",
                    _ => return None,
                };
                format!("blocks.{block}.{own}.{rest}")
            }
            _ => return None,
        })
    };
    renamed().map_or(Renamed::Unknown, Renamed::To)
}
