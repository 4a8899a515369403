#!/usr/bin/env bash
# chromadb (Python) 0.6.3, then 1.5.9: giving an older collection a wider search makes it compare by another distance.
#
# A collection that 0.6.3 made with {"hnsw:space": "cosine"} is opened by 1.5.9 and compares by cosine, though its
# configuration says l2. After collection.modify(configuration={"hnsw": {"ef_search": 200}}) and a new start it compares
# by l2: the same query gives another distance, and nothing says so.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for version in 0.6.3 1.5.9; do
  python3 -m venv "venv-$version"
  "venv-$version/bin/pip" install --quiet --disable-pip-version-check "chromadb==$version"
done
export ANONYMIZED_TELEMETRY=False

cat >make.py <<'PROGRAM'
import chromadb

client = chromadb.PersistentClient("store")
looks = client.create_collection("looks", metadata={"hnsw:space": "cosine"}, embedding_function=None)
looks.add(ids=["a", "b"], embeddings=[[1.0, 0.0], [0.0, 1.0]], metadatas=[{"n": 1.5}, {"n": 2.5}])
PROGRAM

cat >look.py <<'PROGRAM'
import sys

import chromadb

looks = chromadb.PersistentClient("store").get_collection("looks", embedding_function=None)
if sys.argv[1] == "widen":
    looks.modify(configuration={"hnsw": {"ef_search": 200}})
else:
    found = looks.query(query_embeddings=[[2.0, 0.0]], n_results=1)
    print(sys.argv[1], looks.configuration["hnsw"]["space"], found["ids"][0], round(found["distances"][0][0], 3))
PROGRAM

venv-0.6.3/bin/python make.py
{
  venv-1.5.9/bin/python look.py before
  venv-1.5.9/bin/python look.py widen
  venv-1.5.9/bin/python look.py after
} | tee seen
diff seen - <<'EXPECTED'
before l2 ['a'] 0.0
after l2 ['a'] 1.0
EXPECTED
