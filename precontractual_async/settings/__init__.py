"""All settings, and how they are read: from arguments, environment variables, a TOML profile, secret files.

Begin with `settings`: every value with its default and its bounds. `loading` reads them from their sources.
"""
