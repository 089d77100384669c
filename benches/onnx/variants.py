"""The forms of both encoders among which ONNX Runtime may have its fastest."""

import pathlib

import numpy
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers import optimizer

import inputs
import lite0
import minilm


class Photos(CalibrationDataReader):
    """Real photos, one a batch."""

    def __init__(self, folder):
        self.files = sorted(pathlib.Path(folder).iterdir())
        self.rest = iter(self.files)

    def get_next(self):
        file = next(self.rest, None)
        return None if file is None else {"pixels": inputs.nchw(inputs.square(file))}


def of_lite0(weights, photos, out):
    """Plain, and quantised by ONNX Runtime's own tool in the formats and types that it offers."""
    plain = f"{out}/photo.fp32.onnx"
    lite0.build(weights, plain)
    prepared = f"{out}/prepared.onnx"
    quant_pre_process(plain, prepared, skip_symbolic_shape=True)
    for name, form, weight, by_channel in [
        ("int8-qdq", QuantFormat.QDQ, QuantType.QInt8, True),
        ("int8-qoperator", QuantFormat.QOperator, QuantType.QInt8, True),
        ("uint8-qoperator", QuantFormat.QOperator, QuantType.QUInt8, False),
    ]:
        quantize_static(
            prepared,
            f"{out}/photo.{name}.onnx",
            Photos(photos),
            quant_format=form,
            activation_type=QuantType.QUInt8,
            weight_type=weight,
            per_channel=by_channel,
        )
    pathlib.Path(prepared).unlink()


def of_minilm(weights, out):
    """Plain, with the fusions of ONNX Runtime's own optimiser, and of the latter with both types of weights."""
    plain, fused = f"{out}/title.fp32.onnx", f"{out}/title.fp32-fused.onnx"
    minilm.build(weights, plain)
    model = optimizer.optimize_model(plain, "bert", num_heads=minilm.HEADS, hidden_size=minilm.WIDTH, opt_level=0)
    found = model.get_fused_operator_statistics()
    if found["Attention"] != minilm.LAYERS:
        raise SystemExit(f"expected ONNX Runtime's optimiser to fuse {minilm.LAYERS} attentions, found {found}")
    model.save_model_to_file(fused)
    for name, weight in [("int8", QuantType.QInt8), ("uint8", QuantType.QUInt8)]:
        # Its shape inference stops at its own fused operators.
        options = {"DefaultTensorType": onnx.TensorProto.FLOAT}
        quantize_dynamic(fused, f"{out}/title.{name}.onnx", weight_type=weight, extra_options=options)
