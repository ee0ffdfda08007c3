"""One thin wrapper per contract: a typed method for each call, the block a parameter of each read."""
