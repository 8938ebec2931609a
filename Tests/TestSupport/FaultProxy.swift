import Glibc
import Runtime
import Synchronization

/// A TCP relay between a client and a service on this machine that can be told to misbehave.
///
/// One thread, `poll`, at most 64 KiB held per direction; the listener takes any free port of 127.0.0.1.
public final class FaultProxy: Sendable {
    public enum Direction: Sendable, CaseIterable {
        case toService, toClient
    }

    private struct Faults {
        var stalled: Set<Direction> = []
        var delay: Duration = .zero
        var reset = false
        var stop = false
    }

    /// One direction of one connection: what was read and not passed on, each piece with the moment it may leave.
    private struct Pipe {
        let direction: Direction
        let from: CInt
        let into: CInt
        var pieces: [(due: ContinuousClock.Instant, bytes: ArraySlice<UInt8>)] = []
        var held = 0
        var ended = false
    }

    public let port: Int
    private let service: UInt16
    private let listener: CInt
    private let faults = Mutex(Faults())
    private let wake = WakeDescriptor()
    private let thread = Mutex<NamedThread?>(nil)
    private let accepted = Atomic<Int>(0)

    /// How many connections were taken so far.
    public var connections: Int { accepted.load(ordering: .relaxed) }

    /// Relays to 127.0.0.1:`service`. Call `stop` in the end.
    public init(to service: Int) {
        self.service = UInt16(service)
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        listener = listening
        var address = Self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listening, raw, length) == 0 && listen(listening, 64) == 0
                    && getsockname(listening, raw, &length) == 0
            }
        }
        precondition(bound, "the proxy got no port")
        port = Int(UInt16(bigEndian: address.sin_port))
        let started = NamedThread("fault-proxy") { [unowned self] in self.run() }
        thread.withLock { $0 = started }
    }

    /// Stops passing bytes on and reading them, in one direction or in both; connections stay. A partition, or a frozen peer.
    public func stall(_ directions: Direction...) { change { $0.stalled.formUnion(directions) } }

    /// Passes bytes on again.
    public func resume() { change { $0.stalled = [] } }

    /// Holds every piece that comes from now on back for this long, in each direction.
    public func delay(_ duration: Duration) { change { $0.delay = duration } }

    /// Ends all present connections with a reset.
    public func reset() { change { $0.reset = true } }

    /// Ends everything and joins the thread.
    public func stop() {
        change { $0.stop = true }
        let running = thread.withLock { value in
            defer { value = nil }
            return value
        }
        running?.join()
        close(listener)
    }

    private func change(_ body: (inout Faults) -> Void) {
        faults.withLock { body(&$0) }
        wake.signal()
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    // MARK: The thread

    private func run() {
        var pipes: [Pipe] = []
        while true {
            let faults = faults.withLock { faults in
                defer { faults.reset = false }
                return faults
            }
            if faults.stop || faults.reset {
                for pipe in pipes where pipe.direction == .toService { Self.closeHard(pipe) }
                pipes = []
                if faults.stop { return }
            }
            let now = ContinuousClock.now
            var entries = [
                pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
            ]
            var next: ContinuousClock.Instant?
            for pipe in pipes {
                let open = !faults.stalled.contains(pipe.direction)
                let room = open && !pipe.ended && pipe.held < 65_536
                entries.append(pollfd(fd: pipe.from, events: room ? Int16(POLLIN) : 0, revents: 0))
                let due = pipe.pieces.first?.due
                if open, let due, due > now { next = min(next ?? due, due) }
                entries.append(
                    pollfd(
                        fd: pipe.into,
                        events: open && due.map { $0 <= now } == true ? Int16(POLLOUT) : 0,
                        revents: 0
                    )
                )
            }
            let wait = next.map { Int32(($0 - now) / .milliseconds(1)) + 1 } ?? -1
            poll(&entries, nfds_t(entries.count), wait)
            if entries[0].revents != 0 { wake.clear() }
            for index in pipes.indices where !faults.stalled.contains(pipes[index].direction) {
                if entries[2 + index * 2].revents != 0 { Self.read(&pipes[index], delay: faults.delay) }
                Self.write(&pipes[index])
            }
            // An end of stream closes both directions once the rest has been passed on.
            for pipe in pipes where pipe.ended && pipe.pieces.isEmpty && !faults.stalled.contains(pipe.direction) {
                guard pipes.contains(where: { $0.from == pipe.from }) else { continue }
                close(pipe.from)
                close(pipe.into)
                pipes.removeAll { $0.from == pipe.from || $0.into == pipe.from }
            }
            if entries[1].revents != 0 { accept(&pipes) }
        }
    }

    private func accept(_ pipes: inout [Pipe]) {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return }
        accepted.wrappingAdd(1, ordering: .relaxed)
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(port: service)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else {
            close(client)
            close(server)
            return
        }
        var on: Int32 = 1
        for descriptor in [client, server] {
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        pipes.append(Pipe(direction: .toService, from: client, into: server))
        pipes.append(Pipe(direction: .toClient, from: server, into: client))
    }

    private static func read(_ pipe: inout Pipe, delay: Duration) {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(pipe.from, &chunk, chunk.count, Int32(MSG_DONTWAIT))
        if count > 0 {
            pipe.pieces.append((.now + delay, chunk[..<count]))
            pipe.held += count
        } else if count == 0 || errno != EAGAIN {
            pipe.ended = true
        }
    }

    private static func write(_ pipe: inout Pipe) {
        while let piece = pipe.pieces.first, piece.due <= .now {
            let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
            let count = piece.bytes.withUnsafeBytes { send(pipe.into, $0.baseAddress, $0.count, flags) }
            guard count > 0 else {
                if count < 0, errno != EAGAIN {
                    pipe.ended = true
                    pipe.pieces = []
                }
                return
            }
            pipe.held -= count
            if count == piece.bytes.count {
                pipe.pieces.removeFirst()
            } else {
                pipe.pieces[0].bytes = piece.bytes.dropFirst(count)
            }
        }
    }

    /// With linger 0 a close is a reset.
    private static func closeHard(_ pipe: Pipe) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        for descriptor in [pipe.from, pipe.into] {
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
            close(descriptor)
        }
    }
}
