"""What is in scope, and what it came to: responses, activity, periods, rebuilds."""
