"""Makes packages/encoders/fixtures/texts: tokenisers of SigLIP's two kinds, and what they make of some 50 texts.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install transformers==5.24.0 tokenizers==0.23.3 sentencepiece protobuf
    /tmp/venv/bin/python tools/python/make_text_goldens.py

`gemma` is that of SigLIP 2 (byte-pair encoding of SentencePiece's kind, with bytes for what it does not know), `unigram`
that of SigLIP (T5's). Both are trained here on a few words, so that they are small. The numbers are those of transformers
and tokenizers, cut and padded to 64. The tests need none of this: what is made here is committed.
"""

import json
import string
import tempfile
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, Siglip2Tokenizer

FOLDER = Path(__file__).parents[2] / "packages/encoders/fixtures/texts"
LENGTH = 64

COLOURS = "red blue navy green olive beige black white ivory pink burgundy mustard turquoise".split()
GARMENTS = "dress shirt blouse jumper cardigan coat jacket jeans trousers skirt boots trainers scarf handbag".split()
DETAILS = "striped floral oversized cropped vintage linen wool leather denim silk cotton with pockets and a belt".split()

TEXTS = [
    *[f"a {colour} {garment}" for colour, garment in zip(COLOURS, GARMENTS)],
    *[f"{detail} {garment} for summer" for detail, garment in zip(DETAILS, GARMENTS)],
    "A Red DRESS",
    "  two   spaces,  and more ",
    "tabs\tand\nlines",
    "It's 100% cotton!",
    "size 38/40 (M), £12.50",
    "robe d'été à fleurs",
    "ÉTÉ, ÇA VA",
    "schwarzes Kleid mit Gürtel, größe 40",
    "czarna sukienka w kwiaty",
    "κόκκινο φόρεμα",
    "красное платье",
    "赤いドレス",
    "빨간 드레스",
    "فستان أحمر",
    "👗 dress 👠",
    "👩🏽‍🦰",
    "cafe\u0301 noir",
    "ﬁne ﬂannel",
    "a_b-c.d",
    "<pad> dress <eos>",
    "</s> dress",
    "x" * 90,
    "very " * 70 + "long",
    "İstanbul",
    "½ sleeve ™",
]
assert len(TEXTS) >= 50


def corpus():
    for colour in COLOURS:
        for garment in GARMENTS:
            for detail in DETAILS:
                yield f"a {detail} {colour} {garment}"


def gemma():
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    trained = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    trained.normalizer = normalizers.Sequence([normalizers.Lowercase(), normalizers.Replace(" ", "▁")])
    trained.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    byte_pieces = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=special + byte_pieces, initial_alphabet=list(string.ascii_lowercase), show_progress=False
    )
    trained.train_from_iterator((text.split(" ", 1)[1] for text in corpus()), trainer)
    model = json.loads(trained.to_str())["model"]
    tokenizer = Siglip2Tokenizer(vocab=model["vocab"], merges=[tuple(merge) for merge in model["merges"]])
    backend = tokenizer.backend_tokenizer
    eos = ("<eos>", tokenizer.convert_tokens_to_ids("<eos>"))
    backend.post_processor = processors.TemplateProcessing(single="$A <eos>", pair="$A <eos> $B <eos>", special_tokens=[eos])
    return tokenizer, "<pad>"


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex("[" + "".join("\\" + mark for mark in string.punctuation) + "]"), ""),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    trainer = trainers.UnigramTrainer(
        vocab_size=400, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))]
    )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>", unk_token="<unk>", pad_token="</s>"), "</s>"


FOLDER.mkdir(parents=True, exist_ok=True)
goldens = {"texts": TEXTS}
for name, (tokenizer, pad) in {"gemma": gemma(), "unigram": unigram()}.items():
    tokenizer.padding_side = "right"
    # SigLIP and SigLIP 2 were trained on lower case.
    ids = [tokenizer(text.lower(), padding="max_length", truncation=True, max_length=LENGTH)["input_ids"] for text in TEXTS]
    assert all(len(one) == LENGTH for one in ids) and ids[0][-1] == tokenizer.convert_tokens_to_ids(pad)
    with tempfile.TemporaryDirectory() as written:
        tokenizer.backend_tokenizer.no_padding()
        tokenizer.backend_tokenizer.no_truncation()
        tokenizer.save_pretrained(written)
        content = json.loads((Path(written) / "tokenizer.json").read_text())
    (FOLDER / f"{name}.tokenizer.json").write_text(json.dumps(content, ensure_ascii=False) + "\n")
    goldens[name] = ids
lines = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in goldens.items()]
(FOLDER / "token-ids.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
