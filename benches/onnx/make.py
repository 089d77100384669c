"""make.py OUT --lite0 PTH --minilm SAFETENSORS --tokenizer JSON --photo FILE --calibration DIR

Writes ONNX files of the published weights, and `works.json` with the inputs that all contenders get."""

import argparse
import hashlib
import json
import logging
import pathlib

import hub
import inputs
import variants

TOKENS = [8, 24, 64]
# Of the published weights; models/README.md names their packages.
SHA256 = {
    "lite0": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    "minilm": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    for name in ["lite0", "minilm", "tokenizer", "photo", "calibration"]:
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    for name, expected in SHA256.items():
        path = pathlib.Path(vars(given)[name])
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != expected:
            raise SystemExit(f"expected weights with SHA-256 {expected}, found {found} in {path}")
    logging.disable(logging.WARNING)
    given.out.mkdir(parents=True, exist_ok=True)
    works = inputs.write(given.tokenizer, given.photo, TOKENS, given.out)
    variants.of_minilm(given.minilm, given.out)
    variants.of_lite0(given.lite0, given.calibration, given.out)
    hub.write(given.out, given.tokenizer)
    models = sorted(file.name.removesuffix(".onnx") for file in given.out.glob("*.onnx"))
    # Last: without it the set-up was cut short.
    (given.out / "works.json").write_text(json.dumps({"works": works, "models": models}, indent=1))


if __name__ == "__main__":
    main()
