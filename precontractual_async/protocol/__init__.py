"""The gateway's contract as pure functions: values in, values out.

No asyncio, no aiohttp, no files, no clock and no randomness in here: instants, jitter and ids are
parameters. A test holds this.
"""
