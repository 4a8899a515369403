"""Makes the files of packages/encoders/fixtures/colour and, beside each, the pixels that Pillow reads from it.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install pillow==13.0.0 numpy
    /tmp/venv/bin/python tools/python/make_colour_fixtures.py

Pillow's convert("RGB") ignores colour profiles, and turns CMYK to RGB by arithmetic. The tests need none of this: what is
made here is committed.
"""

from pathlib import Path

import numpy as np
from PIL import Image

FIXTURES = Path(__file__).parents[2] / "packages/encoders/fixtures"
FOLDER = FIXTURES / "colour"
PROFILE = (FIXTURES / "heic/display-p3.icc").read_bytes()


def picture(width=96, height=72):
    """Smooth, colourful, and different in every corner."""
    y, x = np.mgrid[0:height, 0:width]
    red = x * 255 / (width - 1)
    green = y * 255 / (height - 1)
    blue = 128 + 100 * np.sin((x + 2 * y) / 15)
    return Image.fromarray(np.clip(np.rint(np.stack([red, green, blue], -1)), 0, 255).astype(np.uint8))


def inks(image):
    """Pillow's own conversion leaves the black ink out: here it takes half of what the three have in common."""
    cmy = 255 - np.asarray(image).astype(int)
    black = cmy.min(-1) // 2
    rest = (cmy - black[..., None]) * 255 // (255 - black[..., None])
    return Image.fromarray(np.concatenate([rest, black[..., None]], -1).astype(np.uint8), "CMYK")


FOLDER.mkdir(exist_ok=True)
image = picture()
image.save(FOLDER / "display-p3.jpg", quality=90, subsampling=0, icc_profile=PROFILE)
image.save(FOLDER / "display-p3.png", icc_profile=PROFILE)
image.convert("L").save(FOLDER / "grey-with-profile.png", icc_profile=PROFILE)
inks(image).save(FOLDER / "cmyk.jpg", quality=90)
inks(image).save(FOLDER / "cmyk.tif", compression="tiff_lzw")
inks(image).save(FOLDER / "cmyk-with-profile.tif", compression="tiff_lzw", icc_profile=PROFILE)
for path in sorted(FOLDER.iterdir()):
    if not path.name.endswith(".pillow.png"):
        Image.open(path).convert("RGB").save(FOLDER / f"{path.name}.pillow.png", icc_profile=None)
