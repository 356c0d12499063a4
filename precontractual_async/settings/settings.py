"""All settings, as frozen values that are checked when they are made.

Knows the four environments, the values that can work, and the defaults with their reasons. Secrets never
show in a repr, nor in a frame of an error. Leaves to others: where settings come from, and what uses them.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Self, SupportsIndex, TypeVar
from urllib.parse import SplitResult, urlsplit

from attrs import Attribute, field, frozen
from attrs.validators import optional

from ..model.errors import InvalidSettings
from ..model.privacy import made_without_frames
from ..model.questions import Caller
from .secret_files import key_of
from .version import USER_AGENT

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

_N = TypeVar("_N", int, float)

ALGORITHMS: Final = ("RS256", "PS256", "ES256")
NO_KEY: Final = "KEY_FILE (or PRIVATE_KEY) is not set"


_REDIS: Final = re.compile(r"rediss?://([^@/?#]*@)?[^@/?#]+(/\d{0,4})?")


def is_loopback(host: str) -> bool:
    """Whether data sent to `host` stays on this machine."""
    if host == "localhost":
        return True
    try:
        return "%" not in host and ip_address(host).is_loopback
    except ValueError:
        return False


def _is_plain(url: str) -> bool:
    """Whether `url` is ASCII without blanks and control characters, which URL parsers silently drop."""
    return url.isascii() and url.isprintable() and " " not in url


def _parts(url: str) -> SplitResult | None:
    """The parts of an http(s) URL; None: it is not such a URL, or two parsers read it differently.

    We check the URL with Python's parser, and aiohttp connects with yarl's. If they differed, we would check
    one host and connect to another.
    """
    from yarl import URL  # noqa: PLC0415 (30 ms, which `precontractual --help` need not pay)

    try:
        parts, theirs = urlsplit(url), URL(url, encoded=True)
        read = (parts.scheme, parts.hostname, parts.port)
        is_agreed = read == (theirs.scheme, (theirs.raw_host or "").lower(), theirs.explicit_port)
    except ValueError:
        return None
    return parts if is_agreed and parts.scheme in ("http", "https") else None


def _check_url(_: object, attribute: Attribute[str], url: str) -> None:
    """https, or http to a loopback address: a token must never cross a network in the clear."""
    name = attribute.name
    parts = _parts(url)
    if parts is None or not parts.hostname:
        raise InvalidSettings(f"{name} is not an http(s) URL")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise InvalidSettings(f"{name}: plain http is accepted for loopback addresses only; use https")
    if "@" in parts.netloc or "?" in url or "#" in url or not _is_plain(url):
        raise InvalidSettings(f"{name} holds more than scheme, host, port and path")


def _check_proxy(_: object, __: Attribute[str | None], url: str | None) -> None:
    """A URL with a host, and a login that can be sent. No error shows it, since it may hold a password."""
    if url is not None and not (_is_plain(url) and _parts(url) and _can_log_in(url)):
        raise InvalidSettings(
            "PROXY is not an http(s) URL that can be used, such as http://host:3128 (user and password "
            "before the host: percent-encoded, in Latin-1, without a colon in the user)"
        )


def _can_log_in(proxy: str) -> bool:
    """Whether aiohttp can send user and password by Basic authentication: RFC 7617, in Latin-1."""
    from yarl import URL  # noqa: PLC0415 (see _parts)

    try:
        url = URL(proxy)
        f"{url.user}{url.password}".encode("latin-1")
    except ValueError:
        return False
    return bool(url.host) and ":" not in (url.user or "")


def _check_redis(_: object, __: object, url: str) -> None:
    """Only host, port, login and the number of a database: redis-py would also obey other parts of a URL, for
    example one that turns off TLS verification."""
    try:
        parts = urlsplit(url)
        is_good = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not (is_good and _REDIS.fullmatch(url) and _is_plain(url)):
        raise InvalidSettings(
            "REDIS_URL is not a URL such as rediss://user:password@host:6379/0 (user and password "
            "percent-encoded; redis:// without TLS)"
        )


def _check_shared_key(_: object, __: object, text: str) -> None:
    key_of(text, "SHARED_KEY")


def _check_path(_: object, attribute: Attribute[str], path: str) -> None:
    """The path must begin with a slash: appended to a host, other text would make another host."""
    if not path.startswith("/") or not _is_plain(path):
        raise InvalidSettings(f"{attribute.name} is not a path that begins with /")


_PRODUCT: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+(/[!#$%&'*+.^_`|~0-9A-Za-z-]+)?"
_PRODUCTS: Final = re.compile(f"{_PRODUCT}( {_PRODUCT})*")
"""Products as in RFC 9110, without comments."""
_LONGEST_SUFFIX: Final = 100


def _check_products(_: object, attribute: Attribute[str], text: str) -> None:
    """Only what one header can hold: a line break would begin another header."""
    if len(text) > _LONGEST_SUFFIX or not _PRODUCTS.fullmatch(text):
        raise InvalidSettings(
            f"{attribute.name} is neither a name nor several, such as payroll/2.1 "
            f"(ASCII, {_LONGEST_SUFFIX} characters at most)"
        )


def _between(least: float, most: float) -> Callable[[object, Attribute[_N], _N], None]:
    def check(_: object, attribute: Attribute[_N], value: _N) -> None:
        if not least <= value <= most:
            raise InvalidSettings(f"{attribute.name} must lie between {least:g} and {most:g}")

    return check


def _one_of(choices: tuple[str, ...]) -> Callable[[object, Attribute[str], str], None]:
    def check(_: object, attribute: Attribute[str], value: str) -> None:
        if value not in choices:
            raise InvalidSettings(f"{attribute.name} must be one of {', '.join(choices)}")

    return check


_RATE: Final = 5.0
_check_rate: Final = _between(0.01, 1_000_000)


@frozen(kw_only=True)
class RetryPolicy:
    """How often, how long and how patiently the same question is asked again.

    Eight attempts: if the gateway fails one call in five, three rows in a million stay unanswered. Full
    jitter on a doubling pause: many tasks never come back together. Two minutes: a person may be waiting,
    and a batch has a next run.
    """

    attempts: int = field(default=8, validator=_between(1, 20))
    """The most calls for one query, with the first; calls that failed on a revoked token do not count."""
    base: float = field(default=0.5, validator=_between(0.01, 60))
    """Seconds: the n-th pause is uniform between 0 and ``min(cap, base * 2**n)``."""
    cap: float = field(default=30.0, validator=_between(0.01, 600))
    """Seconds: the longest pause of our own."""
    deadline: float = field(default=120.0, validator=_between(0.1, 3600))
    """Seconds after a query first failed, beyond which it is not sent again."""
    batch_deadline: float = field(default=900.0, validator=_between(0.1, 86_400))
    """The same within a batch, where nobody waits and there is time for the gateway's pauses."""
    patience: float = field(default=7200.0, validator=_between(0, 604_800))
    """Seconds that a batch waits for a gateway that does not answer at all; 0: not at all."""
    longest_pause: float = field(default=300.0, validator=_between(1, 3600))
    """Seconds: for a longer `Retry-After`, the run stops instead of waiting."""


@made_without_frames
@frozen(kw_only=True)
class Credentials:
    """Who we are to the OAuth server: a client id and a private key (Chaman).

    They hold no private key if it is kept elsewhere: see `Signer` and `TokenProvider`.
    """

    client_id: str = field(repr=False)
    key_file: Path | None = None
    """PEM, or PKCS#12 (``.p12``, ``.pfx``)."""
    private_key: str | None = field(default=None, repr=False)
    """The PEM itself; ``\\n`` may be written for a line end, as environment variables need it."""
    key_password: str | None = field(default=None, repr=False)
    key_password_file: Path | None = None
    algorithm: str = field(default="RS256", validator=_one_of(ALGORITHMS))
    """How the assertion is signed: RS256 or PS256 with an RSA key, ES256 with an EC key."""

    def __attrs_post_init__(self) -> None:
        if not self.client_id.strip():
            raise InvalidSettings("CLIENT_ID is empty")
        if self.key_file is not None and self.private_key is not None:
            raise InvalidSettings("give the key once: KEY_FILE or PRIVATE_KEY")
        if self.key_password is not None and self.key_password_file is not None:
            raise InvalidSettings("give the password once: KEY_PASSWORD or KEY_PASSWORD_FILE")

    @property
    def has_key(self) -> bool:
        """Whether they hold the private key."""
        return self.key_file is not None or self.private_key is not None

    def require_key(self) -> None:
        """Check that there is a private key, for a client that has no other `Signer`.

        Raises:
            InvalidSettings: there is no private key.
        """
        if not self.has_key:
            raise InvalidSettings(NO_KEY)

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[object, ...]:
        """For pickles, which go to files, queues and other processes: they may hold paths, but no secrets.

        Raises:
            TypeError: the credentials hold a key or a password.
        """
        if self.private_key is not None or self.key_password is not None:
            raise TypeError(
                "credentials with a key or a password in them are not pickled: use KEY_FILE and "
                "KEY_PASSWORD_FILE, or load the settings in each process"
            )
        return super().__reduce_ex__(protocol)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        """Itself: it cannot change, and a copy would be made by way of a pickle."""
        return self


@made_without_frames
@frozen(kw_only=True)
class Sharing:
    """How several processes or machines share the allowed rate and the token through one Redis."""

    redis_url: str = field(repr=False, validator=_check_redis)
    """``redis://`` or, with TLS, ``rediss://``; with user and password if it needs them, percent-encoded."""
    processes: int = field(default=0, validator=_between(0, 100_000))
    """The largest number of clients, including one that is being replaced. If Redis cannot be reached, each
    goes on with its share of the rate for some minutes; 0: the number is not known, and none goes on."""
    key: str | None = field(default=None, repr=False, validator=optional(_check_shared_key))
    """The key that encrypts the token: 32 bytes in base64, the same for all processes; None: it is derived
    from the private key."""

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[object, ...]:
        """For pickles: see `Credentials`.

        Raises:
            TypeError: the settings hold a password or a key.
        """
        if self.key is not None or urlsplit(self.redis_url).password:
            raise TypeError(
                "settings with Redis' password or a key in them are not pickled: load them in each process"
            )
        return super().__reduce_ex__(protocol)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        """Itself: it cannot change, and a copy would be made by way of a pickle."""
        return self


@made_without_frames
@frozen(kw_only=True)
class Settings:
    """All settings of a client.

    The defaults are low on purpose. No limit of the gateway is published, every call is a logged
    consultation of somebody's data, and failed calls may count separately: so 5 calls a second (a list of
    2,000 in seven minutes) and at most 10 at once (enough for that rate if an answer takes two seconds).
    Raise them when the gateway's operators tell you your limit.
    """

    caller: Caller
    credentials: Credentials
    api_url: str = field(validator=_check_url)
    """The API's base address, without the path of the call."""
    token_url: str = field(validator=_check_url)
    audience: str
    scope: str | None = None
    """Left out by default, as the OAuth server's operators advise."""
    api_path: str = field(default="/verifyPrecontractualData", validator=_check_path)
    rate: float = field(default=_RATE, validator=_check_rate)
    """Calls per second in any one-second window, retries included."""
    concurrency: int = field(default=10, validator=_between(1, 1000))
    """The most calls at once."""
    attempt_timeout: float = field(default=30.0, validator=_between(0.1, 600))
    """Seconds for one attempt, from sending to the last byte of the answer."""
    retry: RetryPolicy = field(factory=RetryPolicy)
    ca_file: Path | None = None
    """A file with the CAs to trust instead of the system's."""
    proxy: str | None = field(default=None, repr=False, validator=_check_proxy)
    """The only way to use a proxy: proxy variables of the environment are ignored."""
    user_agent_suffix: str | None = field(default=None, validator=optional(_check_products))
    """Added to our own name in ``User-Agent``, to show whose program asks; such as ``payroll/2.1``."""
    sharing: Sharing | None = None
    """Set if several processes share `rate` and a token: see `Sharing`. None: this client shares nothing."""

    def __attrs_post_init__(self) -> None:
        """A proxy only tunnels an https call; of a plain http call it could read everything."""
        is_plain = any(url.lower().startswith("http:") for url in (self.api_url, self.token_url))
        if self.proxy is not None and is_plain:
            raise InvalidSettings("PROXY and plain http do not go together: the proxy would read the token")

    @property
    def user_agent(self) -> str:
        """The ``User-Agent`` of calls and token requests."""
        return USER_AGENT if self.user_agent_suffix is None else f"{USER_AGENT} {self.user_agent_suffix}"

    @classmethod
    def for_environment(cls, environment: Environment, *, caller: Caller, credentials: Credentials) -> Self:
        """The settings of one of the four environments, with every default."""
        api_url, token_url = PRESETS[environment]
        return cls(
            caller=caller, credentials=credentials, api_url=api_url, token_url=token_url, audience=token_url
        )


@frozen(kw_only=True)
class KnownSettings:
    """The settings that describe a run before it begins. None of them needs to be set."""

    caller: Caller | None = None
    rate: float = field(default=_RATE, validator=_check_rate)
    """As in `Settings`."""
