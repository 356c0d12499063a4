"""The simulated gateway: OAuth server, API gateway and the service behind them, over real HTTP.

Use it to try the client without credentials, and for your own integration tests. All its citizens are
fictional. It shares the number formats and the start-date window with the client, but not its protocol code:
the same mistake on both sides would stay hidden.
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
