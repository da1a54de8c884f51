"""Modules that need the extra `train` have their doctests looked for where it is installed."""

import importlib.util

collect_ignore = (
    []
    if importlib.util.find_spec("torch")
    else [
        *(f"memenv_baselines/training/{name}.py" for name in ("checkpoints", "grpo", "network")),
        *(f"memenv_baselines/llm/{name}.py" for name in ("trainer", "warm")),
    ]
)
