"""Text encoders at a few layers and a small vocabulary: transformers' own classes with a small configuration."""

from functools import partial

import torch
import transformers
from transformers import BertConfig, CLIPTextConfig, SiglipTextConfig, XLMRobertaConfig

VOCABULARY = 256


class Encoder(torch.nn.Module):
    """A transformers model and what follows it: `pooling` of the last hidden state or the name of an output."""

    def __init__(self, model, names, pooling):
        super().__init__()
        self.model, self.names, self.pooling = model, names, pooling

    def forward(self, input_ids, attention_mask=None, token_type_ids=None):
        given = dict(zip(self.names, (input_ids, attention_mask, token_type_ids)))
        output = self.model(**given)
        if self.pooling == "cls":
            return torch.nn.functional.normalize(output.last_hidden_state[:, 0], p=2, dim=1)
        if self.pooling == "mean":
            mask = given["attention_mask"].unsqueeze(-1).expand(output.last_hidden_state.size()).float()
            mean = torch.sum(output.last_hidden_state * mask, 1) / torch.clamp(mask.sum(1), min=1e-9)
            return torch.nn.functional.normalize(mean, p=2, dim=1)
        return getattr(output, self.pooling)


def clip(attention):
    config = CLIPTextConfig(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=32, projection_dim=24, bos_token_id=254, eos_token_id=2, attn_implementation=attention,
    )  # fmt: skip
    return transformers.CLIPTextModelWithProjection(config)


def siglip(attention):
    config = SiglipTextConfig(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=16, attn_implementation=attention,
    )  # fmt: skip
    return transformers.SiglipTextModel(config)


def bert(attention):
    config = BertConfig(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=64, attn_implementation=attention,
    )  # fmt: skip
    return transformers.BertModel(config, add_pooling_layer=False)


def xlm_roberta(attention):
    config = XLMRobertaConfig(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=66, type_vocab_size=1, layer_norm_eps=1e-5, attn_implementation=attention,
    )  # fmt: skip
    return transformers.XLMRobertaModel(config, add_pooling_layer=False)


def ids(seeded, key, first, count, last, padded=None):
    v = (seeded.symmetric(key, count).astype("float64") + 1) / 2
    row = [first, *(5 + (v * 245).astype(int)).tolist(), last]
    return row + [1] * (padded - len(row)) if padded else row


ENDS = {"clip": (254, 255), "siglip": (5, 1), "bert": (2, 3), "e5": (0, 2)}
BERT_INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
# Constructor, gain, input names, pooling, tokens at both ends, tokens after padding.
MODELS = {
    "clip-text": (clip, 0.7, ["input_ids"], "text_embeds", "clip", None),
    "clip-text-masked": (clip, 0.7, ["input_ids", "attention_mask"], "text_embeds", "clip", None),
    "siglip-text": (siglip, 0.7, ["input_ids"], "pooler_output", "siglip", 16),
    "minilm": (bert, 0.45, BERT_INPUTS, "last_hidden_state", "bert", None),
    "bge": (bert, 0.45, BERT_INPUTS, "cls", "bert", None),
    "bert-mean": (bert, 0.45, BERT_INPUTS, "mean", "bert", None),
    "e5": (xlm_roberta, 0.45, ["input_ids", "attention_mask"], "last_hidden_state", "e5", None),
    "e5-mean": (xlm_roberta, 0.45, ["input_ids", "attention_mask"], "mean", "e5", None),
}
OUTPUTS = {"cls": "sentence_embedding", "mean": "sentence_embedding"}
# Name, model, attention, opset, options of the export.
FILES = [
    ("clip-text", "clip-text", "eager", 14, {}),
    ("siglip-text", "siglip-text", "sdpa", 17, {}),
    ("minilm", "minilm", "eager", 14, {}),
    ("bge", "bge", "sdpa", 17, {}),
    ("e5", "e5", "sdpa", 14, {}),
    ("e5-mean", "e5-mean", "eager", 17, {}),
    ("clip-text-dynamo", "clip-text-masked", "sdpa", 18, {"dynamo": True}),
    ("siglip-text-dynamo", "siglip-text", "sdpa", 18, {"dynamo": True}),
    ("bge-dynamo", "bge", "sdpa", 18, {"dynamo": True}),
    ("bert-mean-dynamo", "bert-mean", "eager", 20, {"dynamo": True}),
    ("e5-mean-dynamo", "e5-mean", "sdpa", 18, {"dynamo": True}),
]


def build(name, attention):
    constructor, gain, names, pooling, _, _ = MODELS[name]
    return Encoder(constructor(attention), names, pooling), gain


def inputs(seeded, name):
    """Two sequences without padding, or of a fixed length with it as SigLIP has them."""
    _, _, names, _, ends, padded = MODELS[name]
    rows = []
    for key, count in (("input", 8), ("input/other", 11)):
        row = ids(seeded, key, ENDS[ends][0], count, ENDS[ends][1], padded)
        values = {"input_ids": row, "attention_mask": [1] * len(row), "token_type_ids": [0] * len(row)}
        rows.append({n: values[n] for n in names})
    return rows


def dynamic(name, output):
    _, _, names, pooling, _, padded = MODELS[name]
    axes = {0: "batch"} if padded else {0: "batch", 1: "sequence"}
    tokens = pooling == "last_hidden_state"
    return {n: dict(axes) for n in names} | {output: dict(axes) if tokens else {0: "batch"}}
