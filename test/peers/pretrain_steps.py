"""Trains a model that we wrote for some steps, in float64: FOLDER, and on standard input as JSON the batches of each step (rows of
tokens, each one longer than the sequence: every token is asked for the next one), learning rates, AdamW's settings, and held-out rows.

Prints the loss of each step before its update, the norm of its gradients, and the held-out loss before the first and after the last.
"""

import json
import sys

import torch
from precise import precise
from transformers import AutoModelForCausalLM


def loss_of(model, rows):
    rows = torch.tensor(rows)
    logits = model(rows[:, :-1]).logits
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())


def main():
    # The models are so small that threads would mostly wait for each other.
    torch.set_num_threads(1)
    given = json.load(sys.stdin)
    # For inference: without dropout. Gradients there are all the same.
    model = precise(AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype="auto", attn_implementation="eager"))
    parameters = list(model.parameters())
    decayed = [p for p in parameters if p.dim() >= 2]
    others = [p for p in parameters if p.dim() < 2]
    optimizer = torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": given["weightDecay"]},
            {"params": others, "weight_decay": 0.0},
        ],
        betas=(given["beta1"], given["beta2"]),
        eps=given["epsilon"],
    )
    with torch.no_grad():
        before = loss_of(model, given["heldOut"]).item()
    losses, norms = [], []
    for rows, rate in zip(given["batches"], given["rates"]):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_of(model, rows)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(parameters, given["maxGradNorm"]).item())
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        after = loss_of(model, given["heldOut"]).item()
    print(json.dumps({"losses": losses, "norms": norms, "heldOut": [before, after]}))


main()
