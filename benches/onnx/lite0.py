"""EfficientNet-Lite0 as ONNX: batch norm folded, NCHW, pixels as (x / 255 - 0.5) / 0.5, the pooled head, length 1."""

import numpy
from onnx import TensorProto

import torch_pickle
from graph import Graph

EPSILON = 1e-3
SIDE = 224
DIMENSION = 1280
# Repeats and stride of the first block of each stage; filters' sizes and widths are in the weights.
STAGES = [(1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1)]


def build(weights_path, path):
    weights = torch_pickle.read(weights_path)
    graph = Graph()
    limits = [graph.weight("zero", numpy.float32(0)), graph.weight("six", numpy.float32(6))]

    def conv(value, torch, norm, stride=1, relu6=True):
        filters = weights[f"{torch}.weight"]
        gain = weights[f"{norm}.weight"] / numpy.sqrt(weights[f"{norm}.running_var"] + EPSILON)
        bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * gain
        folded = (filters * gain[:, None, None, None]).astype(numpy.float32)
        names = [graph.weight(f"{torch}.weight", folded), graph.weight(f"{torch}.bias", bias.astype(numpy.float32))]
        size = filters.shape[2]
        # TensorFlow's SAME: the odd pixel stands behind.
        total = size - stride if stride > 1 else size - 1
        before, behind = total // 2, total - total // 2
        value = graph.node(
            "Conv",
            [value, *names],
            torch,
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[before, before, behind, behind],
            group=filters.shape[0] if filters.shape[1] == 1 and size > 1 else 1,
        )
        return graph.node("Clip", [value, *limits], f"{torch}.relu6") if relu6 else value

    value = conv("pixels", "_conv_stem", "_bn0", 2)
    channels, index = weights["_conv_stem.weight"].shape[0], 0
    for repeats, first_stride in STAGES:
        for repeat in range(repeats):
            stride, block, before = first_stride if repeat == 0 else 1, f"_blocks.{index}", value
            if f"{block}._expand_conv.weight" in weights:
                value = conv(value, f"{block}._expand_conv", f"{block}._bn0")
            value = conv(value, f"{block}._depthwise_conv", f"{block}._bn1", stride)
            value = conv(value, f"{block}._project_conv", f"{block}._bn2", relu6=False)
            out = weights[f"{block}._project_conv.weight"].shape[0]
            if stride == 1 and out == channels:
                value = graph.node("Add", [value, before], f"{block}.add")
            channels, index = out, index + 1
    value = conv(value, "_conv_head", "_bn1")
    value = graph.node("GlobalAveragePool", [value], "pooled")
    value = graph.node("Flatten", [value], "flat")
    graph.unit(value, "embedding")
    graph.save(path, [("pixels", TensorProto.FLOAT, [1, 3, SIDE, SIDE])], "embedding", DIMENSION)
