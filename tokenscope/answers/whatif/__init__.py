"""What other settings and habits would have cost: every lever, its checks, and the card."""
