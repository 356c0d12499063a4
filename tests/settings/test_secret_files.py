"""Keys and passwords: what they may be made of, and that no failure shows one."""

from __future__ import annotations

import copy
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from support.frames import refused, shown
from support.numbers import ENTERPRISE

from precontractual_async import Credentials, InvalidSettings, Settings, load_settings
from precontractual_async.calls.session import read_key
from precontractual_async.protocol.keys import load_key
from precontractual_async.settings.loading import settings_from
from precontractual_async.settings.secret_files import read_secret

PASSWORD = "S3cret-Passw0rd"
LATIN = "S3cret-pässword".encode("latin-1")  # as a file of an old Windows has it: no UTF-8
CANARY = "C4nary-of-the-key"


def locked(pem: str, password: bytes) -> str:
    """The key of the tests, encrypted."""
    return written(serialization.load_pem_private_key(pem.encode(), None), password)


def written(key: PrivateKeyTypes, password: bytes | None = None) -> str:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    ).decode()


def kept(path: Path, content: bytes) -> Path:
    """A file for its owner's eyes."""
    path.touch(0o600)
    path.write_bytes(content)
    return path


def test_a_variable_may_hold_bytes_that_are_no_text(pem: str) -> None:
    """A comment above the key in another encoding: Python hands it over as halves of characters."""
    comment = os.fsdecode(b"friendlyName: Soci\xe9t\xe9\n")
    assert read_key(Credentials(client_id="me", private_key=comment + pem)).algorithm == "RS256"


def test_a_password_is_bytes(tmp_path: Path, pem: str) -> None:
    """In whatever encoding the key was locked with it, from a file and from a variable."""
    key = locked(pem, LATIN)
    for line_end in (b"", b"\n", b"\r\n"):
        file = kept(tmp_path / "password", LATIN + line_end)
        locked_by_file = Credentials(client_id="me", private_key=key, key_password_file=file)
        assert read_key(locked_by_file).algorithm == "RS256"
    variable = LATIN.decode(errors="surrogateescape")
    locked_by_variable = Credentials(client_id="me", private_key=key, key_password=variable)
    assert read_key(locked_by_variable).algorithm == "RS256"


def test_a_text_that_is_none_is_invalid_settings(pem: str) -> None:
    """Not Python's own error, which holds the whole key; nor is that one behind ours."""
    for given in (
        {"private_key": "\ud800" + pem},
        {"private_key": locked(pem, b"x"), "key_password": "\ud800"},
    ):
        error = refused(lambda given=given: read_key(Credentials(client_id="me", **given)))  # type: ignore[misc]
        assert isinstance(error, InvalidSettings)
        assert "holds something that is no text" in error.diagnosis
        assert error.__context__ is None


def short() -> str:
    return written(rsa.generate_private_key(65537, 1024))


def curved() -> str:
    return written(ec.generate_private_key(ec.SECP384R1()))


FAILURES: dict[str, Callable[[str, Path], dict[str, object]]] = {
    "no key": lambda *_: {"private_key": "no key"},
    "a broken PEM": lambda pem, _: {"private_key": pem.replace("M", "N")},
    "a wrong password": lambda pem, _: {"private_key": locked(pem, b"x"), "key_password": PASSWORD},
    "a password that is missing": lambda pem, _: {"private_key": locked(pem, b"x")},
    "a password for nothing": lambda pem, _: {"private_key": pem, "key_password": PASSWORD},
    "a key that is too short": lambda *_: {"private_key": short()},
    "another kind of key": lambda pem, _: {"private_key": pem, "algorithm": "ES256"},
    "another curve": lambda *_: {"private_key": curved(), "algorithm": "ES256"},
    "a curve for RSA": lambda *_: {"private_key": curved()},
    "half a character": lambda pem, _: {"private_key": "\ud800" + pem},
    "half a character in the password": lambda pem, _: {
        "private_key": pem,
        "key_password": "\udfff" + PASSWORD,
    },
    "no password file": lambda pem, folder: {"private_key": pem, "key_password_file": folder / "none"},
    "no key file": lambda _, folder: {"key_file": folder / "none", "key_password": PASSWORD},
    "a name that no file has": lambda _, folder: {"key_file": folder / "\0", "key_password": PASSWORD},
    "a folder": lambda _, folder: {"key_file": folder, "key_password": PASSWORD},
    "no key in the file": lambda _, folder: {
        "key_file": kept(folder / "key", b"no key"),
        "key_password_file": kept(folder / "password", PASSWORD.encode()),
    },
}


@pytest.mark.parametrize("name", FAILURES)
def test_no_failure_shows_a_key_or_a_password(name: str, tmp_path: Path, pem: str) -> None:
    """Error trackers show the locals of every frame: in none of ours there is a secret."""
    given = FAILURES[name](f"{CANARY}\n{pem}", tmp_path)
    if "private_key" in given:
        given["private_key"] = f"{given['private_key']}\n{CANARY}"
    credentials = Credentials(client_id="me", **given)  # type: ignore[arg-type]
    told = refused(lambda: read_key(credentials))
    assert isinstance(told, InvalidSettings)
    assert not [secret for secret in (CANARY, "PRIVATE KEY", PASSWORD) if secret in shown(told)]


def test_the_parser_shows_nothing_either(pem: str) -> None:
    """It can be called by itself, with the key and the password in hand."""
    told = refused(lambda: load_key((CANARY + pem).encode(), password=PASSWORD.encode(), algorithm="RS256"))
    assert not [secret for secret in (CANARY, "PRIVATE KEY", PASSWORD) if secret in shown(told)]


WRONG_SETTINGS = {
    "a word for a number": {"RATE": "fast"},
    "a number out of bounds": {"RATE": "0"},
    "no setting": {"COLOUR": "red"},
    "no environment": {"ENVIRONMENT": "moon"},
    "no address": {"API_URL": "http://[::1"},
    "plain http": {"TOKEN_URL": "http://host/"},
    "no client": {"CLIENT_ID": ""},
    "no enterprise": {"ENTERPRISE_NUMBER": "0880820674"},
    "two keys": {"KEY_FILE": "/key.pem"},
    "two passwords": {"KEY_PASSWORD_FILE": "/password"},
    "nobody's home": {"CA_FILE": "~nosuchuser/ca"},
    "an unknown algorithm": {"ALGORITHM": "none"},
    "no profile": {"CONFIG": "/nowhere"},
}


@pytest.mark.parametrize("name", WRONG_SETTINGS)
def test_wrong_settings_show_no_other_setting(name: str, pem: str) -> None:
    """One that cannot work is told; key and password, which stood beside it, are in no frame."""
    values = {
        "ENVIRONMENT": "production",
        "CLIENT_ID": "me",
        "ENTERPRISE_NUMBER": ENTERPRISE,
        "PRIVATE_KEY": CANARY + pem,
        "KEY_PASSWORD": PASSWORD,
        **WRONG_SETTINGS[name],
    }
    environ = {f"PRECONTRACTUAL_{each}": value for each, value in values.items()}
    calls: list[Callable[[], object]] = [lambda: load_settings(environ), lambda: load_settings({}, values)]
    if "CONFIG" not in values:
        calls.append(lambda: settings_from(values))
    for call in calls:
        told = refused(call)
        assert isinstance(told, InvalidSettings)
        assert not [secret for secret in (CANARY, "PRIVATE KEY", PASSWORD) if secret in shown(told)]


def test_a_profile_that_is_refused_shows_nothing(tmp_path: Path) -> None:
    """Its whole text was in our hands."""
    config = tmp_path / "config.toml"
    for text in (f"[default]\nprivate_key = '{CANARY}'\n", f"[x]\nprivate_key = '{CANARY}'", f"{CANARY} = ["):
        config.write_text(text)
        config.chmod(0o644)
        told = refused(lambda: load_settings({"PRECONTRACTUAL_CONFIG": str(config)}))
        assert CANARY not in shown(told)


def test_credentials_that_cannot_work_show_nothing(pem: str) -> None:
    """Also when they are made by hand: the fields are the locals of the ``__init__`` that attrs writes."""
    both = {"private_key": CANARY + pem, "key_password": PASSWORD}
    told = refused(lambda: Credentials(client_id="me", key_file=Path("/key.pem"), **both))  # type: ignore[arg-type]
    assert not [secret for secret in (CANARY, "PRIVATE KEY", PASSWORD) if secret in shown(told)]


@pytest.mark.parametrize(
    "given", [{"private_key": CANARY}, {"key_file": Path("/k"), "key_password": PASSWORD}]
)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_secrets_are_not_pickled(given: dict[str, Any], protocol: int, settings: Settings) -> None:
    """Neither alone nor within settings; the refusal says what can be sent instead."""
    credentials = Credentials(client_id="me", **given)
    for secretive in (credentials, evolve(settings, credentials=credentials)):
        with pytest.raises(TypeError, match="KEY_FILE") as told:
            pickle.dumps(secretive, protocol)
        assert not [secret for secret in (CANARY, PASSWORD) if secret in shown(told.value)]


def test_settings_with_paths_go_to_other_processes(settings: Settings) -> None:
    """The files stand there as well."""
    credentials = Credentials(client_id="me", key_file=Path("/k"), key_password_file=Path("/p"))
    using = evolve(settings, credentials=credentials)
    assert pickle.loads(pickle.dumps(using)) == using


def test_settings_are_copied_secrets_or_not(settings: Settings) -> None:
    """Within the process nothing leaves it."""
    assert copy.deepcopy(settings) == copy.copy(settings) == settings
    assert copy.copy(settings.credentials) is settings.credentials


class _Swapped(type(Path())):  # type: ignore[misc]
    """A name that stands for another file as soon as somebody has looked at its rights."""

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        found = super().stat(follow_symlinks=follow_symlinks)
        self.unlink()
        self.symlink_to(self.parent / "everybody's")
        return found  # type: ignore[no-any-return]


def test_the_rights_are_those_of_the_file_that_is_read(tmp_path: Path) -> None:
    """Not those of a file that had its name a moment ago."""
    private = kept(tmp_path / "private", b"mine")
    (tmp_path / "everybody's").write_bytes(b"planted")
    (tmp_path / "everybody's").chmod(0o644)
    name = _Swapped(tmp_path / "key")
    name.symlink_to(private)
    assert read_secret(name, "KEY_FILE") == b"mine"
