"""all-MiniLM-L6-v2 as ONNX, laid out as PyTorch exports BERT, so that ONNX Runtime's optimiser knows its patterns."""

import math

import numpy
from onnx import TensorProto
from safetensors.numpy import load_file

from graph import Graph

LAYERS, HEADS, WIDTH = 6, 12, 384
EPSILON = 1e-12


def build(weights_path, path):
    weights = load_file(weights_path)
    graph = Graph()
    constant = lambda name, value: graph.weight(name, numpy.asarray(value))
    heads = constant("heads", numpy.array([0, 0, HEADS, WIDTH // HEADS], numpy.int64))
    joined = constant("joined", numpy.array([0, 0, WIDTH], numpy.int64))
    scale = constant("scale", numpy.float32(math.sqrt(WIDTH // HEADS)))
    root2, one, half = (constant(n, numpy.float32(v)) for n, v in [("root2", math.sqrt(2)), ("one", 1), ("half", 0.5)])

    def linear(value, name):
        matrix = graph.weight(f"{name}.matrix", numpy.ascontiguousarray(weights[f"{name}.weight"].T))
        product = graph.node("MatMul", [value, matrix], f"{name}.product")
        return graph.node("Add", [graph.weight(f"{name}.bias", weights[f"{name}.bias"]), product], f"{name}.out")

    def norm(value, name):
        parts = [graph.weight(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias")]
        return graph.node("LayerNormalization", [value, *parts], f"{name}.out", axis=-1, epsilon=EPSILON)

    # The first type for every token: added to the positions, as there is only one sentence.
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    table = graph.weight("words", weights["embeddings.word_embeddings.weight"])
    words = graph.node("Gather", [table, "tokens"], "word_rows")
    shape = graph.node("Shape", ["tokens"], "shape")
    length = graph.node("Slice", [shape, constant("from1", numpy.array([1])), constant("to2", numpy.array([2]))], "length")
    rows = [graph.weight("places", places), constant("from0", numpy.array([0])), length, constant("axis0", numpy.array([0]))]
    value = graph.node("Add", [words, graph.node("Slice", rows, "place_rows")], "embedded")
    value = norm(value, "embeddings.LayerNorm")
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"

        def head(part, order):
            split = graph.node("Reshape", [linear(value, f"{name}.attention.self.{part}"), heads], f"{name}.{part}.split")
            return graph.node("Transpose", [split], f"{name}.{part}.heads", perm=order)

        query, key, own = head("query", [0, 2, 1, 3]), head("key", [0, 2, 3, 1]), head("value", [0, 2, 1, 3])
        scores = graph.node("MatMul", [query, key], f"{name}.scores")
        scores = graph.node("Div", [scores, scale], f"{name}.scaled")
        shares = graph.node("Softmax", [scores], f"{name}.shares", axis=-1)
        mixed = graph.node("MatMul", [shares, own], f"{name}.mixed")
        mixed = graph.node("Transpose", [mixed], f"{name}.turned", perm=[0, 2, 1, 3])
        mixed = graph.node("Reshape", [mixed, joined], f"{name}.joined")
        attended = linear(mixed, f"{name}.attention.output.dense")
        value = norm(graph.node("Add", [attended, value], f"{name}.sum1"), f"{name}.attention.output.LayerNorm")
        up = linear(value, f"{name}.intermediate.dense")
        curve = graph.node("Erf", [graph.node("Div", [up, root2], f"{name}.div")], f"{name}.erf")
        curve = graph.node("Mul", [up, graph.node("Add", [curve, one], f"{name}.plus1")], f"{name}.times")
        gelu = graph.node("Mul", [curve, half], f"{name}.gelu")
        down = linear(gelu, f"{name}.output.dense")
        value = norm(graph.node("Add", [down, value], f"{name}.sum2"), f"{name}.output.LayerNorm")
    pooled = graph.node("ReduceMean", [value], "pooled", axes=[1], keepdims=0)
    graph.unit(pooled, "embedding")
    graph.save(path, [("tokens", TensorProto.INT64, [1, "length"])], "embedding", WIDTH)
