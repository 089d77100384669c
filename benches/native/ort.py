"""ort.py SETUP: ONNX Runtime on one thread, for the conductor of `cargo xtask bench`.

A line on stdin is a model and a work, by a space; the answer is a line of JSON with the milliseconds and the vector."""

import json
import pathlib
import sys
import time

import numpy
import onnxruntime


def main():
    folder = pathlib.Path(sys.argv[1]) / "onnx"
    works = json.loads((folder / "works.json").read_text())["works"]
    side = works["photo"]["side"]
    pixels = numpy.fromfile(folder / "photo.nchw.f32", numpy.float32).reshape(1, 3, side, side)
    feeds = {
        name: {"tokens": numpy.array([work["tokens"]], numpy.int64)} if work["kind"] == "title" else {"pixels": pixels}
        for name, work in works.items()
    }
    given = onnxruntime.SessionOptions()
    given.intra_op_num_threads = given.inter_op_num_threads = 1
    given.log_severity_level = 3
    sessions = {}
    for line in sys.stdin:
        model, work = line.split()
        if model not in sessions:
            file = str(folder / f"{model}.onnx")
            sessions[model] = onnxruntime.InferenceSession(file, given, providers=["CPUExecutionProvider"])
        session, feed = sessions[model], feeds[work]
        start = time.perf_counter()
        (vector,) = session.run(None, feed)
        ms = (time.perf_counter() - start) * 1e3
        print(json.dumps({"ms": ms, "vector": vector[0].tolist()}), flush=True)


if __name__ == "__main__":
    main()
