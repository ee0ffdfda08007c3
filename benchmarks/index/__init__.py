"""How fast the index reads, beside what one machine can do at all."""
