"""Seeded weights and inputs that another language can repeat bit for bit.

Every tensor is a function of its checkpoint key, its shape, the seed and one gain per model.

State. All integers are unsigned 64-bit and wrap around.
    h = 0xCBF29CE484222325
    for each byte b of the key in UTF-8:  h = (h xor b) * 0x100000001B3           (FNV-1a 64)
    h = h xor SEED                                                               (SEED = 20261129)
Element i (from 0) in row-major order of the shape as the checkpoint has it:
    z = h + (i + 1) * 0x9E3779B97F4A7C15
    z = (z xor (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z xor (z >> 27)) * 0x94D049BB133111EB
    z = z xor (z >> 31)                                                          (splitmix64)
    u = (z >> 40) / 2^24        exact in f32, in [0, 1)
    v = 2 * u - 1               exact in f32, in [-1, 1)
Value, by kind, in f32 with one rounding after each operation (no fused multiply-add); a constant in f64 is rounded to
f32 before it is used:
    kernel      v * f32(sqrt(6 / fan_in) * gain)     square root and product in f64
    bias        v * 0.1
    scale       1 + v * 0.1
    mean        v * 0.1
    variance    1 + v * 0.5
    embedding   v * 0.05
    input       v

Kind. `last` is the part of the key after its last `/` or `.`; the first rule that fits decides.
    1. key is `input`, or begins with `input/`                               input
    2. last is `num_batches_tracked`                                         counter: one int64 zero, not generated
    3. last ends with `bias`, or is `beta`                                   bias
    4. last is `moving_mean` or `running_mean`                               mean
    5. last is `moving_variance` or `running_var`                            variance
    6. last is `gamma`, `scale`, `lambda1` or `layer_scale`; or last is `weight` and the shape has one dimension
                                                                             scale
    7. last is `class_embedding`, `position_embeddings`, `cls_token`, `mask_token` or `probe`; or the shape has two
       dimensions and the part before last contains `embedding` or is `wte` or `embed_tokens`
                                                                             embedding
    8. last is `kernel`, `depthwise_kernel`, `pointwise_kernel`, `weight` or `in_proj_weight`
                                                                             kernel
    Any other key is an error.

fan_in of a kernel.
    last is `weight` or `in_proj_weight` (PyTorch, [out, in / groups, height, width] or [out, in]):
        the product of all dimensions but the first
    last is `kernel`, `depthwise_kernel` or `pointwise_kernel` (Keras, [height, width, in, out] or [in, out]):
        height * width where the name is `depthwise_kernel`, or there are four dimensions and the last is 1 (depthwise);
        otherwise the product of all dimensions but the last
"""

import json
import math
import re
from pathlib import Path

import numpy as np

SEED = 20261129
MASK = (1 << 64) - 1
EMBEDDINGS = ("class_embedding", "position_embeddings", "cls_token", "mask_token", "probe")
KERAS_KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")


def state(key, seed=SEED):
    h = 0xCBF29CE484222325
    for byte in key.encode("utf-8"):
        h = ((h ^ byte) * 0x100000001B3) & MASK
    return h ^ seed


def symmetric(key, count, seed=SEED):
    """The first `count` values v of a key, f32 in [-1, 1)."""
    with np.errstate(over="ignore"):
        z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(state(key, seed))
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    u = (z >> np.uint64(40)).astype(np.float32) / np.float32(2**24)
    return np.float32(2) * u - np.float32(1)


def kind(key, shape):
    parts = re.split(r"[/.]", key)
    last, before = parts[-1], parts[-2] if len(parts) > 1 else ""
    if parts[0] == "input":
        return "input"
    if last == "num_batches_tracked":
        return "counter"
    if last.endswith("bias") or last == "beta":
        return "bias"
    if last in ("moving_mean", "running_mean"):
        return "mean"
    if last in ("moving_variance", "running_var"):
        return "variance"
    if last in ("gamma", "scale", "lambda1", "layer_scale") or (last == "weight" and len(shape) == 1):
        return "scale"
    if last in EMBEDDINGS or (len(shape) == 2 and ("embedding" in before or before in ("wte", "embed_tokens"))):
        return "embedding"
    if last in KERAS_KERNELS or last in ("weight", "in_proj_weight"):
        return "kernel"
    raise ValueError(f"no rule for the kind of {key} {list(shape)}")


def fan_in(key, shape):
    last = re.split(r"[/.]", key)[-1]
    if last not in KERAS_KERNELS:
        return math.prod(shape[1:])
    if last == "depthwise_kernel" or (len(shape) == 4 and shape[3] == 1):
        return shape[0] * shape[1]
    return math.prod(shape[:-1])


def tensor(key, shape, gain=1.0, seed=SEED):
    shape = tuple(int(d) for d in shape)
    what = kind(key, shape)
    if what == "counter":
        return np.zeros(shape, np.int64)
    v = symmetric(key, math.prod(shape), seed).reshape(shape)
    one = np.float32(1)
    if what == "kernel":
        return v * np.float32(math.sqrt(6.0 / fan_in(key, shape)) * gain)
    if what in ("bias", "mean"):
        return v * np.float32(0.1)
    if what == "scale":
        return one + v * np.float32(0.1)
    if what == "variance":
        return one + v * np.float32(0.5)
    if what == "embedding":
        return v * np.float32(0.05)
    return v


def spaced(values, count=64):
    """`count` values of the flattened activation, at index floor(j * (n - 1) / (count - 1))."""
    flat = np.asarray(values, np.float32).reshape(-1)
    return [flat[j * (flat.size - 1) // (count - 1)] for j in range(count)]


def rounded(values, digits=7):
    return [float(f"{float(v):.{digits}g}") for v in np.asarray(values).reshape(-1)]


def write(path, record):
    """JSON with one top-level entry a line, so that a difference can be read."""
    lines = [f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in record.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def write_keys(path, keys):
    """The keys of a checkpoint in its own order: [{key, shape, kind}], one a line."""
    rows = [json.dumps({"key": k, "shape": list(s), "kind": kind(k, s)}) for k, s in keys]
    path.write_text("[\n" + ",\n".join(rows) + "\n]\n")


def known():
    """Values to check another implementation of this module against."""
    cases = [
        ("input", (1, 96, 96, 3)),
        ("conv1_conv/kernel", (7, 7, 3, 64)),
        ("expanded_conv_depthwise/kernel", (3, 3, 32, 1)),
        ("conv1_conv/bias", (64,)),
        ("post_bn/gamma", (2048,)),
        ("post_bn/moving_mean", (2048,)),
        ("post_bn/moving_variance", (2048,)),
        ("layer1.0.conv1.weight", (64, 64, 3, 3)),
        ("bn1.weight", (64,)),
        ("encoder.layer.0.attention.self.query.weight", (384, 384)),
        ("embeddings.word_embeddings.weight", (1000, 384)),
    ]
    rows = []
    for key, shape in cases:
        values = tensor(key, shape).reshape(-1)
        bits = [f"{int(b):08x}" for b in np.concatenate([values[:3], values[-1:]]).view(np.uint32)]
        row = {"key": key, "shape": shape, "gain": 1.0, "kind": kind(key, shape), "state": f"{state(key):016x}"}
        rows.append(json.dumps(row | {"bits": bits}))
    return "[\n" + ",\n".join(rows) + "\n]\n"


if __name__ == "__main__":
    (Path(__file__).parent / "seeded.json").write_text(known())
