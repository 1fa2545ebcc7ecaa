"""Fine-tunes with PyTorch what we fine-tune, from the same start on the same batches: JOB.json. Prints the losses of every step, as JSON.

JOB: method (full, lora or head), start (folder of a classifier; for LoRA, of the adapter with its base in `base`), lm_coef, optimizer, and
steps with their learning rate and batch: ids, mask, extract, labels. Runs in float64, without dropout.
"""

import json
import sys

import torch
from peft import PeftModel
from precise import precise
from torch.nn.functional import cross_entropy
from transformers import AutoConfig, AutoModelForSequenceClassification


def load(job):
    path = job["base"] if job["method"] == "lora" else job["start"]
    config = AutoConfig.from_pretrained(job["start"])
    model = AutoModelForSequenceClassification.from_pretrained(path, config=config, attn_implementation="eager")
    if job["method"] == "lora":
        model = PeftModel.from_pretrained(model, job["start"], is_trainable=True)
    model = precise(model).eval()  # no dropout
    if job["method"] == "head":
        model.requires_grad_(False)
        model.score.requires_grad_(True)
    return model


def losses(model, batch, lm_coef):
    inner = model.base_model.model if isinstance(model, PeftModel) else model
    ids, mask = torch.tensor(batch["ids"]), torch.tensor(batch["mask"])
    hidden = inner.transformer(input_ids=ids, attention_mask=mask).last_hidden_state
    states = hidden.flatten(0, 1)[torch.tensor(batch["extract"])]
    task = cross_entropy(inner.score(states), torch.tensor(batch["labels"]))
    if lm_coef == 0:
        return task, task, None
    logits = hidden[:, :-1] @ inner.transformer.get_input_embeddings().weight.T
    targets = ids[:, 1:].masked_fill(mask[:, 1:] == 0, -100)
    lm = cross_entropy(logits.flatten(0, 1), targets.flatten())
    return task + lm_coef * lm, task, lm


def main():
    job = json.load(open(sys.argv[1]))
    model = load(job)
    trained = [p for p in model.parameters() if p.requires_grad]
    o = job["optimizer"]
    groups = [
        {"params": [p for p in trained if p.dim() > 1], "weight_decay": o["weightDecay"]},
        {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, betas=(o["beta1"], o["beta2"]), eps=o["epsilon"])
    found = []
    for step in job["steps"]:
        for group in optimizer.param_groups:
            group["lr"] = step["learningRate"]
        optimizer.zero_grad()
        loss, task, lm = losses(model, step["batch"], job["lmCoef"])
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trained, o["maxGradNorm"])
        optimizer.step()
        found.append({"loss": loss.item(), "task": task.item(), "lm": None if lm is None else lm.item(), "norm": norm.item()})
    print(json.dumps({"steps": found, "trained": sum(p.numel() for p in trained)}))


main()
