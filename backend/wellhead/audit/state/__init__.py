"""Code, wiring and state of a deployment at one block."""
