"""Tokenizes texts with Hugging Face's byte-level BPE: VOCAB MERGES, a JSON list of texts on standard input; ids on standard output."""

import json
import sys

from tokenizers import ByteLevelBPETokenizer

tokenizer = ByteLevelBPETokenizer.from_file(sys.argv[1], sys.argv[2], add_prefix_space=False)
texts = json.load(sys.stdin)
print(json.dumps([tokenizer.encode(text).ids for text in texts]))
