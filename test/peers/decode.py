"""Decodes with the model in FOLDER as Hugging Face's transformers does. Standard input: JSON with `prompt` (ids), `beams` (options of
`generate`), `greedy` (likewise) and `drawn` (generated ids with the options that they were drawn with); on standard output the same keys
with texts and scores, a text, and the probabilities that the tokens were drawn with."""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, LogitsProcessorList
from transformers.generation import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

torch.set_num_threads(1)
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32)
model.eval()
request = json.load(sys.stdin)
prompt = torch.tensor([request["prompt"]])
length = prompt.shape[1]


def generate(options):
    # JSON knows no difference between 2 and 2.0, which transformers does.
    options = {name: float(x) if name.endswith("penalty") else x for name, x in options.items()}
    standard = {"do_sample": False, "pad_token_id": 0, "return_dict_in_generate": True, "output_scores": True}
    return model.generate(prompt, attention_mask=torch.ones_like(prompt), **standard, **options)


def beams(options):
    found = generate({**options, "num_return_sequences": options["num_beams"]})
    return [
        {"ids": ids[length:].tolist(), "score": score.item()}
        for ids, score in zip(found.sequences, found.sequences_scores)
    ]


def drawn(case):
    processors = LogitsProcessorList(
        [
            RepetitionPenaltyLogitsProcessor(float(case["repetitionPenalty"])),
            TemperatureLogitsWarper(float(case["temperature"])),
            *([TopKLogitsWarper(case["topK"])] if case["topK"] else []),
            TopPLogitsWarper(float(case["topP"])),
            MinPLogitsWarper(float(case["minP"])),
        ]
    )
    ids = torch.cat([prompt, torch.tensor([case["ids"]])], dim=1)
    logits = model(ids).logits
    probabilities = [
        processors(ids[:, :end], logits[:, end - 1].clone()).softmax(-1)[0, ids[0, end]].item()
        for end in range(length, ids.shape[1])
    ]
    return probabilities


with torch.no_grad():
    print(
        json.dumps(
            {
                "beams": [beams(options) for options in request["beams"]],
                "greedy": [generate(options).sequences[0, length:].tolist() for options in request["greedy"]],
                "drawn": [drawn(case) for case in request["drawn"]],
            }
        )
    )
