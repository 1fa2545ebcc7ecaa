"""Tokenizes texts with the tokenizer that Hugging Face's transformers finds in FOLDER: a JSON list of texts on standard input; on
standard output, for each text, the ids and their places in code points."""

import json
import sys

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])


def encode(text):
    encoding = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    return {"ids": encoding["input_ids"], "places": encoding["offset_mapping"]}


print(json.dumps([encode(text) for text in json.load(sys.stdin)]))
