"""What the counts say: growth, and who cites."""
