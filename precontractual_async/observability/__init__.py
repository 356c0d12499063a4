"""What happens inside, told to whoever wants to know: events, the observer port, the log, OpenTelemetry.

Begin with `events`: each is a frozen value without anybody's number. Silent by default.
"""
