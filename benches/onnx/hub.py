"""The same models laid out as a model hub serves them to transformers.js: names of inputs, of files and of what stands beside them."""

import json
import pathlib
import shutil

import onnx

CONFIG = {"minilm": {"model_type": "bert"}, "lite0": {"model_type": "efficientnet"}}


def write(out, tokenizer):
    """From the models in `out` that are fastest in ONNX Runtime Web on the CPU."""
    hub = pathlib.Path(out) / "hub"
    for name, model, given, taken, file in [
        ("minilm", "title.int8", "tokens", "input_ids", "model_quantized"),
        ("lite0", "photo.fp32", "pixels", "pixel_values", "model"),
    ]:
        folder = hub / name / "resolve" / "main"
        (folder / "onnx").mkdir(parents=True, exist_ok=True)
        onnx.save(renamed(onnx.load(f"{out}/{model}.onnx"), given, taken), folder / "onnx" / f"{file}.onnx")
        (folder / "config.json").write_text(json.dumps(CONFIG[name]))
    text = hub / "minilm" / "resolve" / "main"
    shutil.copy(tokenizer, text / "tokenizer.json")
    (text / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))


def renamed(model, before, after):
    """A model with another name for one of its inputs."""
    for node in model.graph.node:
        node.input[:] = [after if name == before else name for name in node.input]
    for value in model.graph.input:
        value.name = after if value.name == before else value.name
    onnx.checker.check_model(model)
    return model
