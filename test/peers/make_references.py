"""Makes random models with Hugging Face's transformers, and what they compute, in the form of test/fixtures: OUT SEED."""

import json
import random
import sys
from pathlib import Path

import torch
from precise import precise
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel, GPTNeoConfig, GPTNeoForCausalLM, OpenAIGPTConfig, OpenAIGPTLMHeadModel

T = 40
NO_ENDS = dict(bos_token_id=None, eos_token_id=None)


def sizes(draw):
    heads = draw.choice([1, 2, 3, 4])
    return dict(NO_ENDS, n_layer=draw.randint(2, 4), n_head=heads, n_embd=heads * draw.choice([7, 8, 12, 15, 16]),
                n_positions=draw.randint(T + 16, 100), vocab_size=draw.randint(60, 200),
                layer_norm_epsilon=draw.choice([1e-5, 1e-6, 1e-3]))


def gpt1(draw, **keys):
    return OpenAIGPTLMHeadModel, OpenAIGPTConfig(**sizes(draw), **keys)


def gpt2(draw, **keys):
    return GPT2LMHeadModel, GPT2Config(**sizes(draw), **keys)


def neo(draw, **keys):
    size = sizes(draw)
    names = dict(n_layer="num_layers", n_head="num_heads", n_embd="hidden_size", n_positions="max_position_embeddings")
    kinds = [draw.choice(["global", "local"]) for _ in range(size["n_layer"] - 1)] + ["local"]
    return GPTNeoForCausalLM, GPTNeoConfig(**{names.get(key, key): value for key, value in size.items()},
                                           attention_types=[[kinds, 1]], window_size=draw.randint(1, 20), **keys)


def models(draw):
    """By name: the class, its configuration, and how it is stored."""
    return {
        "openai-gpt": (*gpt1(draw), {}),
        "openai-gpt-relu": (*gpt1(draw, afn="relu"), {}),
        "openai-gpt-silu": (*gpt1(draw, afn="silu"), {}),
        "openai-gpt-half": (*gpt1(draw), {"dtype": torch.float16}),
        "gpt2": (*gpt2(draw), {}),
        "gpt2-untied": (*gpt2(draw, tie_word_embeddings=False, n_inner=draw.randint(30, 120)), {}),
        "gpt2-inverse": (*gpt2(draw, scale_attn_by_inverse_layer_idx=True), {}),
        "gpt2-unscaled": (*gpt2(draw, scale_attn_weights=False, activation_function="relu"), {}),
        "gpt2-gelu": (*gpt2(draw, activation_function="gelu"), {}),
        "gpt2-silu": (*gpt2(draw, activation_function="silu"), {}),
        "gpt2-quick": (*gpt2(draw, activation_function="quick_gelu"), {}),
        "gpt2-half": (*gpt2(draw), {"dtype": torch.float16}),
        "gpt2-brain": (*gpt2(draw), {"dtype": torch.bfloat16}),
        "gpt2-shards": (*gpt2(draw), {"max_shard_size": "20KB"}),
        "gpt_neo": (*neo(draw), {}),
        "gpt_neo-gelu": (*neo(draw, activation_function="gelu", intermediate_size=draw.randint(30, 120)), {}),
        "gpt_neo-brain-shards": (*neo(draw), {"dtype": torch.bfloat16, "max_shard_size": "20KB"}),
    }


def fill(model, generator):
    """Weights large enough that every part of the model matters."""
    for name, p in model.named_parameters():
        if p.dim() == 1:
            p.data = (1.0 if "ln" in name and name.endswith("weight") else 0.0) + 0.1 * torch.randn(p.shape, generator=generator)
        else:
            spread = 0.4 if any(part in name for part in ("wte", "tokens_embed", "lm_head")) else 0.2
            p.data = spread * torch.randn(p.shape, generator=generator)


def observe(model):
    """Records what each attention, MLP and block gives."""
    seen = {"attn_out": [], "mlp_out": [], "block_out": []}

    def hook(name):
        return lambda _, __, output: seen[name].append(output[0] if isinstance(output, (tuple, list)) else output)

    handles = []
    for block in model.transformer.h:
        for part, name in ((block.attn, "attn_out"), (block.mlp, "mlp_out"), (block, "block_out")):
            handles.append(part.register_forward_hook(hook(name)))
    return seen, handles


def run_case(model, name, ids, mask, positions, tensors):
    seen, handles = observe(model)
    kwargs = dict(attention_mask=mask, position_ids=positions, output_hidden_states=True, output_attentions=True)
    result = model(ids, **{k: v for k, v in kwargs.items() if v is not None})
    for handle in handles:
        handle.remove()
    logits = result.logits
    logprobs = logits.log_softmax(-1)
    labels = ids.clone()
    if mask is not None:
        labels[mask == 0] = -100
    if name == "left_pad":
        first = mask.argmax(-1)
        labels[torch.arange(len(ids)), first] = -100
    targets = labels[:, 1:]
    chosen = logprobs[:, :-1].gather(-1, targets.clamp(min=0)[..., None])[..., 0]
    # What stands at padding means nothing and is 0.
    real = torch.ones_like(ids) if mask is None else mask
    tensors[f"{name}.logits"] = logits * real[..., None]
    tensors[f"{name}.hidden_states"] = torch.stack(result.hidden_states) * real[..., None]
    tensors[f"{name}.attentions"] = torch.stack(result.attentions) * real[:, None, :, None]
    tensors[f"{name}.token_logprobs"] = logprobs[:, :-1].gather(-1, ids[:, 1:, None])[..., 0] * real[:, 1:] * real[:, :-1]
    if name == "plain":
        for key, values in seen.items():
            tensors[f"{name}.{key}"] = torch.stack(values)
    rows = [row if mask is None else row[mask[i] == 1] for i, row in enumerate(ids)]
    last = [len(row) - 1 if name != "left_pad" else T - 1 for row in rows]
    six = torch.stack([logprobs[i, at] for i, at in enumerate(last)]).topk(6)
    if (six.values[:, :-1] - six.values[:, 1:]).min() < 0.001:
        raise ArithmeticError("a tie")
    return {
        "input_ids": ids.tolist(),
        "attention_mask": None if mask is None else mask.tolist(),
        "position_ids": None if positions is None else positions.tolist(),
        "labels": labels.tolist(),
        "loss": -chosen[targets != -100].mean().item(),
        "last_position": last,
        "top5_ids": six.indices[:, :5].tolist(),
        "top5_logprobs": six.values[:, :5].tolist(),
        "greedy_16": [greedy(model, row) for row in rows],
    }


def greedy(model, row):
    out = []
    for _ in range(16):
        logits = model(torch.cat([row, torch.tensor(out, dtype=torch.long)])[None]).logits[0, -1]
        two = logits.topk(2).values
        if two[0] - two[1] < 0.01:
            raise ArithmeticError("a tie")
        out.append(int(logits.argmax()))
    return out


def cases(model, generator, vocabulary):
    ids = torch.randint(1, vocabulary, (2, T), generator=generator)
    pad = T // 3
    right, left = ids.clone(), ids.clone()
    right_mask, left_mask = torch.ones_like(ids), torch.ones_like(ids)
    right[1, T - pad:], right_mask[1, T - pad:] = 0, 0
    left[1] = torch.cat([torch.zeros(pad, dtype=torch.long), ids[1, : T - pad]])
    left_mask[1, :pad] = 0
    positions = (left_mask.cumsum(-1) - 1).clamp(min=0)
    tensors = {}
    done = {
        "plain": run_case(model, "plain", ids, None, None, tensors),
        "right_pad": run_case(model, "right_pad", right, right_mask, None, tensors),
        "left_pad": run_case(model, "left_pad", left, left_mask, positions, tensors),
    }
    return done, tensors


def make(folder, kind, config, options, seed):
    config._attn_implementation = "eager"
    for attempt in range(50):
        generator = torch.Generator().manual_seed(seed + attempt)
        model = kind(config)
        fill(model, generator)
        model = model.to(options.get("dtype", torch.float32))
        shard = {"max_shard_size": options["max_shard_size"]} if "max_shard_size" in options else {}
        model.save_pretrained(folder, **shard)
        try:
            done, tensors = cases(precise(model), generator, config.vocab_size)
        except ArithmeticError:
            continue
        (folder / "expected.json").write_text(json.dumps({"cases": done}))
        save_file({k: v.float().contiguous() for k, v in tensors.items()}, folder / "expected.safetensors")
        return
    raise RuntimeError(f"{folder.name}: a tie in every attempt")


@torch.no_grad()
def main():
    out, seed = Path(sys.argv[1]), int(sys.argv[2])
    for i, (name, (kind, config, options)) in enumerate(models(random.Random(seed)).items()):
        folder = out / name
        folder.mkdir(parents=True)
        make(folder, kind, config, options, seed + 100 * i)


main()
