"""Runs the tasks of FOLDER named on standard input (a JSON list) with lm-evaluation-harness on the model in MODEL. Prints JSON: for each
task its metrics, and for each row what was asked and what the model said."""

import json
import os
import sys

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false", LMEVAL_LOG_LEVEL="ERROR")

import torch
from lm_eval import simple_evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

torch.set_num_threads(1)
model, folder = sys.argv[1:]
# Data files are named relative to the folder that the tasks are run in.
os.chdir(folder)
results = simple_evaluate(
    model=HFLM(pretrained=model, device="cpu", dtype="float32", batch_size=8),
    tasks=json.load(sys.stdin),
    task_manager=TaskManager(include_path=folder, include_defaults=False),
    log_samples=True,
    bootstrap_iters=0,
)


def row(sample):
    asked = [list(arguments) for arguments in sample["arguments"]]
    said = [answer[0][0] if isinstance(answer[0], (list, tuple)) else answer[0] for answer in sample["resps"]]
    return {"asked": asked, "said": said, "target": sample["target"]}


metrics = {
    task: {name.split(",")[0]: value for name, value in found.items() if "," in name and isinstance(value, float)}
    for task, found in results["results"].items()
}
rows = {
    task: [row(sample) for sample in sorted(samples, key=lambda sample: sample["doc_id"])]
    for task, samples in results["samples"].items()
}
print(json.dumps({"metrics": metrics, "rows": rows}))
