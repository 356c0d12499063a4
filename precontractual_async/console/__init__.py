"""A page on one's own machine for whoever has no terminal: drop a list, start, watch, act, download.

Uses the same engine as the command. Needs what the extra `console` installs. Neither the library nor another
command imports any of it.
"""
