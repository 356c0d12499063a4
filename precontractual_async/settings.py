"""Everything that can be set, frozen and right by construction; and how it is read.

Knows the four environments, the names of the variables, the defaults and why they are so. Refuses to
know what is done with them. Secrets never show in a repr.

Arguments win over ``PRECONTRACTUAL_*`` variables, which win over a profile of a TOML file.
"""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Self, TypeVar
from urllib.parse import urlsplit

from attrs import Attribute, field, fields, frozen

from .errors import InputError, InvalidSettings
from .identifiers import EnterpriseNumber
from .model import Caller

_API_PATH = "/REST/employmentPrecontractualData/v1"
_TOKEN_PATH = "/REST/oauth/v5/token"
_PORTAL = "https://services{}.socialsecurity.be"


class Environment(enum.Enum):
    """The four environments of the Social Security portal."""

    PRODUCTION = "production"
    ACCEPTANCE = "acceptance"
    SIMULATION = "simulation"
    INTEGRATION = "integration"


# (API base, token URL); the audience of the assertion is the token URL. Simulation has no OAuth server
# of its own: its tokens come from production. Integration's token URL is inferred from the others.
PRESETS: Final[Mapping[Environment, tuple[str, str]]] = {
    Environment.PRODUCTION: (_PORTAL.format("") + _API_PATH, _PORTAL.format("") + _TOKEN_PATH),
    Environment.ACCEPTANCE: (_PORTAL.format("-acpt") + _API_PATH, _PORTAL.format("-acpt") + _TOKEN_PATH),
    Environment.SIMULATION: (_PORTAL.format("-sim") + _API_PATH, _PORTAL.format("") + _TOKEN_PATH),
    Environment.INTEGRATION: (_PORTAL.format("-int") + _API_PATH, _PORTAL.format("-int") + _TOKEN_PATH),
}

_T = TypeVar("_T")
_N = TypeVar("_N", int, float)

ALGORITHMS: Final = ("RS256", "PS256", "ES256")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _check_url(_: object, attribute: Attribute[str], url: str) -> None:
    """https, or http to a loopback address: a token must never cross a network in the clear."""
    name = attribute.name.upper()
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise InvalidSettings(f"{name} is not a URL") from None
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidSettings(f"{name} is not an http(s) URL")
    if parts.scheme == "http" and not _is_loopback(host):
        raise InvalidSettings(f"{name}: plain http is accepted for loopback addresses only; use https")
    if parts.username or parts.password or parts.query or parts.fragment or not url.isascii():
        raise InvalidSettings(f"{name} holds more than scheme, host, port and path")


def _between(least: float, most: float) -> Callable[[object, Attribute[_N], _N], None]:
    def check(_: object, attribute: Attribute[_N], value: _N) -> None:
        if not least <= value <= most:
            raise InvalidSettings(f"{attribute.name.upper()} must lie between {least:g} and {most:g}")

    return check


def _one_of(choices: tuple[str, ...]) -> Callable[[object, Attribute[str], str], None]:
    def check(_: object, attribute: Attribute[str], value: str) -> None:
        if value not in choices:
            raise InvalidSettings(f"{attribute.name.upper()} must be one of {', '.join(choices)}")

    return check


@frozen(kw_only=True)
class RetryPolicy:
    """How often, how long and how patiently the same question is asked again.

    Eight attempts, because at a gateway that fails one call in five that leaves three rows in a
    million unanswered; full jitter on a doubling pause, so that a crowd of tasks never comes back
    together; two minutes, because a person may be waiting and a batch has a next run.
    """

    attempts: int = field(default=8, validator=_between(1, 20))
    """Calls for one query at most, the first included."""
    base: float = field(default=0.5, validator=_between(0.01, 60))
    """Seconds: the n-th pause is uniform between 0 and ``min(cap, base * 2**n)``."""
    cap: float = field(default=30.0, validator=_between(0.01, 600))
    """Seconds: no pause of ours is longer."""
    deadline: float = field(default=120.0, validator=_between(0.1, 3600))
    """Seconds after a query first failed, beyond which it is not sent again."""
    batch_deadline: float = field(default=900.0, validator=_between(0.1, 86_400))
    """The same within a batch, where nobody is waiting and a pause of the gateway's is slept through."""
    longest_pause: float = field(default=300.0, validator=_between(1, 3600))
    """Seconds: a longer `Retry-After` stops the run instead of being slept through."""


@frozen(kw_only=True)
class Credentials:
    """Who we are to the OAuth server: a client id and a private key (Chaman)."""

    client_id: str
    key_file: Path | None = None
    """PEM, or PKCS#12 (``.p12``, ``.pfx``)."""
    private_key: str | None = field(default=None, repr=False)
    """The PEM itself; a literal ``\\n`` stands for a line end, as environment variables need."""
    key_password: str | None = field(default=None, repr=False)
    key_password_file: Path | None = None
    algorithm: str = field(default="RS256", validator=_one_of(ALGORITHMS))
    """How the assertion is signed: RS256 or PS256 with an RSA key, ES256 with an EC key."""

    def __attrs_post_init__(self) -> None:
        if not self.client_id.strip():
            raise InvalidSettings("CLIENT_ID is empty")
        if (self.key_file is None) == (self.private_key is None):
            raise InvalidSettings("give the key once: KEY_FILE or PRIVATE_KEY")
        if self.key_password is not None and self.key_password_file is not None:
            raise InvalidSettings("give the password once: KEY_PASSWORD or KEY_PASSWORD_FILE")


@frozen(kw_only=True)
class Settings:
    """All a client needs to know.

    The defaults are those of a considerate guest. No limit of the gateway is published, every call is a
    logged consultation of somebody's data, and failed calls may count separately: so 5 calls a second
    (a list of 2,000 in seven minutes) and at most 10 at once (enough for that rate when an answer
    takes two seconds). Raise them when the gateway's operators tell you your limit.
    """

    caller: Caller
    credentials: Credentials
    api_url: str = field(validator=_check_url)
    """The API's base address, without the path of the call."""
    token_url: str = field(validator=_check_url)
    audience: str
    scope: str | None = None
    """Left out by default, as the OAuth server's operators advise."""
    api_path: str = "/verifyPrecontractualData"
    rate: float = field(default=5.0, validator=_between(0.01, 10_000))
    """Calls per second in any one-second window, retries included."""
    concurrency: int = field(default=10, validator=_between(1, 1000))
    """Calls on the wire at once."""
    attempt_timeout: float = field(default=30.0, validator=_between(0.1, 600))
    """Seconds for one attempt, from sending to the last byte of the answer."""
    retry: RetryPolicy = field(factory=RetryPolicy)
    ca_file: Path | None = None
    """A file with the CAs to trust instead of the system's."""
    proxy: str | None = field(default=None, repr=False)
    """The only way to use a proxy: proxies in the environment are not looked at."""

    @classmethod
    def for_environment(cls, environment: Environment, *, caller: Caller, credentials: Credentials) -> Self:
        """The settings of one of the four environments, with every default."""
        api_url, token_url = PRESETS[environment]
        return cls(
            caller=caller, credentials=credentials, api_url=api_url, token_url=token_url, audience=token_url
        )

    @staticmethod
    def from_mapping(values: Mapping[str, str]) -> Settings:
        """Settings from texts by name, such as ``{"CLIENT_ID": "...", "RATE": "5"}``.

        Raises:
            InvalidSettings: with every problem at once; no value is repeated.
        """
        return _Reader(values).settings()


# The names, in the order of the README's table.
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
    "RATE",
    "CONCURRENCY",
    "TIMEOUT",
    "CA_FILE",
    "PROXY",
)
PREFIX: Final = "PRECONTRACTUAL_"


class _Reader:
    """Reads a mapping of texts, and collects what is wrong instead of stopping at the first."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name: text.strip() for name, text in values.items() if text.strip()}
        self._problems = [f"{name} is not a setting" for name in self._values if name not in VARIABLES]

    def settings(self) -> Settings:
        api_url, token_url = self._addresses()
        caller = self._attempt(self._caller)
        credentials = self._attempt(self._credentials)
        numbers = {
            "rate": self._number("RATE", "rate"),
            "concurrency": self._number("CONCURRENCY", "concurrency", whole=True),
            "attempt_timeout": self._number("TIMEOUT", "attempt_timeout"),
        }
        made = None
        if caller is not None and credentials is not None and api_url and token_url:
            made = self._attempt(
                lambda: Settings(
                    caller=caller,
                    credentials=credentials,
                    api_url=api_url,
                    token_url=token_url,
                    audience=self._values.get("AUDIENCE", token_url),
                    scope=self._values.get("SCOPE"),
                    rate=numbers["rate"],
                    concurrency=int(numbers["concurrency"]),
                    attempt_timeout=numbers["attempt_timeout"],
                    ca_file=self._path("CA_FILE"),
                    proxy=self._values.get("PROXY"),
                )
            )
        if made is None or self._problems:
            raise InvalidSettings(
                "; ".join(dict.fromkeys(self._problems)),
                f"Set them as {PREFIX}* variables or in a profile; `precontractual doctor` checks them.",
            )
        return made

    def _attempt(self, make: Callable[[], _T]) -> _T | None:
        try:
            return make()
        except InputError as error:
            self._problems.append(error.diagnosis)
        return None

    def _addresses(self) -> tuple[str | None, str | None]:
        """API base and token URL: given, or of the environment; production is never a default."""
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
        return api_url, token_url

    def _caller(self) -> Caller:
        own = EnterpriseNumber.parse(self._required("ENTERPRISE_NUMBER"))
        represented = self._values.get("REPRESENTED_ENTERPRISE_NUMBER")
        if represented is None:
            return Caller.enterprise(own)
        return Caller.mandatary(own, EnterpriseNumber.parse(represented))

    def _credentials(self) -> Credentials:
        return Credentials(
            client_id=self._required("CLIENT_ID"),
            key_file=self._path("KEY_FILE"),
            private_key=self._values.get("PRIVATE_KEY"),
            key_password=self._values.get("KEY_PASSWORD"),
            key_password_file=self._path("KEY_PASSWORD_FILE"),
            algorithm=self._values.get("ALGORITHM", "RS256"),
        )

    def _required(self, name: str) -> str:
        if name not in self._values:
            raise InvalidSettings(f"{name} is not set")
        return self._values[name]

    def _path(self, name: str) -> Path | None:
        text = self._values.get(name)
        return None if text is None else Path(text).expanduser()

    def _number(self, name: str, attribute: str, *, whole: bool = False) -> float:
        default: float = getattr(fields(Settings), attribute).default
        text = self._values.get(name)
        if text is None:
            return default
        try:
            return int(text) if whole else float(text)
        except ValueError:
            self._problems.append(f"{name} is not a {'whole ' if whole else ''}number")
        return default


def load_settings(environ: Mapping[str, str], arguments: Mapping[str, str] | None = None) -> Settings:
    """Settings from `arguments`, then ``PRECONTRACTUAL_*`` of `environ`, then the TOML profile.

    The profile is the table that ``PRECONTRACTUAL_PROFILE`` names (``default`` otherwise) in the file
    that ``PRECONTRACTUAL_CONFIG`` names; without the latter no file is read.

    Raises:
        InvalidSettings: with every problem at once; no value is repeated.
    """
    variables = {name.removeprefix(PREFIX): text for name, text in environ.items() if name.startswith(PREFIX)}
    variables.update(arguments or {})
    config, profile = variables.pop("CONFIG", None), variables.pop("PROFILE", "default")
    variables.pop("LOG", None)
    return Settings.from_mapping({**_profile(config, profile), **variables})


def _profile(config: str | None, profile: str) -> dict[str, str]:
    if not config:
        return {}
    try:
        document = tomllib.loads(Path(config).expanduser().read_text("utf-8"))
    except OSError:
        problem = "CONFIG names a file that cannot be read"
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        problem = "CONFIG names a file that is not TOML"
    else:
        table = document.get(profile)
        if isinstance(table, dict):
            return {name.upper(): str(value) for name, value in table.items()}
        problem = "CONFIG has no table of the name in PROFILE"
    raise InvalidSettings(problem)
