"""The canary itself: a leak that is planted in a test fails that test, in each channel and in each form."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from textwrap import indent
from urllib.parse import quote, quote_plus

import pytest
from support import virtual
from support.canary import Canary, readings
from support.journals import pending
from support.numbers import CITIZEN
from support.ways import BODY, TOKEN, Way, reference_of

from precontractual_async.protocol.wire import HttpRequest

TESTS = Path(__file__).parent.parent
SECRET = "s3cr3t/of=the+tests~?>"


@pytest.fixture(autouse=True)
def canary() -> None:
    """Nobody watches these: they plant leaks."""


# --- the forms --------------------------------------------------------------------------------------

FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "escaped": lambda secret: quote(secret, safe=""),
    "of a form": quote_plus,
    "escaped twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "hex": lambda secret: secret.encode().hex(),
    "upper-case hex": lambda secret: secret.encode().hex().upper(),
    "half a byte before hex": lambda secret: "a" + secret.encode().hex(),
    "base64": lambda secret: base64.b64encode(f"Bearer {secret}".encode()).decode(),
    "base64, one further": lambda secret: base64.b64encode(f"x{secret}yyy".encode()).decode(),
    "base64, two further": lambda secret: base64.b64encode(f"xx{secret}".encode()).decode(),
    "base64 for URLs": lambda secret: base64.urlsafe_b64encode(f"{secret}~~~???".encode()).decode(),
    "base64, escaped": lambda secret: quote(base64.b64encode(secret.encode()).decode(), safe=""),
    "base64, unpadded": lambda secret: base64.b64encode(secret.encode()).decode().rstrip("="),
    "base64 of hex": lambda secret: base64.b64encode(secret.encode().hex().encode()).decode(),
    "UTF-16 in a repr": lambda secret: repr(secret.encode("utf-16")),
}


def found(secret: str, said: str | bytes) -> bool:
    canary = Canary({"secret": secret})
    canary.hear("somewhere", said)
    return canary.hits() == [("somewhere", "secret")]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", [SECRET, CITIZEN, reference_of(CITIZEN)])
def test_every_form_is_found(form: str, secret: str) -> None:
    """Between other words, and as part of one."""
    written = FORMS[form](secret)
    assert found(secret, f"before {written} after")
    assert found(secret, f"name={written}&more")


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_characters_are_found(codec: str) -> None:
    """As Windows writes text, and in base64."""
    wide = f"before {SECRET} after".encode(codec)
    assert found(SECRET, wide)
    assert found(SECRET, base64.b64encode(wide))


@pytest.mark.parametrize(
    "written", ["07.01.01-899.01", "7010189901", "7010189901.0", "070101 899 01", "07/01/01-89901"]
)
def test_a_number_as_people_and_spreadsheets_write_it(written: str) -> None:
    """With separators, and without its zero."""
    assert found(CITIZEN, f"the number {written}, and 2026-12-01")


def test_what_is_shorter_than_eight_bytes_is_refused() -> None:
    """It would be found by chance; and a number of seven digits without its zeros is not looked for."""
    with pytest.raises(ValueError, match=r"too short to be looked for: \['pin'\]"):
        Canary({"pin": "1234567"}).hits()
    canary = Canary({})
    canary.learn("token", "t0ken")
    assert (canary.secrets, canary.carried) == ({}, {"token"})
    assert not found("00003241778", "3241778")
    assert found("00013241708", "13241708")


def test_what_is_clean_is_read_as_little_else() -> None:
    """Without digits, escapes and long words there is one reading."""
    assert list(readings(b"the gateway answered 500")) == [b"the gateway answered 500"]
    assert not found(CITIZEN, "07.*.*-***.**, 07010189902, and *********01")


# --- the channels -----------------------------------------------------------------------------------

PREPARED = """
import asyncio, logging, os, subprocess, sys, tempfile, warnings
import pytest
from support import virtual
from support.canary import PACKAGE
from support.numbers import CITIZEN
from support.ways import BODY, TOKEN, Way, reply
from precontractual_async import Candidate, InvalidQuery, ServerError, verify_many
from precontractual_async.protocol.wire import HttpRequest

PRINTED = {printed}
lines = {{}}
exec(compile('''
def ours(text):
    raise ValueError("fine")
def process_of_ours(word, **variables):
    import subprocess, sys
    waiting = [sys.executable, "-c", "import sys; sys.stdin.read()", word]
    subprocess.run(waiting, env=variables, input=b"x", check=True)
def ours_with_a_cause(text, error):
    try:
        ours(text)
    except ValueError as cause:
        raise error("fine") from cause
''', PACKAGE + "/planted.py", "exec"), lines)
ours, ours_with_a_cause = lines["ours"], lines["ours_with_a_cause"]
process_of_ours = lines["process_of_ours"]

def verified(client, *args):
    async def main():
        async with client:
            return await client.verify(*args)
    return virtual.run(main())

def told(client, questions):
    async def main():
        async with client:
            return [outcome async for outcome in verify_many(client, questions)]
    return virtual.run(main())

def raising(error):
    def api(_):
        raise error
    return Way(api)

def chained(error, **links):
    for name, linked in links.items():
        setattr(error, name, linked)
    return error

def process(code, *more, **options):
    subprocess.run([sys.executable, "-c", code, *more], capture_output=True, check=True, **options)
"""

LEAKS = {
    "a log": ("log aiohttp.client", 'logging.getLogger("aiohttp.client").debug("sent %s", TOKEN)'),
    "arguments of a log": ("log x", 'logging.getLogger("x").info("%.1s", TOKEN)'),
    "fields of a log": ("log x", 'logging.getLogger("x").info("fine", extra={"url": CITIZEN})'),
    "an error in a log": (
        "ValueError locals of ours",
        'try:\n    ours(BODY)\nexcept ValueError:\n    logging.getLogger("asyncio").exception("fine")',
    ),
    "print": ("stdout", "print(TOKEN)"),
    "the descriptor of output": ("stdout", "os.write(1, TOKEN.encode())"),
    "print to standard error": ("stderr", "print(TOKEN, file=sys.stderr)"),
    "the descriptor of errors": ("stderr", "os.write(2, TOKEN.encode())"),
    "a warning": ("warnings", "warnings.warn(TOKEN)"),
    "the environment": ("environment", 'monkeypatch.setenv("HTTP_TOKEN", TOKEN)'),
    "a private key": ("stdout", "print(settings.credentials.private_key.splitlines()[10])"),
    "the client id": ("stdout", "print(settings.credentials.client_id)"),
    "the text of an error": ("ServerError text", "ServerError(TOKEN)"),
    "the repr of an error": ("InvalidQuery repr", "InvalidQuery([BODY])"),
    "the arguments of an error": ("ServerError args", 'ServerError("fine").args = (CITIZEN,)'),
    "the notes of an error": ("ServerError notes", 'ServerError("fine").add_note(TOKEN)'),
    "an attribute of an error": ("ServerError attributes", 'ServerError("fine").url = BODY'),
    "the pickle of an error": ("ServerError pickle", 'ServerError("fine", TOKEN)'),
    "a cause": ("KeyError text", 'chained(ServerError("fine"), __cause__=KeyError(TOKEN))'),
    "a context": ("KeyError text", 'chained(ServerError("fine"), __context__=KeyError(TOKEN))'),
    "the cause of a context": (
        "KeyError text",
        'chained(ServerError("fine"), __context__=chained(ValueError("fine"), __cause__=KeyError(TOKEN)))',
    ),
    "a group": (
        "KeyError text",
        'chained(ServerError("fine"), __cause__=ExceptionGroup("fine", [KeyError(TOKEN)]))',
    ),
    "an error that is not ours": (
        "ZeroDivisionError text",
        "with pytest.raises(ZeroDivisionError):\n"
        "    verified(client_of(raising(ZeroDivisionError(TOKEN))), CITIZEN, '2026-12-01')",
    ),
    "locals of ours": (
        "ValueError locals of ours",
        "with pytest.raises(ValueError):\n"
        "    verified(client_of(Way(lambda _: ours(BODY))), CITIZEN, '2026-12-01')",
    ),
    "locals of a cause": (
        "ValueError locals of ours",
        "with pytest.raises(KeyError):\n"
        "    verified(client_of(Way(lambda _: ours_with_a_cause(BODY, KeyError))), CITIZEN, '2026-12-01')",
    ),
    "what leaves a batch": (
        "ValueError text",
        "def questions():\n    yield Candidate(CITIZEN, '2026-12-01')\n    raise ValueError(BODY)\n"
        "with pytest.raises(ValueError):\n    told(client_of(Way()), questions())",
    ),
    "an outcome": (
        "Pending repr",
        "def failing(_):\n    raise ServerError(CITIZEN)\n"
        "told(client_of(Way(failing)), [Candidate(CITIZEN, '2026-12-01')])",
    ),
    "a client that does not open": (
        "ValueError text",
        "async def refuse(*_):\n    raise ValueError(TOKEN)\n"
        "client = client_of(Way())\nclient._session.__class__ = type('S', (client._session.__class__,), "
        "{'__aenter__': refuse})\n"
        "with pytest.raises(ValueError):\n    verified(client, CITIZEN, '2026-12-01')",
    ),
    "a file": ("file j.db-wal", "(tmp_path / 'j.db-wal').write_bytes(b'\\0' + TOKEN.encode())"),
    "a wide file": ("file x", "(tmp_path / 'x').write_text(CITIZEN, 'utf-16')"),
    "the name of a file": ("file name", "(tmp_path / f'{CITIZEN}.csv').touch()"),
    "a temporary file": (
        "file planted",
        "with tempfile.NamedTemporaryFile(prefix='planted', delete=False) as file:\n"
        "    file.write(TOKEN.encode())",
    ),
    "the words of a process of ours": ("process list", "process_of_ours(TOKEN)"),
    "the variables of a process of ours": (
        "environment of a process",
        "process_of_ours('fine', PRECONTRACTUAL_TOKEN=TOKEN)",
    ),
    "the output of a process": ("stdout", "process(PRINTED)"),
    "what asyncio tells": (
        "log asyncio",
        "loop = virtual.VirtualLoop()\nloop.slow_callback_duration = 0\nloop.call_soon(len, TOKEN)\n"
        "loop.call_soon(loop.stop)\nloop.run_forever()\nloop.close()",
    ),
    **{
        f"{form} on standard output": ("stdout", f"print({write('x' + TOKEN + '-of-x')!r})")
        for form, write in FORMS.items()
    },
}
"""Name -> the place that the canary must tell, and what a test does."""

WORTHLESS = {
    "number": "HttpRequest('GET', 'http://x/?somebody=1', {'Authorization': 'Bearer of-a-token'})",
    "token": "HttpRequest('GET', 'http://x/?citizen=' + CITIZEN, {})",
    "assertion": "HttpRequest('POST', 'http://x/', {}, b'grant_type=none')",
}
"""What a request lacks, and that request: a leak of it would not be noticed."""

BY_PROCESSES = {
    "output": ("stdout", "process(PRINTED)"),
    "errors": ("stderr", "process('import sys; sys.stderr.' + PRINTED.replace('print', 'write'))"),
    "a line that is read": (
        "stderr",
        "with subprocess.Popen([sys.executable, '-c', 'import sys; sys.stderr.' + "
        "PRINTED.replace('print', 'write')], stderr=subprocess.PIPE) as started:\n"
        "    assert started.stderr.readline()",
    ),
    "a line that asyncio reads": (
        "stderr",
        "async def main():\n"
        "    command = [sys.executable, '-c', 'import sys; sys.stderr.' + PRINTED.replace('print', 'write')]\n"
        "    started = await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE)\n"
        "    assert await started.stderr.read()\n    await started.wait()\nasyncio.run(main())",
    ),
    "a file": ("file x.tmp", "(tmp_path / 'x.tmp').write_text(TOKEN)"),
    "a number of the list": (
        "file x.tmp",
        "(tmp_path / 'list.csv').write_text('85073003328')\n(tmp_path / 'x.tmp').write_text('85.07.30-033.28')",
    ),
    "a variable": ("environment of a process", "process('input()', env={'X': TOKEN}, input=b'\\n')"),
    "the key": (
        "stdout",
        "(tmp_path / 'key.pem').write_text(settings.credentials.private_key)\n"
        "process(f'print({settings.credentials.private_key.splitlines()[5]!r})', "
        "env={'PRECONTRACTUAL_KEY_FILE': str(tmp_path / 'key.pem')})",
    ),
    "the client id": (
        "stdout",
        "process('import os; print(os.environ[\"PRECONTRACTUAL_CLIENT_ID\"])', "
        "env={'PRECONTRACTUAL_CLIENT_ID': 'a-client-of-ours'})",
    ),
}
"""Name -> the place that must be told, and what a test of the command does."""

CLEAN_PROCESSES = {
    "what a test gives": "process('import sys; print(sys.stdin.read(3))', CITIZEN, input=CITIZEN.encode())",
    "settings": "process('import sys; sys.stdin.read()', input=b'x', env={'PRECONTRACTUAL_X': CITIZEN})",
    "a result on standard output": "process(PRINTED, 'screen', '-o', '-')",
}

CLEAN = {
    "a clean call": "verified(client_of(Way()), CITIZEN, '2026-12-01')",
    "a clean batch": "told(client_of(Way(lambda _: reply(500))), [Candidate(CITIZEN, '2026-12-01')])",
    "a row of the caller's choice": "told(client_of(Way()), [Candidate(CITIZEN, day, row=CITIZEN) for day in ('2026-12-01', 'x')])",
    "clean words": "print('fine')\nlogging.getLogger('x').info('fine', extra={'status': 500})\nServerError('fine')",
    "the list and its result": "(tmp_path / 'list.csv').write_text(CITIZEN); (tmp_path / 'out.csv').write_text(CITIZEN)",
    "debugging": "loop = virtual.VirtualLoop()\nassert loop.get_debug()\nloop.close()",
    "nothing": "pass",
}

Testing = Callable[[str, dict[str, str]], dict[str, str]]


@pytest.fixture
def testing(pytester: pytest.Pytester) -> Testing:
    """Runs tests under the real fixtures of a folder; name -> why it failed, if it did."""
    pytester.makeini(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\nfilterwarnings = error\n"
    )
    pytester.makeconftest((TESTS / "conftest.py").read_text())

    def run(folder: str, bodies: dict[str, str]) -> dict[str, str]:
        place = pytester.mkdir(folder)
        if folder == "faults":
            (place / "conftest.py").write_text((TESTS / "faults" / "conftest.py").read_text())
        fixtures = "client_of, settings, tmp_path, monkeypatch"
        tests = "\n".join(
            f"{'async ' if body.startswith('await ') else ''}def test_{at}({fixtures}):\n{indent(body, '    ')}\n"
            for at, body in enumerate(bodies.values())
        )
        printed = f"print({CITIZEN!r})"
        (place / "test_planted.py").write_text(PREPARED.format(printed=repr(printed)) + tests)
        reports = pytester.inline_run("-vv", "-p", "no:cacheprovider").getreports("pytest_runtest_logreport")
        broken = {
            each.nodeid: str(each.longrepr) for each in reports if each.failed and each.when != "teardown"
        }
        assert broken == {}
        assert len(reports) == 3 * len(bodies)
        names = list(bodies)
        return {
            names[int(each.nodeid.rpartition("_")[2])]: str(each.longrepr) for each in reports if each.failed
        }

    return run


def test_a_leak_in_any_channel_fails_its_test(testing: Testing) -> None:
    """Under the fixture that all faults have; and the place is told."""
    failed = testing("faults", {name: body for name, (_, body) in LEAKS.items()})
    missed = {name for name, (place, _) in LEAKS.items() if f"('{place}" not in failed.get(name, "")}
    assert missed == set(), [failed.get(name, "it passed")[-1500:] for name in missed]


def test_what_is_clean_passes(testing: Testing) -> None:
    """No false alarm; a test that sends nothing need not carry a secret."""
    asynchronous = {
        "debugging a real loop": "await asyncio.sleep(0)\nassert asyncio.get_running_loop().get_debug()"
    }
    assert testing("faults", CLEAN | asynchronous) == {}


def test_traffic_without_secrets_fails_its_test(testing: Testing) -> None:
    """A canary that nobody carried is worthless."""
    sending = (
        "async def main():\n    async with client_of(Way(oauth=lambda _: reply())) as client:\n"
        "        await client._session.send({})\nvirtual.run(main())"
    )
    failed = testing("faults", {lacking: sending.format(sent) for lacking, sent in WORTHLESS.items()})
    assert {lacking for lacking in WORTHLESS if f"assert ['{lacking}'] == []" in failed[lacking]} == set(
        WORTHLESS
    )


def test_a_leak_by_a_process_fails_its_test(testing: Testing) -> None:
    """Under the fixture that all tests of the command have."""
    failed = testing("cli", {name: body for name, (_, body) in BY_PROCESSES.items()})
    missed = {name for name, (place, _) in BY_PROCESSES.items() if f"('{place}" not in failed.get(name, "")}
    assert missed == set(), [failed.get(name, "it passed")[-1500:] for name in missed]


def test_a_clean_process_passes(testing: Testing) -> None:
    """What a test gives itself, and what belongs on standard output, is no leak."""
    assert testing("cli", CLEAN_PROCESSES) == {}


def test_the_fault_of_a_pending_outcome_is_looked_at() -> None:
    """Its text, its pickle, its cause, and the locals of its frames, also when it was made elsewhere."""
    outcome = pending()
    outcome.fault.__cause__ = KeyError(SECRET)
    outcome.fault.trace_id = SECRET
    places = {place for place, _ in Canary({"secret": SECRET}, outcomes=[outcome]).hits()}
    assert places >= {"KeyError text", "ServerError pickle", "ServerError attributes"}


async def _sent(way: Way, method: str, url: str) -> bytes:
    return (await way.send(HttpRequest(method, url, {}))).body


def test_the_ways_carry_what_the_canary_looks_for() -> None:
    """Tokens, references about whom was asked, and texts of a body."""
    number = "10010190162"
    answer = virtual.run(_sent(Way(), "GET", f"http://x/?citizen={number}"))
    assert reference_of(number).encode() in answer
    assert BODY.encode() in answer
    assert TOKEN.encode() in virtual.run(_sent(Way(), "POST", "http://x/"))
