"""The loop's steps, in order; each may be repeated at any time and does nothing when nothing is due."""
