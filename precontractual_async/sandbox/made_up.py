"""A list of made-up people, for who tries it: as payroll offices get it, with mistakes.

Everybody on it lives in the sandbox. Refuses to know what is done with it.
"""

from __future__ import annotations

from typing import Final

from .population import generate_ssins

_JOBS: Final = ("kassa", "keuken", "bar", "réassort", "Lagerhilfe")


def made_up_list(count: int, seed: int) -> str:
    """A list as payroll offices get it: dots, lost zeros, a duplicate and a typing mistake now and then."""
    lines = ["Kandidaat;INSZ;Functie"]
    for position, digits in enumerate(generate_ssins(count, seed), 1):
        lines.append(f"Kandidaat {position};{_written(digits, position)};{_JOBS[position % len(_JOBS)]}")
        if position % 50 == 0:
            lines.append(f"Kandidaat {position} (bis);{digits};{_JOBS[0]}")
    return "\r\n".join(lines) + "\r\n"


def _written(digits: str, position: int) -> str:
    if position % 40 == 0:
        return digits[:-2] + f"{(int(digits[-2:]) + 1) % 98:02}"
    if position % 3 == 0:
        return f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:9]}.{digits[9:]}"
    return digits.lstrip("0") if position % 3 == 1 else digits
