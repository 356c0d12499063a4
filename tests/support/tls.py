"""A certificate authority for one test, and what it signed: good, ended, for another host, or by nobody."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)

PEM = serialization.Encoding.PEM
NOW = datetime.now(UTC)


@frozen
class Identity:
    """What a server proves itself with, and the CA that a client trusts."""

    ca_file: Path
    context: ssl.SSLContext


def identity(
    folder: Path, *, host: str = "127.0.0.1", days: int = 30, signed_by_itself: bool = False
) -> Identity:
    """An identity for `host` that ends after so many days."""
    ca_key, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    ca = _unsigned("ca", ca_key, "ca", 30).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
    issuer, signer = ("gateway", key) if signed_by_itself else ("ca", ca_key)
    leaf = _unsigned("gateway", key, issuer, days).add_extension(names, critical=False)
    files = [folder / name for name in ("ca.pem", "cert.pem", "server-key.pem")]
    files[0].write_bytes(ca.sign(ca_key, hashes.SHA256()).public_bytes(PEM))
    files[1].write_bytes(leaf.sign(signer, hashes.SHA256()).public_bytes(PEM))
    files[2].write_bytes(
        key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1], files[2])
    return Identity(files[0], context)


def _unsigned(name: str, key: EllipticCurvePrivateKey, issuer: str, days: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=60))
        .not_valid_after(NOW + timedelta(days=days))
    )
