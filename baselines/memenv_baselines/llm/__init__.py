"""Language models as policies: their prompts, traces to learn from, training with TRL.

What trains a model is imported when it is used (`pip install "memenv[train]"`); styles, traces and
the play of groups need the base install alone.

    memenv data traces --agent oracle --env overrides --size 3 --capacity 0.2 -o traces.jsonl
    memenv train llm --preset tiny --env overrides --size 3 --output tiny
"""
