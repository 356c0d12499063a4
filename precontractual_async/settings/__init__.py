"""What can be set, and how it is read: arguments, environment variables, a TOML profile, secret files.

Begin with `settings`: every value with its default and its bounds. `loading` is where they come from.
"""
