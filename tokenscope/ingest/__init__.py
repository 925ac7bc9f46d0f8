"""From folders to the store: discover -> read -> decode -> load. The only place that knows raw JSON keys."""
