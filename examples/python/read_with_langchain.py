"""Reads a store with LangChain.

    python read_with_langchain.py PLACE ITEM_ID [--brand BRAND] [--text TEXT] [--top-k N]

PLACE is the store's folder while no fashionmatch command has it open, or the address of a Chroma server. Prints one JSON
document: the item's neighbours in both spaces, then those that have the brand, and those whose document has the text.
"""

import json

from langchain_chroma import Chroma

from place import arguments, open_client


def main():
    args = arguments(__doc__)
    client = open_client(args.place)

    def neighbours(space, **filters):
        name = f"{args.collection}_{space}"
        # LangChain would make what is not there; and it opens what is there without a model only if it may make it.
        client.get_collection(name, embedding_function=None)
        store = Chroma(client=client, collection_name=name)
        stored = store.get(ids=[args.item_id], include=["embeddings"])
        # Documents without a text would be left out; these have one. What it calls a score is the cosine distance.
        found = store.similarity_search_by_vector_with_relevance_scores(
            embedding=list(stored["embeddings"][0]), k=args.top_k + 1, **filters
        )
        hits = [[document.id, 1 - distance] for document, distance in found]
        return [hit for hit in hits if hit[0] != args.item_id][: args.top_k]

    document = {space: neighbours(space) for space in ("clip", "dino")}
    if args.brand:
        document["of_brand"] = neighbours("clip", filter={"brand": args.brand})
    if args.text:
        document["with_text"] = neighbours("clip", where_document={"$contains": args.text})
    print(json.dumps(document))


main()
