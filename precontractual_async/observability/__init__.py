"""Reports what happens inside the package: events, the observer port, the log, OpenTelemetry.

Begin with `events`: each is a frozen value without personal data. By default nothing is reported.
"""
