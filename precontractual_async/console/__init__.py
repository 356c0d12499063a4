"""A local web page for people without a terminal: drop a list, start, watch, act, download.

Uses the same engine as the command. Needs the dependencies of the extra `console`. Neither the library nor
any other command imports this package.
"""
