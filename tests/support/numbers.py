"""Numbers for tests: belgif's published ones, the manual's, and generated ones. Never a person's."""

from __future__ import annotations

import random
from collections.abc import Iterator

VALID_SSINS = [
    "23292805780",
    "81050003552",
    "92200006963",
    "10200100128",
    "24203200171",
    "92321506985",
    "92400006909",
    "10400100171",
    "92521506931",
    "70252501507",
    "92471506993",
    "19282416134",
    "80240199943",
    "81000003517",
    "10000100182",
    "00003241778",
    "81120103571",
    "81050103522",
    "19082416188",
    "53480200724",
    "07010189901",
    "10010190162",
]
INVALID_SSINS = ["81130103578", "81043103522", "81023003522"]

CITIZEN = "07010189901"
ENTERPRISE = "0880820673"
MANDATARY = "0400000086"


def generated(count: int, seed: int = 1) -> Iterator[str]:
    """Distinct fictional numbers with good check digits."""
    draw = random.Random(seed)
    seen: set[str] = set()
    while len(seen) < count:
        year, month, day = draw.randint(0, 99), draw.randint(1, 12), draw.randint(1, 28)
        body = f"{year:02}{month:02}{day:02}{draw.randint(1, 997):03}"
        number = f"{body}{97 - int(body) % 97:02}"
        if number not in seen:
            seen.add(number)
            yield number


def enterprises(count: int, seed: int = 1) -> Iterator[str]:
    """As many different numbers of enterprises, none of which could be a citizen's without its zeros."""
    draw = random.Random(seed)
    for body in draw.sample(range(6_000_000, 9_999_999), count):
        yield f"0{body}{97 - body % 97:02}"
