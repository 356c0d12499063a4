"""The private key: what is damaged is refused, without the long look that stops everybody."""

from __future__ import annotations

from math import lcm

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from precontractual_async import InvalidSettings
from precontractual_async.protocol.keys import load_key

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NUMBERS = KEY.private_numbers()


def pem(numbers: rsa.RSAPrivateNumbers) -> bytes:
    key = numbers.private_key(unsafe_skip_rsa_key_validation=True)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def with_changed(**changed: int) -> rsa.RSAPrivateNumbers:
    names = ("p", "q", "d", "dmp1", "dmq1", "iqmp")
    parts = {name: getattr(NUMBERS, name) for name in names} | changed
    e, n = parts.pop("e", 65537), parts.pop("n", NUMBERS.public_numbers.n)
    return rsa.RSAPrivateNumbers(public_numbers=rsa.RSAPublicNumbers(e, n), **parts)


def test_a_good_key() -> None:
    """Also one whose exponent is the larger of the two that do."""
    assert load_key(pem(NUMBERS), password=None, algorithm="RS256").key.key_size == 2048
    larger = NUMBERS.d + lcm(NUMBERS.p - 1, NUMBERS.q - 1)
    load_key(pem(with_changed(d=larger)), password=None, algorithm="PS256")


@pytest.mark.parametrize(
    "changed",
    [
        {"d": NUMBERS.d + 2},
        {"d": 1, "e": 3},
        {"e": 3},
        {"dmp1": NUMBERS.dmp1 + 2},
        {"dmq1": NUMBERS.dmq1 + 2},
        {"iqmp": NUMBERS.iqmp + 1},
    ],
    ids=" ".join,  # the names: the numbers are others in each process, and workers must agree
)
def test_a_damaged_key(changed: dict[str, int]) -> None:
    """One number that does not fit the others; nothing of them is told."""
    material = pem(with_changed(**changed))
    with pytest.raises(InvalidSettings) as raised:
        load_key(material, password=None, algorithm="RS256")
    assert not any(character.isdigit() for character in str(raised.value))
    assert raised.value.__context__ is None


def test_an_ec_key_with_the_public_half_of_another() -> None:
    """Nor does an EC key do whose halves are strangers."""
    one, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    mixed = ec.EllipticCurvePrivateNumbers(
        one.private_numbers().private_value, other.public_key().public_numbers()
    )
    with pytest.raises(ValueError, match=r".*"):
        mixed.private_key()
    own = one.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert load_key(own, password=None, algorithm="ES256").algorithm == "ES256"
