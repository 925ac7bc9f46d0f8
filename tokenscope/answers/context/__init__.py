"""Parts of answers about what sat in contexts."""
