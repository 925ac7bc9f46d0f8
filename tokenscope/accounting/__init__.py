"""What several questions share: sums, the arithmetic of threads, and a history seen through a scope."""
