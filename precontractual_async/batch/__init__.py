"""Many questions: fanned out by the pool, folded per citizen by the aggregator."""
