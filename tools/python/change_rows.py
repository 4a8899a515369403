"""Does to a store what programs do that know nothing of its two collections: python change_rows.py FOLDER

Takes a row out of one collection, changes the metadata of another, puts a vector over an existing id, and adds a row of
its own. Prints which, as JSON.
"""

import json
import sys

import chromadb
from chromadb.config import Settings

client = chromadb.PersistentClient(path=sys.argv[1], settings=Settings(anonymized_telemetry=False))
clip = client.get_collection("fashion_items_clip", embedding_function=None)
dino = client.get_collection("fashion_items_dino", embedding_function=None)
taken, changed, overwritten, other = sorted(clip.get(include=[])["ids"])[:4]
vector = clip.get(ids=[other], include=["embeddings"])["embeddings"][0]

clip.delete(ids=[taken])
dino.update(ids=[changed], metadatas=[{"price": 1.5}])
clip.upsert(ids=[overwritten], embeddings=[vector])
clip.add(ids=["stranger"], embeddings=[vector], documents=["Somebody else's"], metadatas=[{"kind": "note"}])
print(json.dumps({"taken": taken, "changed": changed, "overwritten": overwritten, "added": "stranger"}))
