"""The simulated gateway: OAuth server, API gateway and the service behind them, over real HTTP.

For trying the client without credentials, and for one's own integration tests. Everybody in it is
fictional. It shares the numbers and the window with the client, but no line of its protocol: a
counterpart that had the same mistakes would hide them.
"""

from .faults import Faults
from .oauth import Kind, Registration
from .population import SCENARIOS, Citizen, Population, generate_ssins
from .server import Sandbox
from .thread import in_thread

__all__ = [
    "SCENARIOS",
    "Citizen",
    "Faults",
    "Kind",
    "Population",
    "Registration",
    "Sandbox",
    "generate_ssins",
    "in_thread",
]
