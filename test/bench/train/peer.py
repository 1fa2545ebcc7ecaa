"""PyTorch's optimizer steps, one for each line read: peer.py FOLDER SETTINGS. As worker.ts, whose batches it has."""
import json
import os
import resource
import sys
import time

import torch
from transformers import GPT2ForSequenceClassification, GPT2LMHeadModel

folder, settings = sys.argv[1], json.loads(sys.argv[2])
torch.set_num_threads(2)
torch.manual_seed(1)
rows, length, vocabulary = settings["rows"], settings["length"], settings["vocabSize"]
what, rate = settings["what"], settings["dropout"]
options = dict(attn_implementation="sdpa", embd_pdrop=rate, resid_pdrop=rate, attn_pdrop=rate, use_cache=False)
if what == "full":
    model = GPT2LMHeadModel.from_pretrained(folder, **options)
else:
    model = GPT2ForSequenceClassification.from_pretrained(folder, num_labels=2, pad_token_id=vocabulary, **options)
    if what == "lora":
        from peft import LoraConfig, get_peft_model

        config = LoraConfig(r=8, lora_alpha=16, lora_dropout=0.0, target_modules=["c_attn"], fan_in_fan_out=True, modules_to_save=["score"], task_type="SEQ_CLS")
        model = get_peft_model(model, config)
    else:
        for parameter in model.transformer.parameters():
            parameter.requires_grad = False
model.train()
if what == "head":
    model.transformer.eval()
trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
groups = [
    {"params": [p for p in trained if p.dim() > 1], "weight_decay": 0.01},
    {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW([g for g in groups if g["params"]], lr=settings["learningRate"], fused=True)


def step(count):
    ids = [(i * 7919 + count * 104729 + 13) % vocabulary for i in range(rows * length)]
    ids = torch.tensor(ids).view(rows, length)
    if what == "full":
        loss = model(input_ids=ids, labels=ids).loss
    else:
        labels = torch.tensor([(row + count) % 2 for row in range(rows)])
        loss = model(input_ids=ids, labels=labels).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss.item()


print("ready", flush=True)
count = 0
for line in sys.stdin:
    if line.strip() == "end":
        break
    start, used = time.perf_counter(), os.times()
    loss = step(count)
    now = os.times()
    count += 1
    seconds = time.perf_counter() - start
    cpu = now.user - used.user + now.system - used.system
    print(json.dumps({"seconds": seconds, "loss": loss, "cpuSeconds": cpu}), flush=True)
print(json.dumps({"peakMemoryMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)
