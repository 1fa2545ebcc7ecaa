"""Loads models that we wrote with Hugging Face's transformers and computes their logits in float64: FOLDER.

FOLDER/ids.json holds a batch of token ids; each folder beside it is a model, which gets theirs.safetensors. Prints what was found, as
JSON: by model, problems of loading, type of the weights and number of parameters.
"""

import json
import sys
from pathlib import Path

import torch
from precise import precise
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM


def read(path, ids):
    model, info = AutoModelForCausalLM.from_pretrained(
        path, dtype="auto", output_loading_info=True, attn_implementation="eager"
    )
    found = {
        "problems": {key: sorted(map(str, value)) for key, value in info.items() if value},
        "dtype": str(model.dtype).removeprefix("torch."),
        "parameters": sum(p.numel() for p in model.parameters()),
    }
    save_file({"logits": precise(model)(ids).logits.float().contiguous()}, path / "theirs.safetensors")
    return found


@torch.no_grad()
def main():
    folder = Path(sys.argv[1])
    ids = torch.tensor(json.loads((folder / "ids.json").read_text()))
    print(json.dumps({path.name: read(path, ids) for path in sorted(folder.iterdir()) if path.is_dir()}))


main()
