#!/usr/bin/env bash
# chromadb (Python) 1.5.9: a metadata value stored as a whole number is compared with a bound whose fraction is cut off.
#
# 42 is not below 42.5, and is found by {"$in": [42.5]}; the same number stored as 42.0 is compared as anybody would
# expect. Programs in languages whose JSON writes 42.0 as 42 store whole numbers without meaning to.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check chromadb==1.5.9

cat >show.py <<'PROGRAM'
import chromadb
from chromadb.config import Settings

client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
prices = client.create_collection("prices", embedding_function=None)
prices.add(
    ids=["whole", "decimal"],
    embeddings=[[1.0, 0.0], [0.0, 1.0]],
    metadatas=[{"price": 42}, {"price": 42.0}],
)
for where in ({"$lt": 42.5}, {"$gte": 42.5}, {"$in": [42.5]}):
    print(where, sorted(prices.get(where={"price": where})["ids"]))
PROGRAM

venv/bin/python show.py | tee seen
diff seen - <<'EXPECTED'
{'$lt': 42.5} ['decimal']
{'$gte': 42.5} ['whole']
{'$in': [42.5]} ['whole']
EXPECTED
