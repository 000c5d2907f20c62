#!/usr/bin/env python3
"""The app that `make run` protects: shows what reaches it. It has no login of its own.

    python3 deploy/dev/whoami.py PORT
"""
import html
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>Who am I</title><style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}}th,td{{text-align:left;padding:.25rem .75rem .25rem 0;vertical-align:top;overflow-wrap:anywhere}}
th{{font-weight:600;white-space:nowrap}}</style>
<h1>Hello {name}</h1><p>This app has no login of its own. Doorward let you in and told it who you are.
<a href="/outpost.goauthentik.io/sign_out">Sign out</a></p><table>{rows}</table></html>"""


class WhoAmI(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        text = lambda value: html.escape(value.encode("latin-1", "replace").decode("utf-8", "replace"))
        rows = "".join(f"<tr><th>{text(k)}<td>{text(v)}" for k, v in self.headers.items())
        name = text(self.headers.get("X-authentik-name") or self.headers.get("X-authentik-username") or "nobody")
        body = PAGE.format(name=name, rows=rows).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), WhoAmI).serve_forever()
