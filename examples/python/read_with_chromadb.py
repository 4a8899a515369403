"""Reads a store with Chroma's own Python client.

    python read_with_chromadb.py PLACE ITEM_ID [--brand BRAND] [--text TEXT] [--top-k N]

PLACE is the store's folder while no fashionmatch command has it open, or the address of a Chroma server. Prints one JSON
document: the item's neighbours in both spaces, then those that have the brand, and those whose document has the text.
"""

import json

from place import arguments, open_client


def main():
    args = arguments(__doc__)
    client = open_client(args.place)

    def neighbours(space, **filters):
        # Without this, chromadb attaches a model of its own to the collection, and answers texts with nonsense.
        collection = client.get_collection(f"{args.collection}_{space}", embedding_function=None)
        stored = collection.get(ids=[args.item_id], include=["embeddings"])
        # The item is its own nearest neighbour.
        found = collection.query(
            query_embeddings=stored["embeddings"],
            n_results=args.top_k + 1,
            include=["distances"],
            **filters,
        )
        hits = zip(found["ids"][0], found["distances"][0])
        # Cosine distances: 1 less the similarity.
        return [[item_id, 1 - distance] for item_id, distance in hits if item_id != args.item_id][: args.top_k]

    document = {space: neighbours(space) for space in ("clip", "dino")}
    if args.brand:
        document["of_brand"] = neighbours("clip", where={"brand": args.brand})
    if args.text:
        document["with_text"] = neighbours("clip", where_document={"$contains": args.text})
    print(json.dumps(document))


main()
