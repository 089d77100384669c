"""make.py OUT --lite0 PTH --minilm SAFETENSORS --tokenizer JSON --photo FILE --calibration DIR

Writes ONNX files of the published weights, and `works.json` with the inputs that all contenders get."""

import argparse
import json
import logging
import pathlib

import inputs
import variants

TOKENS = [8, 24, 64]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    for name in ["lite0", "minilm", "tokenizer", "photo", "calibration"]:
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    given.out.mkdir(parents=True, exist_ok=True)
    works = inputs.write(given.tokenizer, given.photo, TOKENS, given.out)
    variants.of_minilm(given.minilm, given.out)
    variants.of_lite0(given.lite0, given.calibration, given.out)
    models = sorted(file.name.removesuffix(".onnx") for file in given.out.glob("*.onnx"))
    # Last: without it the set-up was cut short.
    (given.out / "works.json").write_text(json.dumps({"works": works, "models": models}, indent=1))


if __name__ == "__main__":
    main()
