"""Training the agent `compact` with GRPO; needs the extra `train` (torch, safetensors).

    from memenv_baselines.training.settings import Settings
    from memenv_baselines.training.grpo import train

    log = train(Settings(steps=50), "checkpoints/mine")

`settings` what can be chosen, `rollout` how groups are played and graded, `network` the policy in
torch, `grpo` the loss and the loop, `checkpoints` what is on disk.
"""
