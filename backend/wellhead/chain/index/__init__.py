"""The index: every event of every contract of a deployment as typed rows, kept equal to the chain."""
