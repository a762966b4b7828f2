"""When to train again: policies, their backtest, and the pull request that proposes a new model."""
