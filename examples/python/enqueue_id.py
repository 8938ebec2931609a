"""Ids of jobs."""
import hashlib
import secrets
import time
import uuid


def job_id(key=None):
    """A UUID of version 7, new; or from a key: the same key gives the same id for the whole day, and so the same job."""
    now = int(time.time() * 1000)
    if key is None:
        milliseconds, rest = now, secrets.token_bytes(10)
    else:
        milliseconds, rest = now - now % 86_400_000, hashlib.sha256(key.encode()).digest()[:10]
    raw = bytearray(milliseconds.to_bytes(6, "big") + rest)
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))
