"""Authorities of one's own, and what they sign: each certificate is a file with its key in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Authority:
    """`file` has its own certificate."""

    folder: Path
    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    file: Path

    def certificate(self, name: str, *names: x509.GeneralName, begins: timedelta = -DAY) -> Path:
        """For a name, with alternative names; it is valid for two days from `begins` on."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        made = _builder(name, self.name, key, now + begins).add_extension(
            x509.SubjectAlternativeName(names or [x509.DNSName(name)]), critical=False
        )
        file = self.folder / f"{name}.pem"
        file.write_bytes(_pem(made.sign(self.key, hashes.SHA256())) + _key_pem(key, b""))
        return file

    def encrypted(self, name: str, password: str) -> tuple[Path, Path]:
        """A certificate, and its key under a password."""
        file = self.certificate(name)
        key = serialization.load_pem_private_key(file.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        locked = self.folder / f"{name}.key"
        locked.write_bytes(_key_pem(key, password.encode()))
        return file, locked


def authority(folder: Path, name: str) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    made = _builder(name, _name(name), key, datetime.now(UTC) - DAY).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    file = folder / f"{name}.pem"
    file.write_bytes(_pem(made.sign(key, hashes.SHA256())))
    return Authority(folder, _name(name), key, file)


def here(address: str = "127.0.0.1") -> x509.IPAddress:
    return x509.IPAddress(ip_address(address))


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begins: datetime
) -> x509.CertificateBuilder:
    serial = x509.random_serial_number()
    return x509.CertificateBuilder(issuer, _name(name), key.public_key(), serial, begins, begins + 2 * DAY)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey, password: bytes) -> bytes:
    locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
