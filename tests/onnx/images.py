"""Image encoders at a few channels and blocks: the framework's own classes with a small configuration."""

from functools import partial

import timm
import torch
import torchvision
import transformers
from timm.models import fastvit, resnet, resnetv2
from timm.utils import reparameterize_model
from torchvision.models import efficientnet, mobilenetv2, mobilenetv3, vgg
from transformers import CLIPVisionConfig, Dinov2Config, SiglipVisionConfig

IMAGENET = {"mean": [0.485, 0.456, 0.406], "deviation": [0.229, 0.224, 0.225]}
CLIP = {"mean": [0.48145466, 0.4578275, 0.40821073], "deviation": [0.26862954, 0.26130258, 0.27577711]}
HALF = {"mean": [0.5, 0.5, 0.5], "deviation": [0.5, 0.5, 0.5]}
UNIT = {"mean": [0.0, 0.0, 0.0], "deviation": [1.0, 1.0, 1.0]}


class Take(torch.nn.Module):
    """One output of a transformers model by its name."""

    def __init__(self, model, output):
        super().__init__()
        self.model, self.output = model, output

    def forward(self, pixel_values):
        return getattr(self.model(pixel_values=pixel_values), self.output)


class Pooled(torch.nn.Module):
    """The features of a torchvision model, averaged over height and width."""

    def __init__(self, features):
        super().__init__()
        self.features, self.pool = features, torch.nn.AdaptiveAvgPool2d(1)

    def forward(self, pixel_values):
        return torch.flatten(self.pool(self.features(pixel_values)), 1)


def clip(attention):
    config = CLIPVisionConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, image_size=32, patch_size=8,
        projection_dim=24, attn_implementation=attention,
    )  # fmt: skip
    return Take(transformers.CLIPVisionModelWithProjection(config), "image_embeds")


def siglip(attention):
    config = SiglipVisionConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, image_size=32, patch_size=8,
        attn_implementation=attention,
    )  # fmt: skip
    return Take(transformers.SiglipVisionModel(config), "pooler_output")


def dinov2(attention):
    config = Dinov2Config(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, mlp_ratio=2, image_size=28, patch_size=7,
        attn_implementation=attention,
    )  # fmt: skip
    return Take(transformers.Dinov2Model(config), "pooler_output")


def mobileclip_s0():
    """`fastvit_mci0`, the image tower of MobileCLIP-S0, in the form of inference (branches merged)."""
    model = fastvit.FastVit(
        layers=(1, 1, 2, 1), embed_dims=(8, 16, 16, 32), mlp_ratios=(3, 3, 3, 2),
        se_downsamples=(False, False, True, True),
        pos_embs=(None, None, None, partial(fastvit.RepConditionalPosEnc, spatial_shape=(7, 7))),
        token_mixers=("repmixer", "repmixer", "repmixer", "attention"), lkc_use_act=True, num_classes=24,
    )  # fmt: skip
    return reparameterize_model(model)


def resnet18():
    return resnet.ResNet(resnet.BasicBlock, (1, 1, 1, 1), channels=(8, 12, 16, 24), num_classes=0)


def resnet50():
    return resnet.ResNet(resnet.Bottleneck, (1, 2, 1, 1), channels=(4, 6, 8, 12), num_classes=0)


def resnet50v2():
    return resnetv2.ResNetV2(
        [2, 1, 1, 1], channels=(24, 32, 48, 64), stem_chs=16, num_classes=0, conv_layer=timm.layers.create_conv2d,
        norm_layer=timm.layers.BatchNormAct2d,
    )  # fmt: skip


def mobilenet_v2():
    model = mobilenetv2.MobileNetV2(
        width_mult=0.25, round_nearest=4, inverted_residual_setting=[[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 2, 2]]
    )
    # The last convolution has 1280 channels at any width.
    model.features[-1] = torchvision.ops.Conv2dNormActivation(8, 64, kernel_size=1, activation_layer=torch.nn.ReLU6)
    return Pooled(model.features)


def mobilenet_v3():
    block = partial(mobilenetv3.InvertedResidualConfig, width_mult=1.0)
    settings = [
        block(16, 3, 16, 16, True, "RE", 2, 1),
        block(16, 3, 48, 16, False, "RE", 2, 1),
        block(16, 5, 64, 24, True, "HS", 2, 1),
        block(24, 5, 72, 24, True, "HS", 1, 1),
    ]
    return Pooled(mobilenetv3.MobileNetV3(settings, last_channel=32).features)


def efficientnet_b0():
    block = partial(efficientnet.MBConvConfig, width_mult=1.0, depth_mult=1.0)
    settings = [block(1, 3, 1, 16, 8, 1), block(6, 3, 2, 8, 12, 2), block(6, 5, 2, 12, 16, 1)]
    return Pooled(efficientnet.EfficientNet(settings, dropout=0.0, last_channel=64).features)


def vgg_like():
    return Pooled(vgg.VGG(vgg.make_layers([16, "M", 24, "M", 32, 32, "M", 32, 48, "M"], batch_norm=False)).features)


# Constructor, gain, size, output, preprocessing of the family, framework.
MODELS = {
    "clip-image": (partial(clip, "eager"), 0.7, 32, "image_embeds", CLIP, transformers),
    "siglip-image": (partial(siglip, "sdpa"), 0.7, 32, "pooler_output", HALF, transformers),
    "dinov2": (partial(dinov2, "eager"), 0.7, 28, "pooler_output", IMAGENET, transformers),
    "mobileclip-s0-image": (mobileclip_s0, 1.05, 64, "image_embeds", UNIT, timm),
    "resnet18": (resnet18, 0.7, 64, "features", IMAGENET, timm),
    "resnet50": (resnet50, 0.7, 64, "features", IMAGENET, timm),
    "resnet50v2": (resnet50v2, 0.7, 64, "features", HALF, timm),
    "mobilenet-v2": (mobilenet_v2, 0.9, 64, "features", IMAGENET, torchvision),
    "mobilenet-v3": (mobilenet_v3, 1.1, 64, "features", IMAGENET, torchvision),
    "efficientnet-b0": (efficientnet_b0, 1.1, 64, "features", IMAGENET, torchvision),
    "vgg": (vgg_like, 1.0, 64, "features", IMAGENET, torchvision),
}
# Name, model, opset, options of the export.
FILES = [
    ("clip-image", "clip-image", 14, {}),
    ("siglip-image", "siglip-image", 17, {}),
    ("dinov2", "dinov2", 14, {}),
    ("mobileclip-s0-image", "mobileclip-s0-image", 17, {}),
    ("resnet18", "resnet18", 14, {}),
    ("resnet50-unfolded", "resnet50", 17, {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}),
    ("resnet50v2", "resnet50v2", 17, {}),
    ("mobilenet-v2", "mobilenet-v2", 14, {}),
    ("mobilenet-v3", "mobilenet-v3", 14, {}),
    ("efficientnet-b0", "efficientnet-b0", 14, {}),
    ("vgg", "vgg", 17, {}),
    ("clip-image-dynamo", "clip-image", 18, {"dynamo": True}),
    ("siglip-image-dynamo", "siglip-image", 18, {"dynamo": True}),
    ("dinov2-dynamo", "dinov2", 20, {"dynamo": True}),
    ("mobileclip-s0-image-dynamo", "mobileclip-s0-image", 20, {"dynamo": True}),
    ("resnet18-dynamo", "resnet18", 18, {"dynamo": True}),
    ("mobilenet-v3-dynamo", "mobilenet-v3", 18, {"dynamo": True}),
    ("efficientnet-b0-dynamo", "efficientnet-b0", 18, {"dynamo": True}),
]
