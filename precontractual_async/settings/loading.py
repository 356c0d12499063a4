"""How settings are read: from arguments, the environment and a profile.

Knows the names of the variables and which source wins: arguments, then ``PRECONTRACTUAL_*`` variables, then
a profile of a TOML file. Reports all problems at once, and never a value: not in a message, nor in a frame
of an error. Leaves to others: what makes a setting valid, which `settings` checks.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from attrs import fields

from ..model.errors import InputError, InvalidIdentifier, InvalidSettings
from ..model.identifiers import EnterpriseNumber, Ssin
from ..model.privacy import without_frames
from ..model.questions import Caller
from .secret_files import everybody_can_read, read_secret, readable_by_everybody, secrets_in
from .settings import NO_KEY, PRESETS, Credentials, Environment, KnownSettings, RetryPolicy, Settings, Sharing

_T = TypeVar("_T")
_Number = TypeVar("_Number", Ssin, EnterpriseNumber)

# The names, in the order of the table in guides/settings.md.
VARIABLES: Final = (
    "ENVIRONMENT",
    "API_URL",
    "TOKEN_URL",
    "AUDIENCE",
    "CLIENT_ID",
    "KEY_FILE",
    "PRIVATE_KEY",
    "KEY_PASSWORD",
    "KEY_PASSWORD_FILE",
    "ALGORITHM",
    "SCOPE",
    "ENTERPRISE_NUMBER",
    "REPRESENTED_ENTERPRISE_NUMBER",
    "MANDATARY_SSIN",
    "MANDATARY_SSIN_FILE",
    "RATE",
    "CONCURRENCY",
    "TIMEOUT",
    "PATIENCE",
    "CA_FILE",
    "PROXY",
    "USER_AGENT_SUFFIX",
    "REDIS_URL",
    "PROCESSES",
    "SHARED_KEY",
)
KEY_VARIABLES: Final = ("JOURNAL_KEY", "JOURNAL_KEYRING", "JOURNAL_KEY_FILE")
_ENVIRONMENT_ONLY: Final = ("LOG", *KEY_VARIABLES)
"""Read from the environment only, because a client does not use them: the log, and a journal's key."""
PREFIX: Final = "PRECONTRACTUAL_"
NOBODY: Final = Caller.enterprise(EnterpriseNumber.parse("0000000097"))
"""A number with correct check digits, which belongs to nobody."""
_NAMES: Final = re.compile(r"\b[A-Z][A-Z0-9_]+\b")
_NO_CREDENTIALS: Final = Credentials(client_id="nobody")
_STAND_INS: Final = {
    "ENVIRONMENT": Environment.SIMULATION.value,
    "CLIENT_ID": _NO_CREDENTIALS.client_id,
    "ENTERPRISE_NUMBER": NOBODY.enterprise_number.digits,
}
"""Values for required settings, used where only the settings that are given are checked."""
_ATTRIBUTES: Final = {name.lower(): name for name in VARIABLES} | {"attempt_timeout": "TIMEOUT"}
"""The variable for each attribute, since a validator of `Settings` names the attribute."""


class _Reader:
    """Reads a mapping of texts, and collects all problems instead of stopping at the first.

    `written`: the names by which the user gave the settings, where these differ.
    """

    def __init__(
        self, values: Mapping[str, str], written: Mapping[str, str] | None = None, *, needs_key: bool
    ) -> None:
        self._written = written or {}
        self._needs_key = needs_key
        self._values = {name: text.strip() for name, text in values.items() if text.strip()}
        unknown = [name for name in self._values if name not in VARIABLES]
        self._problems = [
            f"{name} is read from the environment only"
            if name in _ENVIRONMENT_ONLY
            else f"{name} is not a setting"
            for name in unknown
        ]

    def settings(self) -> Settings:
        api_url, token_url = self._addresses()
        caller = self._attempt(self._caller)
        credentials = self._attempt(self._credentials)
        sharing = self._attempt(self._sharing)
        numbers = {
            "rate": self._number("RATE", "rate"),
            "concurrency": self._number("CONCURRENCY", "concurrency", whole=True),
            "attempt_timeout": self._number("TIMEOUT", "attempt_timeout"),
            "patience": self._number("PATIENCE", "patience", of=RetryPolicy),
        }
        # Stand-ins replace the parts that are wrong, so that the rest is checked too.
        made = self._attempt(
            lambda: Settings(
                caller=caller or NOBODY,
                credentials=credentials or _NO_CREDENTIALS,
                api_url=api_url,
                token_url=token_url,
                audience=self._values.get("AUDIENCE", token_url),
                scope=self._values.get("SCOPE"),
                rate=numbers["rate"],
                concurrency=int(numbers["concurrency"]),
                attempt_timeout=numbers["attempt_timeout"],
                retry=RetryPolicy(patience=numbers["patience"]),
                ca_file=self._path("CA_FILE"),
                proxy=self._values.get("PROXY"),
                user_agent_suffix=self._values.get("USER_AGENT_SUFFIX"),
                sharing=sharing,
            )
        )
        if made is None or self._problems:
            raise self._refusal()
        return made

    def known(self) -> KnownSettings:
        """Some of the settings, with stand-ins for required settings that are not set."""
        is_named = "ENTERPRISE_NUMBER" in self._values
        self._values = {**_STAND_INS, **self._values}
        settings = self.settings()
        return KnownSettings(caller=settings.caller if is_named else None, rate=settings.rate)

    def _refusal(self) -> InvalidSettings:
        return InvalidSettings(
            "; ".join(dict.fromkeys(map(self._as_written, self._problems))),
            f"Correct them: they come from {PREFIX}* variables, the profile in CONFIG, or options.",
        )

    def _as_written(self, problem: str) -> str:
        """`problem`, with the names by which the user gave the settings."""
        told = re.sub(r"\w+", lambda found: _ATTRIBUTES.get(found[0], found[0]), problem, count=1)
        return _NAMES.sub(lambda found: self._written.get(found[0], found[0]), told)

    def _attempt(self, make: Callable[[], _T]) -> _T | None:
        try:
            return make()
        except InputError as error:
            self._problems.append(error.diagnosis)
        return None

    def _addresses(self) -> tuple[str, str]:
        """API base and token URL: as given, or those of the environment. No environment is the default."""
        name = self._values.get("ENVIRONMENT")
        api_url, token_url = self._values.get("API_URL"), self._values.get("TOKEN_URL")
        if name is not None:
            try:
                preset = PRESETS[Environment(name.lower())]
            except ValueError:
                names = ", ".join(each.value for each in Environment)
                self._problems.append(f"ENVIRONMENT must be one of {names}")
            else:
                api_url, token_url = api_url or preset[0], token_url or preset[1]
        elif not (api_url and token_url):
            self._problems.append("ENVIRONMENT is not set (or API_URL and TOKEN_URL)")
        missing = PRESETS[Environment.SIMULATION]  # only to check the rest: the problem is noted
        return api_url or missing[0], token_url or missing[1]

    def _caller(self) -> Caller:
        person = self._attempt(self._person)
        own = self._identifier(EnterpriseNumber, "ENTERPRISE_NUMBER")
        caller = Caller.enterprise(own) if person is None else Caller.portal(own, person)
        if "REPRESENTED_ENTERPRISE_NUMBER" not in self._values:
            return caller
        return caller.asking_for(self._identifier(EnterpriseNumber, "REPRESENTED_ENTERPRISE_NUMBER"))

    def _person(self) -> Ssin | None:
        """The person who asks at the web portal; None: the calls go through the gateway."""
        name = "MANDATARY_SSIN"
        if path := self._path("MANDATARY_SSIN_FILE"):
            if name in self._values:
                raise InvalidSettings("give the number once: MANDATARY_SSIN or MANDATARY_SSIN_FILE")
            name = "MANDATARY_SSIN_FILE"
            self._values[name] = read_secret(path, name).decode(errors="replace")
        return self._identifier(Ssin, name) if name in self._values else None

    def _identifier(self, kind: type[_Number], name: str) -> _Number:
        try:
            return kind.parse(self._required(name))
        except InvalidIdentifier as error:
            problem = InvalidSettings(f"{name}: {error.diagnosis.partition(': ')[2]}")
        raise problem

    def _credentials(self) -> Credentials:
        if self._needs_key and self._values.keys().isdisjoint(("KEY_FILE", "PRIVATE_KEY")):
            self._problems.append(NO_KEY)
        return Credentials(
            client_id=self._required("CLIENT_ID"),
            key_file=self._path("KEY_FILE"),
            private_key=self._values.get("PRIVATE_KEY"),
            key_password=self._values.get("KEY_PASSWORD"),
            key_password_file=self._path("KEY_PASSWORD_FILE"),
            algorithm=self._values.get("ALGORITHM", "RS256"),
        )

    def _sharing(self) -> Sharing | None:
        processes = self._number("PROCESSES", "processes", of=Sharing, whole=True)
        if "REDIS_URL" not in self._values:
            for name in ("PROCESSES", "SHARED_KEY"):
                if name in self._values:
                    raise InvalidSettings(f"{name} is of no use without REDIS_URL")
            return None
        return Sharing(
            redis_url=self._values["REDIS_URL"],
            processes=int(processes),
            key=self._values.get("SHARED_KEY"),
        )

    def _required(self, name: str) -> str:
        if name not in self._values:
            raise InvalidSettings(f"{name} is not set")
        return self._values[name]

    def _path(self, name: str) -> Path | None:
        text = self._values.get(name)
        return None if text is None else _path_of(text, name)

    def _number(
        self,
        name: str,
        attribute: str,
        *,
        of: type[Settings | RetryPolicy | Sharing] = Settings,
        whole: bool = False,
    ) -> float:
        default: float = getattr(fields(of), attribute).default
        text = self._values.get(name)
        if text is None:
            return default
        try:
            return int(text) if whole else float(text)
        except ValueError:
            self._problems.append(f"{name} is not a {'whole ' if whole else ''}number")
        return default


def setting_of(name: str) -> str:
    """The name of the setting for an option such as ``--rate``; the name of a setting stays.

    >>> setting_of("--rate"), setting_of("CA_FILE")
    ('RATE', 'CA_FILE')
    """
    return name.removeprefix("--").replace("-", "_").upper()


def _path_of(text: str, name: str) -> Path:
    """The path in the setting `name`; a ``~`` at its beginning is expanded as in a shell."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        problem = InvalidSettings(f"{name} begins with the ~ of a user who has no home", f"Check {name}.")
    raise problem


@without_frames
def settings_from(values: Mapping[str, str], *, needs_key: bool = True) -> Settings:
    """Settings from texts by name, such as ``{"CLIENT_ID": "...", "RATE": "5"}``.

    `needs_key`: False if the private key is kept elsewhere, so that it is not required here.

    Raises:
        InvalidSettings: with every problem at once.
    """
    return _Reader(values, needs_key=needs_key).settings()


@without_frames
def load_settings(
    environ: Mapping[str, str], arguments: Mapping[str, str] | None = None, *, needs_key: bool = True
) -> Settings:
    """Settings from `arguments`, then ``PRECONTRACTUAL_*`` of `environ`, then the TOML profile.

    `arguments`: by the names of settings (``RATE``), or by options of a command (``--rate``).
    The profile is the table that ``PRECONTRACTUAL_PROFILE`` names (``default`` otherwise) in the file
    that ``PRECONTRACTUAL_CONFIG`` names; without the latter no file is read. `needs_key`: False for a
    client with a `Signer` or a `TokenProvider` of your own.

    Raises:
        InvalidSettings: with every problem at once; no value is repeated. Also when the file holds a key
            or a password, in any table, and everybody can read it.
    """
    return _Reader(*_collected(environ, arguments), needs_key=needs_key).settings()


@without_frames
def known_settings(environ: Mapping[str, str], arguments: Mapping[str, str] | None = None) -> KnownSettings:
    """The caller and the rate, from the same sources as in `load_settings`. No setting is required.

    Raises:
        InvalidSettings: a setting that is given is wrong; with every problem at once.
    """
    return _Reader(*_collected(environ, arguments), needs_key=False).known()


def _collected(
    environ: Mapping[str, str], arguments: Mapping[str, str] | None
) -> tuple[dict[str, str], dict[str, str]]:
    """The settings by name, and for each the name by which the user gave it."""
    variables = {name.removeprefix(PREFIX): text for name, text in environ.items() if name.startswith(PREFIX)}
    options = {setting_of(name): name for name in arguments or {}}
    variables.update(zip(options, (arguments or {}).values(), strict=True))
    config, profile = variables.pop("CONFIG", None), variables.pop("PROFILE", "default")
    for name in _ENVIRONMENT_ONLY:
        variables.pop(name, None)
    in_profile = _profile(config, profile)
    written = {name.upper(): f"{name} (in the profile)" for name in in_profile}
    written |= {name: PREFIX + name for name in variables} | options
    return {**{name.upper(): text for name, text in in_profile.items()}, **variables}, written


def _profile(config: str | None, profile: str) -> dict[str, str]:
    if not config:
        return {}
    path = _path_of(config, "CONFIG")
    try:
        with path.open("rb") as file:
            is_told = everybody_can_read(file)
            document = tomllib.load(file)
    except OSError:
        problem = InvalidSettings("CONFIG names a file that cannot be read", "Check the path in CONFIG.")
    except (ValueError, RecursionError):  # tomllib raises more than its own error: long numbers, nesting
        problem = InvalidSettings("CONFIG names a file that is not TOML", "Correct the file.")
    else:
        table = document.get(profile)
        if is_told and (secrets := secrets_in(document)):
            problem = readable_by_everybody(path, f"CONFIG holds {' and '.join(secrets)} and")
        elif isinstance(table, dict):
            return {name: str(value) for name, value in table.items()}
        else:
            problem = InvalidSettings("CONFIG has no table of the name in PROFILE", "Check PROFILE.")
    raise problem
