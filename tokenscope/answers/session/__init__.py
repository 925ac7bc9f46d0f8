"""Parts of answers about sessions."""
