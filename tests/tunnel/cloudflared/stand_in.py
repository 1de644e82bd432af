"""Plays cloudflared: its log on stderr, its metrics server, its exit statuses.

As seen of version 2026.8.2: https://github.com/cloudflare/cloudflared. Standard library only.

Run as `cloudflared` with a `stand-in.json` beside it, which says what to play:

    mode     ok; offline, limited, old (these end by themselves); never (an address and no connection),
             silent, stubborn (ignores SIGTERM), another (another program)
    host     the address, without https://; a new one at each start without it

While it runs, the file `play` in the same folder holds what it does next: lost, back, exit, flood.
Each start adds a line to `starts.jsonl`: arguments, environment, process.
"""

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[0]).absolute().parent
API = "https://api.trycloudflare.com/tunnel"
TOO_MANY = 'status_code="429 Too Many Requests"'
NOISE = "ERR Cannot determine default configuration path. No file [config.yml config.yaml]"


def log(level, text):
    sys.stderr.write(f"2026-11-28T09:14:47Z {level} {text}\n")
    sys.stderr.flush()


class Metrics(BaseHTTPRequestHandler):
    connected = False

    def do_GET(self):
        body = json.dumps({"status": 200 if self.connected else 503, "readyConnections": int(self.connected)})
        self.send_response(200 if self.connected and self.path == "/ready" else 503)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def connect():
    Metrics.connected = True
    log("INF", "Registered tunnel connection connIndex=0 location=ams03 protocol=quic")


def play(what):
    if what == "lost":
        Metrics.connected = False
        log("WRN", 'Lost connection with the edge error="timeout: no recent network activity" connIndex=0')
        log("ERR", "Retrying connection in up to 1s connIndex=0")
    elif what == "warn":
        log("WRN", "Serve tunnel error connIndex=3")
    elif what == "back":
        connect()
    elif what == "exit":
        log("ERR", 'Initiating shutdown error="there are no free edge addresses left to resolve to"')
        os._exit(1)
    elif what == "flood":
        for number in range(50_000):
            sys.stderr.write(f"2026-11-28T09:14:47Z ERR Failed to dial a quic connection number={number}\n")
        sys.stderr.write("x" * 3_000_000 + "\n")
        sys.stderr.flush()


def main():
    wanted = json.loads((FOLDER / "stand-in.json").read_text())
    mode = wanted["mode"]
    if "--version" in sys.argv:
        sys.stdout.write(
            "another 1.0\n" if mode == "another" else "cloudflared version 2026.8.2 (built 2026-08-14)\n"
        )
        return 0
    with (FOLDER / "starts.jsonl").open("a") as file:
        file.write(json.dumps({"argv": sys.argv[1:], "env": dict(os.environ), "pid": os.getpid()}) + "\n")
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    log("INF", "Requesting new quick Tunnel on trycloudflare.com...")
    log("", NOISE)
    if mode == "offline":
        log(
            "",
            f'failed to request quick Tunnel: Post "{API}": dial tcp: no such host',
        )
        return 1
    if mode == "limited":
        log(
            "ERR",
            'Error unmarshaling QuickTunnel response: error code: 1015 status_code="429 Too Many Requests"',
        )
        sys.stderr.write(
            "failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value\n"
        )
        return 1
    if mode == "old":
        sys.stderr.write("Incorrect Usage. flag provided but not defined: -grace-period\n")
        return 255
    if mode != "silent":
        server = HTTPServer(("127.0.0.1", 0), Metrics)
        log("INF", f"Starting metrics server on 127.0.0.1:{server.server_port}/metrics")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = wanted.get("host") or f"four-random-words-{os.getpid()}.trycloudflare.com"
        log("INF", f"|  https://{host}                                   |")
        if mode != "never":
            connect()
        else:
            log("ERR", 'Failed to dial a quic connection error="failed to dial to edge: timeout"')
    while True:
        time.sleep(0.01)
        file = FOLDER / "play"
        if file.exists():
            what = file.read_text()
            file.unlink()
            play(what)


sys.exit(main())
