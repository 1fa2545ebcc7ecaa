"""Loads models that we wrote with Hugging Face's transformers and computes their logits in float64: FOLDER.

FOLDER/ids.json holds token ids; each other entry is a model folder, which gets theirs.safetensors. Prints loading problems as JSON.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM


@torch.no_grad()
def main():
    folder = Path(sys.argv[1])
    ids = torch.tensor([json.loads((folder / "ids.json").read_text())])
    problems = {}
    for path in sorted(p for p in folder.iterdir() if p.is_dir()):
        model, info = AutoModelForCausalLM.from_pretrained(
            path, dtype=torch.float32, output_loading_info=True, attn_implementation="eager"
        )
        wrong = {k: sorted(map(str, v)) for k, v in info.items() if v and k != "error_msgs"}
        if wrong or info.get("error_msgs"):
            problems[path.name] = wrong or info["error_msgs"]
        model = model.eval() if model.config.model_type == "gpt_neo" else model.eval().double()
        save_file({"logits": model(ids).logits.float().contiguous()}, path / "theirs.safetensors")
    print(json.dumps(problems))


main()
