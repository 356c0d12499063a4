"""The same batch on a Dask cluster: one rate, one token and one outage for all its workers.

Begin with `client`, which does for a cluster what `PrecontractualClient` does for one process.
"""
