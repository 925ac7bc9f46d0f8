"""What could be changed, over all questions: each change with what it would have saved, and no token claimed twice."""
