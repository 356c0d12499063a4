"""One allowed rate and one bearer token for several processes or machines, through Redis.

Begin with `sharing`, which opens and closes all of it. `allocator` and `requester` are the arithmetic, pure;
`redis` is the adapter; `encryption` seals what Redis holds.
"""
