"""The private key for the client assertion: reads it from bytes and signs with it.

Knows PEM, PEM with line ends written as ``\\n``, and PKCS#12. Leaves to others: where the bytes come from.
Errors name the format of the key, never its content.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import jwt
from attrs import field, frozen
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPrivateNumbers
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from ..model.errors import InvalidSettings
from ..model.privacy import without_frames

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey

_LEAST_RSA_BITS: Final = 2048
_CHECK: Final = "Check the file in KEY_FILE, or the text in PRIVATE_KEY, and KEY_PASSWORD."


@frozen
class SigningKey:
    """A parsed key. Parsing takes a hundred times as long as signing, so it is done once."""

    key: PrivateKey = field(repr=False)
    algorithm: str
    certificate_expires: datetime | None = None
    """An aware datetime in UTC; only a PKCS#12 file contains the certificate."""

    def content(self) -> bytes:
        """The whole private key, not encrypted: the same bytes whatever format the key was read from."""
        return self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    async def sign(self, signing_input: bytes) -> bytes:
        """The signature in JWS form (RFC 7518 §3). RSA takes half a millisecond, so no thread is used."""
        signature: bytes = jwt.get_algorithm_by_name(self.algorithm).sign(signing_input, self.key)
        return signature


@without_frames
def load_key(material: bytes, *, password: bytes | None, algorithm: str) -> SigningKey:
    """The key in `material`, for signing with `algorithm` (RS256, PS256 or ES256).

    From a PKCS#12 file with several keys, the first is used, as the format's readers do.

    Raises:
        InvalidSettings: the key cannot be read, the password is wrong or missing, or the key does not fit
            the algorithm. The error repeats nothing of the material.
    """
    if b"-----BEGIN" in material:
        key, certificate = _from_pem(material.replace(b"\\n", b"\n"), password), None
    else:
        key, certificate = _from_pkcs12(material, password)
    _check_fit(key, algorithm)
    _try_out(key)
    expires = certificate.not_valid_after_utc if certificate else None
    assert isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey)  # noqa: S101 (narrowed by _check_fit)
    return SigningKey(key, algorithm, expires)


def _from_pem(material: bytes, password: bytes | None) -> object:
    try:
        return load_pem_private_key(material, password, unsafe_skip_rsa_key_validation=True)
    except TypeError:
        problem = "the key is encrypted and needs KEY_PASSWORD" if password is None else (
            "the key is not encrypted, but there is a KEY_PASSWORD"
        )  # fmt: skip
    except (ValueError, UnsupportedAlgorithm):
        problem = "the PEM holds no private key that can be read (or the password is wrong)"
    raise InvalidSettings(problem, _CHECK)


def _from_pkcs12(material: bytes, password: bytes | None) -> tuple[object, x509.Certificate | None]:
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(material, password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key, certificate = None, None
    if key is None:
        raise InvalidSettings(
            "the key is neither PEM nor PKCS#12 with a key (or the password is wrong)", _CHECK
        )
    return key, certificate


def _try_out(key: object) -> None:
    """Check that the key's numbers fit each other, sign something, and verify the signature.

    For PEM, OpenSSL would test whether the primes of an RSA key are primes: with 4096 bits that blocks every
    thread of the process for a quarter of a second. That test is for strangers' keys, not for the user's own.
    """
    try:
        if isinstance(key, RSAPrivateKey):
            _check_numbers(key.private_numbers())
            signature = key.sign(b"", PKCS1v15(), SHA256())
            key.public_key().verify(signature, b"", PKCS1v15(), SHA256())
        elif isinstance(key, EllipticCurvePrivateKey):
            key.public_key().verify(key.sign(b"", ECDSA(SHA256())), b"", ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        is_good = False
    else:
        is_good = True
    if not is_good:
        raise InvalidSettings("the key does not sign: it is damaged", "Take it again from where it was made.")


def _check_numbers(key: RSAPrivateNumbers) -> None:
    """Raise ValueError when a number does not fit the others, because it is damaged (RFC 8017 §3.2)."""
    p, q, d, e = key.p, key.q, key.d, key.public_numbers.e
    fits = (
        p * q == key.public_numbers.n
        and p != q
        and e >= 3
        and e * d % (p - 1) == 1
        and e * d % (q - 1) == 1
        and key.dmp1 == d % (p - 1)
        and key.dmq1 == d % (q - 1)
        and key.iqmp * q % p == 1
    )
    if not fits:
        raise ValueError


def _check_fit(key: object, algorithm: str) -> None:
    if algorithm == "ES256":
        if not (isinstance(key, EllipticCurvePrivateKey) and key.curve.name == "secp256r1"):
            raise InvalidSettings("ES256 needs an EC key on the curve P-256")
    elif not isinstance(key, RSAPrivateKey):
        raise InvalidSettings(f"{algorithm} needs an RSA key; for an EC key set ALGORITHM to ES256")
    elif key.key_size < _LEAST_RSA_BITS:
        raise InvalidSettings(f"the RSA key is shorter than {_LEAST_RSA_BITS} bits")
