#!/usr/bin/env python3
"""MobileNetV2's recall at 1 by onnxruntime, for `cargo xtask research` to compare its own run of the same weights with.

Needs `pip install onnx onnxruntime numpy pillow safetensors`. In the folder of the data, which holds grocery/ and apparel/, each with a
listings.csv, both implementations get the same pixels; then run:

    for folder in grocery/catalogue grocery/val apparel; do pixels 224 PIXELS/$folder $folder/*.jpg; done
    mobilenet_v2_onnx.py MODELS/mobilenet-v2.safetensors DATA PIXELS > mobilenet_v2_onnx.json

`pixels` is `cargo build --release --example pixels`. The graph is built by hand from the weights: batch norms are folded in,
padding is TensorFlow's SAME, the embedding is the global average. Pixels are scaled to v / 127.5 - 1. Each query's cosines to all
catalogue pictures are ranked; a tie counts against the right picture.
"""

import csv
import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from safetensors.numpy import load_file

SIDE = 224
# Expansion, channels, blocks and stride of each stage (Sandler et al. 2018, table 2).
STAGES = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


def graph(weights):
    nodes, initializers = [], []

    def constant(name, values):
        initializers.append(numpy_helper.from_array(values, name))
        return name

    constant("zero", np.array(0.0, np.float32))
    constant("six", np.array(6.0, np.float32))

    def conv(name, value, stride=1, groups=1, activated=True):
        filters = weights[f"{name}.weight"]
        inputs = [value, constant(f"{name}.weight", filters), constant(f"{name}.bias", weights[f"{name}.bias"])]
        attributes = dict(kernel_shape=filters.shape[2:], strides=[stride] * 2, group=groups, auto_pad="SAME_UPPER")
        nodes.append(helper.make_node("Conv", inputs, [name], **attributes))
        if not activated:
            return name
        nodes.append(helper.make_node("Clip", [name, "zero", "six"], [f"{name}.relu6"]))
        return f"{name}.relu6"

    value, channels, index = conv("Conv", "pixels", stride=2), 32, 0
    for expansion, out, blocks, first_stride in STAGES:
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            name = "expanded_conv" if index == 0 else f"expanded_conv_{index}"
            inner = channels * expansion
            y = value if expansion == 1 else conv(f"{name}.expand", value)
            y = conv(f"{name}.depthwise", y, stride=stride, groups=inner)
            y = conv(f"{name}.project", y, activated=False)
            if stride == 1 and channels == out:
                nodes.append(helper.make_node("Add", [y, value], [f"{name}.sum"]))
                y = f"{name}.sum"
            value, channels, index = y, out, index + 1
    nodes.append(helper.make_node("GlobalAveragePool", [conv("Conv_1", value)], ["embedding"]))
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])
    embedding = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", 1280, 1, 1])
    made = helper.make_graph(nodes, "mobilenet-v2", [pixels], [embedding], initializers)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


def embed(session, path):
    pixels = np.asarray(Image.open(path), np.float32) / 127.5 - 1.0
    if pixels.shape != (SIDE, SIDE, 3):
        raise SystemExit(f"{path}: expected {SIDE} x {SIDE} pixels of 3 channels, found {pixels.shape}")
    (vector,) = session.run(None, {"pixels": pixels.transpose(2, 0, 1)[None]})
    vector = vector.reshape(-1)
    return vector / np.linalg.norm(vector)


def recall(session, folder, pixels, role):
    with open(folder / "listings.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    catalogue = [row for row in rows if row["role"] == "catalogue"]
    queries = [row for row in rows if row["role"] == role]
    vectors = lambda rows: np.stack([embed(session, (pixels / row["image"]).with_suffix(".png")) for row in rows])
    cosines = vectors(queries) @ vectors(catalogue).T
    groups = np.array([row["label_group"] for row in catalogue])
    ranks = []
    for query, scores in zip(queries, cosines):
        is_right = groups == query["label_group"]
        if is_right.any():
            ranks.append(int((scores[~is_right] >= scores[is_right].max()).sum()))
    ranks = np.array(ranks)
    return {"queries": len(ranks), "candidates": len(catalogue), "r1": float((ranks < 1).mean()), "r5": float((ranks < 5).mean())}


def main():
    weights, data, pixels = map(Path, sys.argv[1:])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = graph(load_file(weights)).SerializeToString()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    found = {
        "onnxruntime": version("onnxruntime"),
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "grocery": recall(session, data / "grocery", pixels / "grocery", "val"),
        "apparel": recall(session, data / "apparel", pixels / "apparel", "query"),
    }
    json.dump(found, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
