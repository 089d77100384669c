"""The record of a fixture: its inputs, and what onnxruntime makes of them."""

import collections
import importlib.metadata
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "reference"))

import seeded  # noqa: E402

LARGEST = 200_000


def versions(*packages):
    return {p: importlib.metadata.version(p) for p in (*packages, "onnx", "onnxruntime", "numpy")}


def pixels(size, **layout):
    """The two inputs of an image model: generated in NHWC; fed in NCHW, or as they are with `layout="NHWC"`."""
    shape = [1, size, size, 3]
    return [{"pixel_values": {"key": key, "shape": shape, **layout}} for key in ("input", "input/other")]


def feed(given):
    """Arrays by input name of a recorded input."""
    arrays = {}
    for name, value in given.items():
        if isinstance(value, dict):
            made = seeded.tensor(value["key"], value["shape"])
            arrays[name] = made if value.get("layout") == "NHWC" else np.ascontiguousarray(made.transpose(0, 3, 1, 2))
        else:
            arrays[name] = np.array([value], np.int64)
    return arrays


def operators(graph):
    """Counts of the operators by name, those of other domains with it."""
    counts = collections.Counter(f"{n.domain}.{n.op_type}" if n.domain else n.op_type for n in graph.node)
    return dict(sorted(counts.items()))


def shape(value):
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def same(name, expected, found, tolerance):
    """The file computes what the model does, relative to the root mean square of its output."""
    difference = np.abs(expected - found).max() / np.sqrt((expected**2).mean())
    if not difference <= tolerance:
        raise ValueError(f"expected {name}.onnx within {tolerance} of its model, found {difference}")


def further_outputs(further):
    numbers = {
        name: {"output_shape": list(a.shape), "output": seeded.rounded(a), "other": seeded.rounded(b)}
        for name, (a, b) in further.items()
    }
    return {"further_outputs": numbers} if numbers else {}


def record(name, inputs, details, run, tolerance=1e-4):
    """Runs NAME.onnx on both inputs and writes NAME.json. `run` makes the output of the exported model from the arrays
    of an input; `details`: exporter, versions, output_name and what else describes the file."""
    path = HERE / f"{name}.onnx"
    size = path.stat().st_size
    if size > LARGEST:
        raise ValueError(f"expected {name}.onnx of at most {LARGEST} bytes, found {size}")
    proto = onnx.load(str(path))
    onnx.checker.check_model(proto)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    output = details["output_name"]
    first, other = (session.run([output], feed(g))[0] for g in inputs)
    for given, found in zip(inputs, (first, other)):
        same(name, np.asarray(run(feed(given))), found, tolerance)
    further = {o: [session.run([o], feed(g))[0] for g in inputs] for o in details.pop("further", [])}
    pooled = [t.reshape(-1, t.shape[-1]).mean(0) if t.ndim == 3 else t.reshape(-1) for t in (first, other)]
    distance = np.linalg.norm(pooled[0] - pooled[1]) / np.linalg.norm(pooled[0])
    rms = np.sqrt((first**2).mean())
    print(f"{name}: {size} bytes, {output} {list(first.shape)}, rms {rms:.3f}, other {distance:.3f}")
    content = {
        "exporter": details.pop("exporter"),
        "versions": details.pop("versions"),
        "opset": next(o.version for o in proto.opset_import if o.domain in ("", "ai.onnx")),
        "seed": seeded.SEED,
        "input": inputs[0],
        **details,
        "output_shape": list(first.shape),
        "output": seeded.rounded(first),
        "other": {"input": inputs[1], "output_shape": list(other.shape), "output": seeded.rounded(other)},
        **further_outputs(further),
        "inputs": {i.name: shape(i) for i in proto.graph.input},
        "outputs": {o.name: shape(o) for o in proto.graph.output},
        "operators": operators(proto.graph),
    }
    seeded.write(HERE / f"{name}.json", content)
