"""Reference outputs of torchvision, timm and transformers with seeded weights: `python torch_models.py [MODEL…]`, all
without a name."""

import sys
from pathlib import Path

import numpy as np
import timm
import torch
import torchvision
import transformers

import seeded

HERE = Path(__file__).parent
SHAPE = (1, 96, 96, 3)

# Constructor, gain, modules whose outputs are recorded (in eval mode, after any activation that the module contains).
IMAGES = {
    "torchvision-resnet18": (
        torchvision.models.resnet18, 0.7, ["maxpool", "layer1", "layer2", "layer3", "layer4"],
    ),
    "torchvision-resnet50": (
        torchvision.models.resnet50, 0.7, ["maxpool", "layer1", "layer2", "layer3", "layer4"],
    ),
    "torchvision-mobilenetv2": (
        torchvision.models.mobilenet_v2, 0.9, ["features.0", "features.1", "features.6", "features.13", "features.18"],
    ),
    "torchvision-vgg19": (
        torchvision.models.vgg19, 1.0, ["features.4", "features.9", "features.18", "features.27", "features.36"],
    ),
    "timm-efficientnet-lite0": (
        lambda: timm.create_model("efficientnet_lite0"), 0.9, ["bn1", "blocks.0", "blocks.2", "blocks.5", "bn2"],
    ),
    "timm-tf-efficientnet-lite0": (
        lambda: timm.create_model("tf_efficientnet_lite0"), 0.9, ["bn1", "blocks.0", "blocks.2", "blocks.5", "bn2"],
    ),
}  # fmt: skip


def bert(vocabulary, width, layers, heads, positions=512):
    return transformers.BertConfig(
        vocab_size=vocabulary, hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads,
        intermediate_size=4 * width, max_position_embeddings=positions,
    )  # fmt: skip


def xlm_roberta():
    config = transformers.XLMRobertaConfig(
        vocab_size=5000, hidden_size=384, num_hidden_layers=12, num_attention_heads=12, intermediate_size=1536,
        max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1,
    )  # fmt: skip
    return transformers.XLMRobertaModel(config)


# Constructor, gain, path of the encoder within the model, first and last token, layers whose outputs are recorded.
TEXTS = {
    "bert-minilm": (lambda: transformers.BertModel(bert(30522, 384, 6, 12)), 0.45, "", (101, 102), [0, 2, 5]),
    "bert-prefixed": (
        lambda: transformers.BertForPreTraining(bert(5000, 768, 2, 12, 514)), 0.45, "bert", (0, 2), [0, 1],
    ),
    "xlm-roberta-e5": (xlm_roberta, 0.45, "", (0, 2), [0, 5, 11]),
}  # fmt: skip

CONFIG = ["model_type", "hidden_size", "num_hidden_layers", "num_attention_heads", "hidden_act", "layer_norm_eps"]


def load(model, gain):
    """Seeds every tensor that a checkpoint has and returns their keys and shapes: a tied tensor once, under the first
    of its keys, and no buffers that the code itself fills."""
    keys, seen = [], set()
    for key, tensor in model.state_dict().items():
        if tensor.data_ptr() in seen or key.endswith(("position_ids", "token_type_ids")):
            continue
        seen.add(tensor.data_ptr())
        with torch.no_grad():
            tensor.copy_(torch.from_numpy(np.asarray(seeded.tensor(key, tensor.shape, gain))))
        keys.append((key, tuple(tensor.shape)))
    model.eval()
    return keys


def hook(model, modules):
    stages = {}
    for name in modules:

        def keep(_module, _inputs, output, name=name):
            output = output[0] if isinstance(output, tuple) else output
            stages[name] = output.detach().clone()

        model.get_submodule(name).register_forward_hook(keep)
    return stages


def last(t):
    """Channels last."""
    return (t.permute(0, 2, 3, 1) if t.dim() == 4 else t).contiguous().numpy()


def save(name, framework, gain, keys, inputs, run, stages, config=None):
    """`inputs`: the record of each of the two inputs; `run` makes the output of one of them."""
    outputs, kept = [], None
    for given in inputs:
        with torch.no_grad():
            outputs.append(run(given).numpy())
        kept = kept or {k: last(v) for k, v in stages.items()}
    for stage, value in kept.items():
        print(f"{name} {stage} {value.shape} rms {np.sqrt((value**2).mean()):.3f} max {np.abs(value).max():.3f}")
    distance = np.linalg.norm(outputs[0] - outputs[1]) / np.linalg.norm(outputs[0])
    rms = np.sqrt((outputs[0] ** 2).mean())
    print(f"{name} output {outputs[0].shape} rms {rms:.3f}; relative distance of the other {distance:.4f}")
    packages = {p.__name__: p.__version__ for p in (torch, np)} | {framework.__name__: framework.__version__}
    seeded.write(
        HERE / f"{name}.json",
        {
            "framework": framework.__name__,
            "versions": packages,
            "seed": seeded.SEED,
            "gain": gain,
            **({"config": config} if config else {}),
            "input": inputs[0],
            "output": seeded.rounded(outputs[0]),
            "other": {"input": inputs[1], "output": seeded.rounded(outputs[1])},
            "stage_shapes": {k: list(v.shape) for k, v in kept.items()},
            "stages": {k: seeded.rounded(seeded.spaced(v)) for k, v in kept.items()},
        },
    )
    seeded.write_keys(HERE / f"{name}.keys.json", keys)


def image(name):
    constructor, gain, modules = IMAGES[name]
    model = constructor()
    keys = load(model, gain)
    stages = hook(model, modules)

    def run(given):
        model(torch.from_numpy(seeded.tensor(given["key"], given["shape"])).permute(0, 3, 1, 2))
        return stages[modules[-1]].mean((2, 3))

    framework = timm if name.startswith("timm") else torchvision
    save(name, framework, gain, keys, [{"key": k, "shape": list(SHAPE)} for k in ("input", "input/other")], run, stages)


def tokens(key, ends, count, vocabulary):
    """`count` ids between the first and the last, none of them special."""
    v = seeded.symmetric(key, count).astype(np.float64)
    return [ends[0], *(5 + ((v + 1) / 2 * (min(vocabulary, 30000) - 5)).astype(int)).tolist(), ends[1]]


def text(name):
    constructor, gain, path, ends, layers = TEXTS[name]
    model = constructor()
    keys = load(model, gain)
    encoder = model.get_submodule(path)
    stages = hook(encoder, ["embeddings"] + [f"encoder.layer.{l}" for l in layers])
    vocabulary = encoder.config.vocab_size

    def run(given):
        return encoder(input_ids=torch.tensor([given["ids"]])).last_hidden_state.mean(1)

    inputs = [{"ids": tokens(k, ends, n, vocabulary)} for k, n in (("input", 14), ("input/other", 21))]
    config = {k: getattr(encoder.config, k) for k in CONFIG}
    save(name, transformers, gain, keys, inputs, run, stages, config)


if __name__ == "__main__":
    for name in sys.argv[1:] or [*IMAGES, *TEXTS]:
        (image if name in IMAGES else text)(name)
