"""Makes packages/encoders/fixtures/families/preprocessing.json: what transformers makes of two images, family by family.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install transformers==5.24.0 torch==2.15.0 torchvision==0.29.2 pillow==13.0.0
    /tmp/venv/bin/python tools/python/make_family_goldens.py

Of each family it keeps the file that its image processor writes, and every 32nd pixel of what that makes of the images.
The tests need none of this: what is made here is committed.
"""

import json
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from transformers import (
    BitImageProcessorPil,
    CLIPImageProcessor,
    CLIPImageProcessorPil,
    DINOv3ViTImageProcessor,
    SiglipImageProcessor,
    SiglipImageProcessorPil,
    ViTImageProcessorPil,
)

ROOT = Path(__file__).parents[2] / "packages/encoders"
STEP = 32

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}

# By family: model_type of its config.json, its image processor, and the processor's name in the files of another version.
FAMILIES = {
    "clip": ("clip", CLIPImageProcessorPil(), None),
    "clip-fast": ("clip", CLIPImageProcessor(), "CLIPImageProcessorFast"),
    "clip-336": ("clip", CLIPImageProcessorPil(size={"shortest_edge": 336}, crop_size=336), "CLIPFeatureExtractor"),
    "clip-336-without-crop": (
        "clip",
        CLIPImageProcessorPil(do_center_crop=False, size={"height": 336, "width": 336}),
        "CLIPImageProcessorPil",
    ),
    "mobileclip": (
        "clip",
        CLIPImageProcessorPil(size={"shortest_edge": 256}, crop_size=256, resample=2, do_normalize=False),
        None,
    ),
    "vit": ("vit", ViTImageProcessorPil(), None),
    "dinov2": ("dinov2", BitImageProcessorPil(size={"shortest_edge": 256}, **IMAGENET), None),
    "dinov2-with-registers": (
        "dinov2_with_registers",
        BitImageProcessorPil(size={"shortest_edge": 256}, **IMAGENET),
        "BitImageProcessorFast",
    ),
    "dinov3": ("dinov3_vit", DINOv3ViTImageProcessor(), "DINOv3ViTImageProcessorFast"),
    "siglip": ("siglip", SiglipImageProcessorPil(), None),
    "siglip2": ("siglip", SiglipImageProcessor(size={"height": 256, "width": 256}, resample=2), "SiglipImageProcessorFast"),
}


def wave(values):
    return np.abs(values % 510 - 255)


def pattern(width=640, height=500):
    """Whole numbers alone, so that the tests draw the same: waves of several lengths, and edges."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([wave(3 * x + y), wave(x * y >> 5), wave(2 * y + 200 * (x >> 6 & 1))], -1).astype(np.uint8)


def written(processor, name):
    with tempfile.TemporaryDirectory() as folder:
        processor.save_pretrained(folder)
        content = json.loads((Path(folder) / "preprocessor_config.json").read_text())
    return {**content, "image_processor_type": name or content["image_processor_type"]}


def samples(processor, image):
    values = processor(image, return_tensors="pt")["pixel_values"][0].numpy()
    middle = values[:, STEP // 2 :: STEP, STEP // 2 :: STEP]
    return [round(float(value), 5) for value in middle.reshape(-1)]


images = [Image.open(ROOT / "builtin/golden/image.png").convert("RGB"), Image.fromarray(pattern())]
goldens = {
    family: {
        "model_type": model_type,
        "preprocessor": written(processor, name),
        "samples": [samples(processor, image) for image in images],
    }
    for family, (model_type, processor, name) in FAMILIES.items()
}
target = ROOT / "fixtures/families/preprocessing.json"
target.parent.mkdir(parents=True, exist_ok=True)
lines = [f"  {json.dumps(family)}: {json.dumps(golden)}" for family, golden in goldens.items()]
target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
