"""Reference outputs of keras.applications with seeded weights: `python keras_models.py [MODEL…]`, all without one."""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy as np
import tensorflow as tf

import seeded

HERE = Path(__file__).parent
SHAPE = (1, 96, 96, 3)

# Constructor, gain, layers whose outputs are recorded.
MODELS = {
    "keras-resnet50v2": (
        keras.applications.ResNet50V2,
        0.7,
        ["pool1_pool", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "post_relu"],
    ),
    "keras-resnet50": (
        keras.applications.ResNet50,
        0.7,
        ["pool1_pool", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out"],
    ),
    "keras-vgg19": (
        keras.applications.VGG19,
        1.0,
        ["block1_pool", "block2_pool", "block3_pool", "block4_pool", "block5_pool"],
    ),
    "keras-mobilenetv2": (
        keras.applications.MobileNetV2,
        0.9,
        ["Conv1_relu", "expanded_conv_project_BN", "block_5_add", "block_12_add", "out_relu"],
    ),
}


def make(name):
    constructor, gain, layers = MODELS[name]
    model = constructor(weights=None, include_top=False, pooling="avg", input_shape=SHAPE[1:])
    for variable in model.variables:
        variable.assign(seeded.tensor(variable.path, variable.shape, gain))
    x = seeded.tensor("input", SHAPE)
    tapped = keras.Model(model.input, [model.get_layer(l).output for l in layers] + [model.output])
    *stages, output = [np.asarray(t) for t in tapped(x, training=False)]
    for layer, stage in zip(layers, stages):
        print(f"{name} {layer} {stage.shape} rms {np.sqrt((stage**2).mean()):.3f} max {np.abs(stage).max():.3f}")
    other = np.asarray(model(seeded.tensor("input/other", SHAPE), training=False))
    distance = np.linalg.norm(output - other) / np.linalg.norm(output)
    rms = np.sqrt((output**2).mean())
    print(f"{name} output {output.shape} rms {rms:.3f}; relative distance of the other {distance:.4f}")
    seeded.write(
        HERE / f"{name}.json",
        {
            "framework": "keras.applications",
            "versions": {"keras": keras.__version__, "tensorflow-cpu": tf.__version__, "numpy": np.__version__},
            "seed": seeded.SEED,
            "gain": gain,
            "input": {"key": "input", "shape": list(SHAPE)},
            "output": seeded.rounded(output),
            "other": {"input": {"key": "input/other", "shape": list(SHAPE)}, "output": seeded.rounded(other)},
            "stage_shapes": {l: list(s.shape) for l, s in zip(layers, stages)},
            "stages": {l: seeded.rounded(seeded.spaced(s)) for l, s in zip(layers, stages)},
        },
    )
    seeded.write_keys(HERE / f"{name}.keys.json", [(v.path, tuple(v.shape)) for v in model.variables])


if __name__ == "__main__":
    for name in sys.argv[1:] or MODELS:
        make(name)
