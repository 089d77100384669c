"""The inputs that every contender gets: titles of so many tokens, and one photo at the encoder's own size."""

import numpy
from PIL import Image
from tokenizers import Tokenizer

SIDE = 224
# A title as shops write them; the wanted numbers of tokens are cut off it.
TITLE = (
    "canon 50 mm f 1 8 prime lens for full frame digital camera with fast silent auto focus motor and metal mount , "
    "black , includes front and rear lens cap , soft case , lens hood and cleaning cloth , two year warranty , for "
    "portrait , street and night photography with low light and a soft blur behind , in a plain box"
)


def title(tokenizer, count):
    """Words of TITLE that make `count` tokens with the two special ones."""
    words = TITLE.split()
    for used in range(1, len(words) + 1):
        text = " ".join(words[:used])
        ids = tokenizer.encode(text).ids
        if len(ids) == count:
            return {"title": text, "tokens": ids}
    raise SystemExit(f"expected words of the title to make {count} tokens, found none that do")


def square(file):
    """u8 `[224, 224, 3]`."""
    with Image.open(file) as image:
        return numpy.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def normalised(pixels):
    return (pixels.astype(numpy.float32) / 255 - 0.5) / 0.5


def nchw(pixels):
    """f32 `[1, 3, 224, 224]`."""
    return numpy.ascontiguousarray(normalised(pixels).transpose(2, 0, 1)[None])


def write(tokenizer_file, photo, counts, out):
    """Writes the photo's files and gives what the contenders have to know, by work."""
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    pixels = square(photo)
    # Without compression: decoding it costs next to nothing. Not a BMP, which the browser decodes for the module.
    Image.fromarray(pixels).save(f"{out}/photo.png", compress_level=0)
    nchw(pixels).tofile(f"{out}/photo.nchw.f32")
    normalised(pixels).tofile(f"{out}/photo.nhwc.f32")
    works = {f"title{count}": {"kind": "title", **title(tokenizer, count)} for count in counts}
    return {**works, "photo": {"kind": "photo", "side": SIDE}}
