"""How strong a certificate's key and signature are."""

from checks.attempt import Attempt
from checks.evidence import Evidence

_PARTS = ("certificate.key_type", "certificate.key_bits", "certificate.signature_hash")


def key_evidence(attempt: Attempt, der: bytes | None) -> list[Evidence]:
    """`NAME.certificate.key_type` (`RSA`, `EC`, `Ed25519`, ...), `.key_bits` and `.signature_hash` (`sha256`, ...)."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

    if der is None:
        return [attempt.gap(part, "the server showed no certificate") for part in _PARTS]
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
        hashed = certificate.signature_hash_algorithm
        oid = certificate.signature_algorithm_oid.dotted_string
    except (ValueError, UnsupportedAlgorithm) as error:
        return [attempt.gap(part, f"the certificate could not be read: {error}") for part in _PARTS]
    match key:
        case rsa.RSAPublicKey():
            kind, bits = "RSA", key.key_size
        case ec.EllipticCurvePublicKey():
            kind, bits = "EC", key.key_size
        case dsa.DSAPublicKey():
            kind, bits = "DSA", key.key_size
        case ed25519.Ed25519PublicKey():
            kind, bits = "Ed25519", 256
        case ed448.Ed448PublicKey():
            kind, bits = "Ed448", 456
        case _:
            reason = f"the certificate has a key of a kind that is not known here: {type(key).__name__}"
            return [attempt.gap(part, reason) for part in _PARTS]
    # Ed25519 and Ed448 hash as a part of signing (RFC 8410): their own name is the answer.
    own = {"1.3.101.112": "ed25519", "1.3.101.113": "ed448"}.get(oid, "")
    signature = hashed.name if hashed else own
    return [
        attempt.reading("certificate.key_type", kind, "text"),
        attempt.reading("certificate.key_bits", bits, "1", kind),
        attempt.reading("certificate.signature_hash", signature, "text", oid)
        if signature
        else attempt.gap("certificate.signature_hash", f"the signature algorithm {oid} is not known here"),
    ]
