"""Makes the fixtures of Keras models through tf2onnx: `python make_keras.py [NAME…]`. The graph takes NHWC."""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy as np
import onnx
from keras.src.applications import mobilenet_v3, resnet

from record import HERE, pixels, record, seeded, versions

SIZE = 64


def resnet50v2():
    def stages(x):
        x = resnet.stack_residual_blocks_v2(x, 8, 2, name="conv2")
        return resnet.stack_residual_blocks_v2(x, 10, 2, stride1=1, name="conv3")

    return resnet.ResNet(
        stages, True, True, name="resnet50v2", weights_name=None, include_top=False, weights=None, pooling="avg",
        input_shape=(SIZE, SIZE, 3),
    )  # fmt: skip


def mobilenetv3():
    def stages(x, kernel, activation, ratio):
        x = mobilenet_v3._inverted_res_block(x, 1, 16, 3, 2, ratio, mobilenet_v3.relu, 0)
        x = mobilenet_v3._inverted_res_block(x, 3, 24, kernel, 2, ratio, activation, 1)
        return mobilenet_v3._inverted_res_block(x, 3, 24, kernel, 1, ratio, activation, 2)

    return mobilenet_v3.MobileNetV3(
        stages, 32, weights=None, include_top=False, pooling="avg", include_preprocessing=False,
        input_shape=(SIZE, SIZE, 3), name="mobilenetv3",
    )  # fmt: skip


MODELS = {"keras-resnet50v2": (resnet50v2, 0.7), "keras-mobilenetv3": (mobilenetv3, 1.1)}


def make(name):
    constructor, gain = MODELS[name]
    made = constructor()
    entry = keras.Input((SIZE, SIZE, 3), name="pixel_values")
    model = keras.Model(entry, made(entry), name=name.replace("-", "_"))
    for variable in made.variables:
        variable.assign(seeded.tensor(variable.path, variable.shape, gain))
    # The export asks for a model that has been called.
    model(np.zeros((1, SIZE, SIZE, 3), np.float32))
    model.export(HERE / f"{name}.onnx", format="onnx", verbose=False)
    inputs = pixels(SIZE, layout="NHWC")
    details = {
        "exporter": "keras.Model.export (tf2onnx)",
        "versions": versions("keras", "tensorflow-cpu", "tf2onnx"),
        "preprocessing": {"size": SIZE, "mean": [0.5, 0.5, 0.5], "deviation": [0.5, 0.5, 0.5]},
    }
    details["output_name"] = onnx.load(HERE / f"{name}.onnx").graph.output[0].name
    record(name, inputs, details, lambda arrays: np.asarray(model(arrays["pixel_values"], training=False)))


if __name__ == "__main__":
    for name in sys.argv[1:] or MODELS:
        make(name)
