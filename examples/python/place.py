"""Where a store is, and what is asked of it: the same for all three programs."""

import argparse
from urllib.parse import urlsplit

import chromadb
from chromadb.config import Settings


def arguments(description):
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("place", help="the store's folder, or http://host:port")
    parser.add_argument("item_id")
    parser.add_argument("--collection", default="fashion_items", help="database.collection_name")
    parser.add_argument("--brand")
    parser.add_argument("--text")
    parser.add_argument("--top-k", type=int, default=10)
    return parser.parse_args()


def open_client(place):
    settings = Settings(anonymized_telemetry=False)
    address = urlsplit(place)
    if address.scheme not in ("http", "https"):
        return chromadb.PersistentClient(path=place, settings=settings)
    ssl = address.scheme == "https"
    port = address.port or (443 if ssl else 8000)
    return chromadb.HttpClient(host=address.hostname, port=port, ssl=ssl, settings=settings)
