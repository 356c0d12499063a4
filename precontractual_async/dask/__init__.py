"""Runs a batch on a Dask cluster; all its workers share one rate, one token and one view of an outage.

Begin with `client`, which does for a cluster what `PrecontractualClient` does for one process.
"""
