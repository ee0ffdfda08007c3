"""Gas of the contracts' jobs: whole transactions, in steady state, on one in-process EVM."""
