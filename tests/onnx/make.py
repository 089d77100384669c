"""Makes the fixtures of today's exporters: `python make.py [NAME…]`, all without a name."""

import logging
import sys
import traceback
import warnings

import onnx
from onnxconverter_common import float16

import images
import texts
from export import export, load, runner
from record import HERE, pixels, record, seeded, versions

# Copies in half precision: name, of which file.
HALVES = [("resnet18-f16", "resnet18"), ("minilm-f16", "minilm"), ("clip-image-f16", "clip-image-dynamo")]
# Relative to the output's root mean square; half precision has 11 bits.
HALF_TOLERANCE = 0.03


def exporter(options):
    return "torch.onnx.export, " + ("dynamo" if options.get("dynamo") else "TorchScript")


def image(name, model, opset, options, source=None):
    constructor, gain, size, output, preprocessing, framework = images.MODELS[model]
    inputs = pixels(size)
    encoder = load(constructor(), gain)
    dynamic = {"pixel_values": {0: "batch"}, output: {0: "batch"}}
    details = {
        "exporter": exporter(options),
        "versions": versions("torch", framework.__name__),
        "preprocessing": {"size": size, **preprocessing},
        "output_name": output,
    }
    if source:
        return half(name, source, encoder, inputs, details)
    export(name, encoder, inputs, [output], dynamic, opset, **options)
    record(name, inputs, details, runner(encoder))


def text(name, model, attention, opset, options, source=None):
    encoder, gain = texts.build(model, attention)
    load(encoder, gain)
    inputs = texts.inputs(seeded, model)
    output = texts.OUTPUTS.get(encoder.pooling, encoder.pooling)
    details = {
        "exporter": exporter(options),
        "versions": versions("torch", "transformers"),
        "attention": attention,
        "output_name": output,
    }
    if source:
        return half(name, source, encoder, inputs, details)
    export(name, encoder, inputs, [output], texts.dynamic(model, output), opset, **options)
    record(name, inputs, details, runner(encoder))


def half(name, source, encoder, inputs, details):
    """A copy with initialisers and arithmetic in f16; inputs and outputs stay f32."""
    proto = float16.convert_float_to_float16(onnx.load(HERE / f"{source}.onnx"), keep_io_types=True)
    onnx.save(proto, HERE / f"{name}.onnx")
    details["exporter"] += "; onnxconverter_common.float16"
    details["versions"] |= versions("onnxconverter-common")
    record(name, inputs, details, runner(encoder), HALF_TOLERANCE)


def works():
    """Name, function and arguments of every fixture."""
    made = [(n, image, rest) for n, *rest in images.FILES] + [(n, text, rest) for n, *rest in texts.FILES]
    by_name = {n: (function, rest) for n, function, rest in made}
    return made + [(n, by_name[source][0], [*by_name[source][1], source]) for n, source in HALVES]


def main(names):
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    failed = []
    for name, make, arguments in works():
        if names and name not in names:
            continue
        try:
            make(name, *arguments)
        except Exception:
            traceback.print_exc()
            failed.append(name)
    if failed:
        raise SystemExit(f"not made: {', '.join(failed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
