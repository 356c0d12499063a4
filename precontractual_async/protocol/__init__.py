"""The gateway's contract as pure functions: values in, values out.

Nothing here uses asyncio, aiohttp, files, a clock or randomness: instants, jitter and ids are parameters.
A test checks this.
"""
