#!/usr/bin/env python3
"""A real SMTP server (aiosmtpd) that keeps each letter as one file, for the tests.

    server.py FOLDER PORT plain|starttls|tls [CERTIFICATE KEY USER PASSWORD]

With a user it asks for a password, and with `starttls` for encryption first.
"""
import signal
import ssl
import sys
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

folder, port, mode, *rest = sys.argv[1:]
certificate, key, user, password = (rest + [None] * 4)[:4]


class Keep:
    count = 0

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        place = Path(folder) / f"{self.count}.part"
        place.write_bytes(envelope.content)
        place.rename(place.with_suffix(".eml"))
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    right = data.login == user.encode() and data.password == password.encode()
    return AuthResult(success=right, handled=False)


options = {"hostname": "127.0.0.1", "port": int(port)}
if certificate:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    options |= {"ssl_context": tls} if mode == "tls" else {"tls_context": tls, "require_starttls": True}
if user:
    # aiosmtpd counts only STARTTLS as encryption; a connection that is TLS from the first byte is, too.
    options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": mode == "starttls"}
Controller(Keep(), **options).start()
signal.sigwait({signal.SIGTERM, signal.SIGINT})
