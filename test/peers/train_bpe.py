"""Trains a byte-level vocabulary with Hugging Face's `tokenizers` on texts of standard input, a JSON list: SIZE. Prints its merges."""

import json
import sys

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
trainer = trainers.BpeTrainer(
    vocab_size=int(sys.argv[1]),
    min_frequency=2,
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False,
)
tokenizer.train_from_iterator(json.load(sys.stdin), trainer)
print(json.dumps(json.loads(tokenizer.to_str())["model"]["merges"]))
