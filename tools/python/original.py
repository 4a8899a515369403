"""The Python pipeline that FashionMatch replaces, as its documentation describes it: python original.py IMAGES [THREADS]

Loads CLIP ViT-B/32 and DINOv2 ViT-S/14 with weights drawn at random (what a model costs does not depend on what it
knows), with transformers' own torchvision processors; encodes the images of a folder in batches of 32, one model after
the other; and stores the vectors, 100 at a time, in two collections of a Chroma folder. Prints one JSON document: how
many images it did in how many seconds, the models loaded before, and the versions of what it is made of.
Requirements: requirements-original.txt.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import chromadb
import torch
import torchvision
import transformers
from chromadb.config import Settings
from PIL import Image
from transformers import (
    BitImageProcessor,
    CLIPImageProcessor,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    Dinov2Config,
    Dinov2Model,
)

ENCODING_BATCH = 32
STORING_BATCH = 100
IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}

folder = Path(sys.argv[1])
if len(sys.argv) > 2:
    torch.set_num_threads(int(sys.argv[2]))
torch.manual_seed(1)

clip = CLIPVisionModelWithProjection(CLIPVisionConfig(projection_dim=512)).eval()
clip_processor = CLIPImageProcessor()
dino = Dinov2Model(Dinov2Config(hidden_size=384, num_attention_heads=6, image_size=518, patch_size=14)).eval()
dino_processor = BitImageProcessor(size={"shortest_edge": 256}, crop_size={"height": 224, "width": 224}, **IMAGENET)


def normalised(vectors):
    return torch.nn.functional.normalize(vectors, dim=-1).numpy()


with tempfile.TemporaryDirectory() as directory, torch.inference_mode():
    client = chromadb.PersistentClient(path=directory, settings=Settings(anonymized_telemetry=False))
    collections = [
        client.create_collection(name, embedding_function=None, metadata={"hnsw:space": "cosine"})
        for name in ("fashion_items_clip", "fashion_items_dino")
    ]
    paths = sorted(path for path in folder.iterdir() if path.suffix in {".jpg", ".png"})
    started_at = time.perf_counter()
    waiting = []
    for start in range(0, len(paths), ENCODING_BATCH):
        batch = paths[start : start + ENCODING_BATCH]
        images = [Image.open(path).convert("RGB") for path in batch]
        clip_vectors = normalised(clip(**clip_processor(images, return_tensors="pt")).image_embeds)
        dino_vectors = normalised(dino(**dino_processor(images, return_tensors="pt")).last_hidden_state[:, 0])
        waiting += zip((path.stem for path in batch), clip_vectors, dino_vectors)
        while len(waiting) >= STORING_BATCH or (waiting and start + ENCODING_BATCH >= len(paths)):
            stored, waiting = waiting[:STORING_BATCH], waiting[STORING_BATCH:]
            ids, *spaces = zip(*stored)
            metadatas = [{"source": "reference", "price": 0.0, "currency": "EUR", "title": name} for name in ids]
            for collection, vectors in zip(collections, spaces):
                collection.upsert(ids=list(ids), embeddings=list(vectors), metadatas=metadatas)
    seconds = time.perf_counter() - started_at
    assert [collection.count() for collection in collections] == [len(paths)] * 2

modules = (torch, torchvision, transformers, chromadb)
versions = {module.__name__: module.__version__ for module in modules}
print(json.dumps({"images": len(paths), "seconds": seconds, "threads": torch.get_num_threads(), "versions": versions}))
