"""Replay from the chain and the published files alone, and compare: nobody's word is needed."""
