"""Loads classifiers and LoRA adapters that we wrote with transformers and PEFT, and computes their logits in float64: FOLDER.

FOLDER/ids.json holds a padded batch of token ids and its attention mask. FOLDER/NAME/classifier is a model, FOLDER/NAME/adapter an adapter
of FOLDER/NAME/base, FOLDER/NAME/merged both in one. Writes FOLDER/NAME/theirs.safetensors and prints problems of loading, as JSON.
"""

import json
import sys
from pathlib import Path

import torch
from peft import PeftModel
from precise import precise
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForSequenceClassification


def load(path, config=None):
    model, info = AutoModelForSequenceClassification.from_pretrained(
        path, config=config, dtype="auto", output_loading_info=True, attn_implementation="eager"
    )
    return model, {key: sorted(map(str, value)) for key, value in info.items() if value}


def read(folder, batch):
    ids, mask = torch.tensor(batch["ids"]), torch.tensor(batch["mask"])
    logits = lambda model: precise(model)(input_ids=ids, attention_mask=mask).logits.float().contiguous()
    classifier, problems = load(folder / "classifier")
    merged, merged_problems = load(folder / "merged")
    # The base has no head yet: it is the adapter's.
    base, _ = load(folder / "base", AutoConfig.from_pretrained(folder / "adapter"))
    adapted = PeftModel.from_pretrained(base, folder / "adapter")
    found = {"classifier": logits(classifier), "merged": logits(merged), "adapter": logits(adapted)}
    save_file(found, folder / "theirs.safetensors")
    labels = [classifier.config.id2label[i] for i in range(classifier.config.num_labels)]
    return {"classifier": problems, "merged": merged_problems, "labels": labels}


@torch.no_grad()
def main():
    folder = Path(sys.argv[1])
    batch = json.loads((folder / "ids.json").read_text())
    print(json.dumps({path.name: read(path, batch) for path in sorted(folder.iterdir()) if path.is_dir()}))


main()
