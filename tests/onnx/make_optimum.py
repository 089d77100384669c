"""Makes the fixtures of an exporter of 2023, as most files that are published were made: Optimum 1.16 on transformers
4.36 and torch 2.1, opset 11 to 14. `python make_optimum.py [NAME…]`."""

import logging
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import torch
import transformers
from optimum.exporters.onnx import main_export
from transformers import BertConfig, CLIPConfig, Dinov2Config, ViTConfig, XLMRobertaConfig

from export import export, load, runner
from record import HERE, record, versions

VOCABULARY = 256
SMALL = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}


def bert():
    config = BertConfig(vocab_size=VOCABULARY, max_position_embeddings=64, **SMALL)
    return transformers.BertModel(config)


def xlm_roberta():
    config = XLMRobertaConfig(
        vocab_size=VOCABULARY, max_position_embeddings=66, type_vocab_size=1, layer_norm_eps=1e-5, **SMALL
    )
    return transformers.XLMRobertaModel(config)


def clip_config():
    small = SMALL | {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 1, "projection_dim": 16}
    text = small | {"vocab_size": VOCABULARY, "max_position_embeddings": 32, "bos_token_id": 254, "eos_token_id": 2}
    vision = small | {"image_size": 32, "patch_size": 8}
    return CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)


def clip():
    return transformers.CLIPModel(clip_config())


class Take(torch.nn.Module):
    """One output of a model by its name, for what Optimum has no task for."""

    def __init__(self, model, output):
        super().__init__()
        self.model, self.output = model, output

    def forward(self, *inputs):
        return getattr(self.model(*inputs), self.output)


def clip_text():
    return Take(transformers.CLIPTextModelWithProjection(clip_config().text_config), "text_embeds")


def clip_image():
    return Take(transformers.CLIPVisionModelWithProjection(clip_config().vision_config), "image_embeds")


def vit():
    return transformers.ViTModel(ViTConfig(image_size=32, patch_size=8, **SMALL), add_pooling_layer=False)


def dinov2():
    small = {k: v for k, v in SMALL.items() if k != "intermediate_size"}
    config = Dinov2Config(image_size=28, patch_size=7, mlp_ratio=2, **small)
    return Take(transformers.Dinov2Model(config), "pooler_output")


def words(ids, *names):
    values = {"input_ids": ids, "attention_mask": [1] * len(ids), "token_type_ids": [0] * len(ids)}
    return {n: values[n] for n in names}


def pair(make):
    """Two inputs: 8 and 11 tokens between the first and the last; pixels of the keys `input` and `input/other`."""
    first, other = [17, 201, 44, 93, 150, 8, 61, 112], [99, 5, 230, 31, 176, 52, 11, 68, 143, 207, 84]
    return [make(first, "input"), make(other, "input/other")]


def bert_inputs(ids, _):
    return words([2, *ids, 3], "input_ids", "attention_mask", "token_type_ids")


def e5_inputs(ids, _):
    return words([0, *ids, 2], "input_ids", "attention_mask")


def clip_words(ids, _):
    return words([254, *ids, 255], "input_ids", "attention_mask")


def clip_inputs(ids, key):
    text = clip_words(ids, key)
    return {"input_ids": text["input_ids"], **picture(32)(ids, key), "attention_mask": text["attention_mask"]}


def picture(size):
    return lambda _, key: {"pixel_values": {"key": key, "shape": [1, size, size, 3]}}


# Constructor, gain, task, opset, inputs, output recorded, further ones.
FILES = {
    "optimum-minilm": (bert, 0.45, "feature-extraction", 11, bert_inputs, "last_hidden_state", []),
    "optimum-e5": (xlm_roberta, 0.45, "feature-extraction", 11, e5_inputs, "last_hidden_state", []),
    "optimum-clip": (clip, 0.7, "zero-shot-image-classification", 14, clip_inputs, "image_embeds", ["text_embeds"]),
    "optimum-vit": (vit, 0.7, "feature-extraction", 11, picture(32), "last_hidden_state", []),
    "torch21-clip-text": (clip_text, 0.7, None, 14, clip_words, "text_embeds", []),
    "torch21-clip-image": (clip_image, 0.7, None, 14, picture(32), "image_embeds", []),
    "torch21-dinov2": (dinov2, 0.7, None, 14, picture(28), "pooler_output", []),
}
CLIP = {"mean": [0.48145466, 0.4578275, 0.40821073], "deviation": [0.26862954, 0.26130258, 0.27577711]}
PREPROCESSING = {
    "optimum-clip": {"size": 32, **CLIP},
    "torch21-clip-image": {"size": 32, **CLIP},
    "optimum-vit": {"size": 32, "mean": [0.5, 0.5, 0.5], "deviation": [0.5, 0.5, 0.5]},
    "torch21-dinov2": {"size": 28, "mean": [0.485, 0.456, 0.406], "deviation": [0.229, 0.224, 0.225]},
}


def convert(name, model, task, opset):
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "model"), Path(folder, "onnx")
        model.save_pretrained(source)
        main_export(str(source), output=target, task=task, opset=opset, do_validation=False)
        shutil.copy(target / "model.onnx", HERE / f"{name}.onnx")


def make(name):
    constructor, gain, task, opset, inputs, output, further = FILES[name]
    model = load(constructor(), gain)
    rows = pair(inputs)
    if task:
        convert(name, model, task, opset)
    else:
        axes = {n: {0: "batch"} if n == "pixel_values" else {0: "batch", 1: "sequence"} for n in rows[0]}
        export(name, model, rows, [output], axes | {output: {0: "batch"}}, opset)
    details = {
        "exporter": f"optimum-cli export onnx --task {task}" if task else "torch.onnx.export, TorchScript",
        "versions": versions("torch", "transformers", "optimum"),
        "output_name": output,
        "further": further,
    }
    if name in PREPROCESSING:
        details["preprocessing"] = PREPROCESSING[name]
    record(name, rows, details, runner(model, output if task else None))


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    for name in sys.argv[1:] or FILES:
        make(name)
