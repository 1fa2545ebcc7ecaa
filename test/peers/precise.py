"""Runs Hugging Face's models in float64, without a change to their code."""

import torch
from transformers.models.gpt_neo import modeling_gpt_neo


class Float64Torch:
    """`torch` as GPT-Neo's code sees it: its attention casts to torch.float32, and finds float64 by that name."""

    float32 = torch.float64

    def __getattr__(self, name):
        return getattr(torch, name)


modeling_gpt_neo.torch = Float64Torch()


def precise(model):
    """The model for inference in float64."""
    return model.eval().double()
