"""Exports a CLIP, SigLIP, DINOv2 or DINOv3 model of transformers into a folder that FashionMatch reads.

    python -m venv venv
    venv/bin/pip install torch==2.15.0 torchvision==0.29.2 transformers==5.24.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0
    venv/bin/python tools/python/export_model.py SOURCE FOLDER [--precision fp16] [--external-data]
    fashionmatch models check FOLDER

SOURCE is a folder that `save_pretrained` wrote (the model, its image processor and, where it has one, its tokenizer), or
a repository of the hub. `--tiny clip`, `siglip`, `dinov2`, `dinov2_with_registers` or `dinov3_vit` in place of SOURCE
exports a small model of that kind with random weights. docs/exporting-models.md says what each step is for.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import transformers
from torch.export import Dim


class ImageTower(torch.nn.Module):
    """The part that takes images; what it gives is a point in the space that its texts are in too."""

    def __init__(self, model):
        super().__init__()
        self.vision_model = model.vision_model
        self.projection = getattr(model, "visual_projection", torch.nn.Identity())

    def forward(self, pixel_values):
        return self.projection(self.vision_model(pixel_values).pooler_output)


class TextTower(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.text_model = model.text_model
        self.projection = getattr(model, "text_projection", torch.nn.Identity())

    def forward(self, input_ids):
        return self.projection(self.text_model(input_ids).pooler_output)


class ClassToken(torch.nn.Module):
    """DINOv2 and DINOv3: a row for the image, then registers where there are some, then a row for each patch."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model(pixel_values).last_hidden_state


def export(module, path, inputs, output, dynamic, external_data):
    """Writes one graph, runs it, and compares it with the module."""
    path.parent.mkdir(parents=True, exist_ok=True)
    module = module.eval()
    torch.onnx.export(
        module,
        kwargs=inputs,
        f=path,
        dynamo=True,
        input_names=list(inputs),
        # Without names, outputs are called after whatever operation was last, and nobody can tell what they are.
        output_names=[output],
        # As many images a run as there are.
        dynamic_shapes={name: dynamic for name in inputs},
        external_data=external_data,
    )
    with torch.no_grad():
        expected = module(**inputs).float().numpy()
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (actual,) = session.run([output], {name: value.numpy() for name, value in inputs.items()})
    return float(np.abs(actual.astype(np.float32) - expected).max() / np.abs(expected).max())


def graphs(model):
    """By the name of the file: what is exported, what goes in, the name of what comes out, and which axes may grow."""
    config = model.config
    batch = {0: Dim("batch")}
    size = getattr(config, "vision_config", config).image_size
    # DINOv2 was trained at 518 pixels and is used at 224.
    size = 224 if config.model_type.startswith("dino") and size > 224 else size
    images = {"pixel_values": torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(1)).to(model.dtype)}
    if config.model_type not in ("clip", "siglip"):
        return {"model": (ClassToken(model), images, "last_hidden_state", batch)}
    text = config.text_config
    tokens = torch.full((2, text.max_position_embeddings), text.eos_token_id or 1, dtype=torch.int64)
    tokens[:, 0] = 2
    # CLIP reads texts of any length; SigLIP fills all up to 64 tokens, and takes the last one's vector.
    axes = {**batch, 1: Dim("length", min=2, max=text.max_position_embeddings)} if config.model_type == "clip" else batch
    return {
        "vision_model": (ImageTower(model), images, "image_embeds", batch),
        "text_model": (TextTower(model), {"input_ids": tokens}, "text_embeds", axes),
    }


def tiny(kind):
    """A small model with random weights, and the image processor that its kind has."""
    torch.manual_seed(7)
    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    vision = {**small, "patch_size": 32, "image_size": 224}
    text = {**small, "vocab_size": 1000, "eos_token_id": 999, "bos_token_id": 998, "pad_token_id": 1}
    if kind == "clip":
        config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)
        return transformers.CLIPModel(config), transformers.CLIPImageProcessor()
    if kind == "siglip":
        config = transformers.SiglipConfig(
            text_config={**text, "max_position_embeddings": 64, "projection_size": 16}, vision_config=vision
        )
        return transformers.SiglipModel(config), transformers.SiglipImageProcessor()
    if kind == "dinov2":
        model = transformers.Dinov2Model(transformers.Dinov2Config(**small, patch_size=32, image_size=256))
        return model, transformers.BitImageProcessor(size={"shortest_edge": 256})
    if kind == "dinov2_with_registers":
        config = transformers.Dinov2WithRegistersConfig(**small, patch_size=32, image_size=256)
        return transformers.Dinov2WithRegistersModel(config), transformers.BitImageProcessor(size={"shortest_edge": 256})
    config = transformers.DINOv3ViTConfig(**vision, num_register_tokens=4)
    return transformers.DINOv3ViTModel(config), transformers.DINOv3ViTImageProcessor()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tiny", choices=["clip", "siglip", "dinov2", "dinov2_with_registers", "dinov3_vit"])
    parser.add_argument("--precision", choices=["fp32", "fp16"], default="fp32")
    parser.add_argument("--external-data", action="store_true", help="weights in a file of their own, beside the graph")
    given = parser.parse_args()
    if (given.source is None) == (given.tiny is None):
        parser.error("name a model to export, or a kind with --tiny")
    if given.tiny:
        model, processor = tiny(given.tiny)
    else:
        model = transformers.AutoModel.from_pretrained(given.source)
        processor = transformers.AutoImageProcessor.from_pretrained(given.source)
    model = model.eval().to(torch.float16 if given.precision == "fp16" else torch.float32)

    model.config.save_pretrained(given.folder)
    processor.save_pretrained(given.folder)
    tokenizer = Path(given.source or "") / "tokenizer.json"
    if tokenizer.is_file():
        shutil.copy(tokenizer, given.folder)
    elif given.source and model.config.model_type in ("clip", "siglip"):
        transformers.AutoTokenizer.from_pretrained(given.source).save_pretrained(given.folder)

    ending = "_fp16" if given.precision == "fp16" else ""
    for name, (module, inputs, output, dynamic) in graphs(model).items():
        path = given.folder / "onnx" / f"{name}{ending}.onnx"
        difference = export(module, path, inputs, output, dynamic, given.external_data)
        print(json.dumps({"file": str(path), "bytes": path.stat().st_size, "greatest_difference": difference}))


if __name__ == "__main__":
    main()
