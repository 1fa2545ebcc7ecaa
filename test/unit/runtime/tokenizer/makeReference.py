"""Writes reference.json: small tokenizers of every kind, trained on the few sentences below, and what Hugging Face's
`tokenizers` makes of the texts with them. Needs `transformers` and `tokenizers`; run it only to make the file anew.

The texts are the "texts" of reference.json as it is; places are counted in code points, as Python counts.
"""
import json
import os
import random

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import OpenAIGPTTokenizer

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference.json")

CORPUS = [
    "The year's end is here: they're glad, we've won, I'm home, you'll see, he'd go, don't ask.",
    "The tokens of a text are pieces of words, and the words of the text are made of the tokens.",
    "Grüße aus Köln: schöne Straßen, ein Café, naïve Gäste und ein Résumé über Übermut.",
    "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "天地玄黃,宇宙洪荒。 吾輩は猫である。名前はまだ無い。 다람쥐 헌 쳇바퀴에 타고파",
    "export const f = (x: number) => { return x ** 2; }; // 100% of 3.14159 and 1,000,000",
    "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा; เป็นมนุษย์สุดประเสริฐ; Ἀρχὴ σοφίας ὀνομάτων",
] * 4


def gpt1():
    trained = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    trained.normalizer = normalizers.BertNormalizer(lowercase=True)
    trained.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=420, special_tokens=["<unk>"], end_of_word_suffix="</w>", show_progress=False, limit_alphabet=150
    )
    trained.train_from_iterator(CORPUS, trainer)
    model = json.loads(trained.to_str())["model"]
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in model["merges"]]
    return OpenAIGPTTokenizer(vocab=model["vocab"], merges=merges)._tokenizer


def unigram():
    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    t.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=300, special_tokens=["<unk>", "<|endoftext|>"], unk_token="<unk>", show_progress=False
    )
    t.train_from_iterator(CORPUS, trainer)
    return t


def byte_fallback():
    t = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=480, special_tokens=special, limit_alphabet=60, show_progress=False)
    t.train_from_iterator([f"▁{word}" for line in CORPUS for word in line.split(" ")], trainer)
    data = json.loads(t.to_str())
    data["added_tokens"] = [token for token in data["added_tokens"] if token["id"] < 3]
    return Tokenizer.from_str(json.dumps(data))


def word_piece():
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    trainer = trainers.WordPieceTrainer(vocab_size=350, special_tokens=["[UNK]", "[PAD]"], show_progress=False)
    t.train_from_iterator(CORPUS, trainer)
    return t


def byte_level(regex, normalizer, prefix_space):
    t = Tokenizer(models.BPE())
    t.normalizer = normalizer
    level = pre_tokenizers.ByteLevel(add_prefix_space=prefix_space, use_regex=regex is None)
    split = [] if regex is None else [pre_tokenizers.Split(Regex(regex), "isolated")]
    t.pre_tokenizer = pre_tokenizers.Sequence([*split, level]) if split else level
    t.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=360, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False
    )
    t.train_from_iterator(CORPUS, trainer)
    return t


NEWER = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def main():
    with open(FILE, encoding="utf-8") as file:
        texts = json.load(file)["texts"]
    random.seed(0)
    made = {
        "gpt1": gpt1(),
        "unigram": unigram(),
        "byteFallback": byte_fallback(),
        "wordPiece": word_piece(),
        "byteLevelNFC": byte_level(None, normalizers.NFC(), True),
        "byteLevelSplit": byte_level(NEWER, None, False),
    }
    tokenizers = {}
    for name, tokenizer in made.items():
        encodings = [tokenizer.encode(text, add_special_tokens=False) for text in texts]
        cases = [{"ids": e.ids, "offsets": [n for pair in e.offsets for n in pair]} for e in encodings]
        decoded = [tokenizer.decode(e.ids, skip_special_tokens=False) for e in encodings]
        data = json.loads(tokenizer.to_str())
        tokenizers[name] = {"json": data, "cases": cases, "decoded": decoded}
    with open(FILE, "w", encoding="utf-8") as file:
        json.dump({"texts": texts, "tokenizers": tokenizers}, file, ensure_ascii=True, separators=(",", ":"))
        file.write("\n")


main()
