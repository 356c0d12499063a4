"""One allowed rate and one bearer token for several processes or machines, through Redis.

Begin with `shared_resources`, which opens and closes everything. `allocator` and `slot_requester` are pure
arithmetic; `redis` is the adapter; `encryption` encrypts the token that Redis holds.
"""
