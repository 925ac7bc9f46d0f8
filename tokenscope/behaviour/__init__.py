"""How the work went: steps, asks, subagents, failures, light stretches."""
