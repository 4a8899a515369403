"""Makes packages/encoders/fixtures/exports: small models that export_model.py exported, and transformers' own vectors.

    python -m venv /tmp/venv
    /tmp/venv/bin/pip install transformers==5.24.0 torch==2.15.0 torchvision==0.29.2 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0
    /tmp/venv/bin/python tools/python/make_export_goldens.py

Their weights are random. The vectors are those of builtin/golden/image.png. The tests need none of this: what is made here
is committed, without what torch notes about each operation.
"""

import json
import shutil
from pathlib import Path

import onnx
import torch
import transformers
from export_model import export, graphs
from PIL import Image

ROOT = Path(__file__).parents[2] / "packages/encoders"

SMALL = {"hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
VISION = {**SMALL, "patch_size": 16, "image_size": 224}
TEXT = {**SMALL, "vocab_size": 100}


def models():
    clip = transformers.CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=6)
    yield "clip", transformers.CLIPModel(clip), transformers.CLIPImageProcessor()
    siglip = transformers.SiglipConfig(text_config=TEXT, vision_config=VISION)
    yield "siglip", transformers.SiglipModel(siglip), transformers.SiglipImageProcessor()
    registers = transformers.Dinov2WithRegistersConfig(**VISION)
    processor = transformers.BitImageProcessor(size={"shortest_edge": 256})
    yield "dinov2-with-registers", transformers.Dinov2WithRegistersModel(registers), processor
    dinov3 = transformers.DINOv3ViTConfig(**VISION, num_register_tokens=4)
    yield "dinov3", transformers.DINOv3ViTModel(dinov3), transformers.DINOv3ViTImageProcessor()


def vector(model, inputs):
    """As transformers has it, whatever the export."""
    if hasattr(model, "get_image_features"):
        return model.get_image_features(**inputs).pooler_output[0]
    return model(**inputs).last_hidden_state[0, 0]


def without_notes(path):
    content = onnx.load(path)
    for node in content.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for field in (content.metadata_props, content.graph.metadata_props, content.graph.value_info):
        del field[:]
    onnx.save(content, path)


torch.manual_seed(7)
image = Image.open(ROOT / "builtin/golden/image.png").convert("RGB")
for name, model, processor in models():
    folder = ROOT / "fixtures/exports" / name
    shutil.rmtree(folder, ignore_errors=True)
    model.eval()
    model.config.save_pretrained(folder)
    processor.save_pretrained(folder)
    graph, parts = next(iter(graphs(model).items()))
    path = folder / "onnx" / f"{graph}.onnx"
    export(parts[0], path, *parts[1:], external_data=False)
    without_notes(path)
    with torch.no_grad():
        given = vector(model, processor(image, return_tensors="pt"))
    (folder / "vector.json").write_text(json.dumps([round(value, 6) for value in (given / given.norm()).tolist()]) + "\n")
