"""A member's process: the exchange with the other members, and the loop that reports, settles and pays."""
