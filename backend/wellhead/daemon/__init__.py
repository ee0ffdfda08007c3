"""The daemon: what a member runs."""
