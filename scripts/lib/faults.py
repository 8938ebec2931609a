"""Faults from outside: proxies that lose confirms, and a platform whose answer kills whoever asks for it. Python 3, standard
library only."""
import http.client
import http.server
import os
import select
import signal
import socket
import struct
import threading
import time


class Swallower:
    """A TCP proxy before the broker that forwards everything but its confirms, and cuts a connection once it has kept
    back so many: its publisher cannot know what became of them."""

    def __init__(self, target, each):
        self.target, self.each = target, each
        self.swallowed = self.cuts = 0
        self.active = True
        self.lock = threading.Lock()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            broker = socket.create_connection(self.target, timeout=10)
        except OSError:
            client.close()
            return
        broker.settimeout(None)
        frames, held = bytearray(), 0
        try:
            while True:
                ready, _, _ = select.select([client, broker], [], [])
                if client in ready:
                    data = client.recv(65536)
                    if not data:
                        return
                    broker.sendall(data)
                if broker in ready:
                    data = broker.recv(65536)
                    if not data:
                        return
                    frames += data
                    out, count = self._filter(frames)
                    if out:
                        client.sendall(out)
                    held += count
                    if count:
                        with self.lock:
                            self.swallowed += count
                    if held >= self.each:
                        with self.lock:
                            self.cuts += 1
                        # A reset, as from a machine that is gone.
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return
        except OSError:
            pass
        finally:
            client.close()
            broker.close()

    def _filter(self, frames):
        """Takes whole frames; returns those to go on and how many confirms were kept back."""
        out, count = bytearray(), 0
        while len(frames) >= 8:
            size = struct.unpack(">I", frames[3:7])[0]
            if len(frames) < size + 8:
                break
            frame = bytes(frames[:size + 8])
            del frames[:size + 8]
            # basic.ack from the broker is a confirm: class 60, method 80.
            if self.active and frame[0] == 1 and frame[7:11] == b"\x00\x3c\x00\x50":
                count += 1
            else:
                out += frame
        return bytes(out), count

    def close(self):
        self.server.close()


def owners(port, peer):
    """Processes whose socket goes from `port` to `peer` on this machine."""
    inodes = set()
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in table.readlines()[1:]:
            words = line.split()
            if int(words[1].split(":")[1], 16) == port and int(words[2].split(":")[1], 16) == peer:
                inodes.add(f"socket:[{words[9]}]")
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            for descriptor in os.listdir(f"/proc/{pid}/fd"):
                if os.readlink(f"/proc/{pid}/fd/{descriptor}") in inodes:
                    found.append(int(pid))
                    break
        except OSError:
            continue
    return found


class Assassin:
    """Stands before the simulator. Whoever asks for the poisoned account dies of it: its process gets a signal that it
    cannot handle, as after a trap or an overflowing stack."""

    def __init__(self, target, poison):
        self.target, self.poison = target, poison
        self.killed = []
        self.lock = threading.Lock()
        assassin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if assassin.poison.encode() in self.path.encode() + body:
                    assassin.strike(self.client_address[1])
                    # An answer that comes, or ends, before the death would be an ordinary failure.
                    time.sleep(5)
                    self.close_connection = True
                    return
                try:
                    link = http.client.HTTPConnection(*assassin.target, timeout=30)
                    link.request(self.command, self.path, body, {k: v for k, v in self.headers.items() if k.lower() != "connection"})
                    answer = link.getresponse()
                    data = answer.read()
                    link.close()
                    self.send_response(answer.status)
                    for name, value in answer.getheaders():
                        if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                            self.send_header(name, value)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    self.close_connection = True
            do_GET = do_POST = handle_any

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, *_):
                pass  # a client that died is what this is about

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def strike(self, client):
        for pid in owners(client, self.port):
            if pid == os.getpid():
                continue
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as words:
                    name = words.read().split(b"\0")[0].decode(errors="replace")
                os.kill(pid, signal.SIGSEGV)
            except OSError:
                continue
            with self.lock:
                self.killed.append((time.monotonic(), os.path.basename(name), pid))

    def close(self):
        self.server.shutdown()
        self.server.server_close()
