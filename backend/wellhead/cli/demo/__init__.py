"""`wellhead demo`: the whole line once, from a machine's samples to a payout and its audit."""
