"""Who is let in, and for how long: in a time that the test makes."""

from __future__ import annotations

from datetime import timedelta

from support.console import Clock

from precontractual_async.console.gate import IDLE, LONGEST, Gate

SOON = timedelta(seconds=1)


def entered(gate: Gate) -> str:
    assert gate.once is not None
    session = gate.enter(gate.once)
    assert session is not None
    return session


def test_the_one_time_secret_opens_once() -> None:
    """Neither a wrong one nor the same again; and what was shown in forms before is worth nothing after."""
    gate = Gate(Clock())
    once, token = gate.once, gate.form_token
    assert once is not None
    assert gate.enter("") is None
    assert gate.enter("x" + once) is None
    session = gate.enter(once)
    assert session not in (None, once)
    assert gate.once is None
    assert gate.enter(once) is None
    assert gate.enter("") is None
    assert not gate.takes(token)
    assert gate.takes(gate.form_token)


def test_only_the_cookie_admits() -> None:
    gate = Gate(Clock())
    assert not gate.admits("")
    session = entered(gate)
    assert gate.admits(session)
    assert not gate.admits("")
    assert not gate.admits(session + "x")
    assert not gate.admits("é")


def test_an_idle_console_locks_itself() -> None:
    """Whoever looks now and then keeps it open; a page that listens by itself does not."""
    clock = Clock()
    gate = Gate(clock)
    session = entered(gate)
    for _ in range(3):
        clock.ahead += IDLE - SOON
        assert gate.admits(session)
    clock.ahead += IDLE - SOON
    assert gate.admits(session, is_a_look=False)
    clock.ahead += SOON * 2
    assert not gate.admits(session, is_a_look=False)
    assert not gate.admits(session)
    assert gate.once is not None
    assert gate.admits(entered(gate))
    assert not gate.admits(session)


def test_one_that_nobody_opened_stays_as_it_is() -> None:
    clock = Clock()
    gate = Gate(clock)
    once = gate.once
    clock.ahead += IDLE * 2
    gate.lock_when_idle()
    assert gate.once == once


def test_after_a_day_it_ends() -> None:
    clock = Clock()
    gate = Gate(clock)
    session = entered(gate)
    while clock.ahead < LONGEST - IDLE:
        clock.ahead += IDLE - SOON
        assert gate.admits(session)
    assert not gate.has_ended
    clock.ahead = LONGEST + SOON
    assert gate.has_ended
    assert not gate.admits(session)


def test_no_secret_is_shown() -> None:
    gate = Gate(Clock())
    secrets = [str(gate.once), gate.form_token, entered(gate), gate.form_token]
    assert not [each for each in secrets if each in repr(gate)]
