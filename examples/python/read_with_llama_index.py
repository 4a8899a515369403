"""Reads a store with LlamaIndex.

    python read_with_llama_index.py PLACE ITEM_ID [--brand BRAND] [--text TEXT] [--top-k N]

PLACE is the store's folder while no fashionmatch command has it open, or the address of a Chroma server. Prints one JSON
document: the item's neighbours in both spaces, then those that have the brand, and those whose document has the text.
"""

import json
import math

from llama_index.core.vector_stores import MetadataFilter, MetadataFilters, VectorStoreQuery
from llama_index.vector_stores.chroma import ChromaVectorStore

from place import arguments, open_client


def main():
    args = arguments(__doc__)
    client = open_client(args.place)

    def neighbours(space, filters=None, **document_filter):
        collection = client.get_collection(f"{args.collection}_{space}", embedding_function=None)
        stored = collection.get(ids=[args.item_id], include=["embeddings"])
        query = VectorStoreQuery(
            query_embedding=[float(value) for value in stored["embeddings"][0]],
            similarity_top_k=args.top_k + 1,
            filters=filters,
        )
        found = ChromaVectorStore(chroma_collection=collection).query(query, **document_filter)
        # What it calls a similarity is exp(-distance), and the distance 1 less the cosine similarity.
        hits = [[item_id, 1 + math.log(similarity)] for item_id, similarity in zip(found.ids, found.similarities)]
        return [hit for hit in hits if hit[0] != args.item_id][: args.top_k]

    document = {space: neighbours(space) for space in ("clip", "dino")}
    if args.brand:
        document["of_brand"] = neighbours(
            "clip", MetadataFilters(filters=[MetadataFilter(key="brand", value=args.brand)])
        )
    if args.text:
        document["with_text"] = neighbours("clip", where_document={"$contains": args.text})
    print(json.dumps(document))


main()
