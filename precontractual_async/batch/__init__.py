"""Many questions: the worker pool asks them, the aggregator sums up their outcomes per citizen."""
