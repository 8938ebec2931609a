internal import CMicroHTTPD
internal import Synchronization

/// Carries the chunks of a streamed body from their task to the loop, holding a bounded amount in between.
final class StreamPump: Sendable {
    enum Taken { case bytes(Int), nothingYet, finished, failed }

    private enum Ending { case open, finished, failed }
    private struct State {
        var chunk: [UInt8] = []
        var offset = 0
        var ending = Ending.open
        var isReaderWaiting = false
        var producer: CheckedContinuation<Bool, Never>?
        var task: Task<Void, Never>?
    }

    private let state = Mutex(State())
    private let chunks: any AsyncSequence<[UInt8], any Error> & Sendable
    private let wakeReader: @Sendable () -> Void

    init(_ chunks: any AsyncSequence<[UInt8], any Error> & Sendable, wakeReader: @escaping @Sendable () -> Void) {
        self.chunks = chunks
        self.wakeReader = wakeReader
    }

    /// Copies what is there. The first call starts the sequence, so that an answer without a body never does.
    func take(into buffer: UnsafeMutableRawBufferPointer) -> Taken {
        let (taken, producer, start) = state.withLock { state -> (Taken, CheckedContinuation<Bool, Never>?, Bool) in
            let count = min(buffer.count, state.chunk.count - state.offset)
            if count > 0 {
                unsafe buffer.copyBytes(from: state.chunk[state.offset..<state.offset + count])
                state.offset += count
                guard state.offset == state.chunk.count else { return (.bytes(count), nil, false) }
                defer { state.producer = nil }
                return (.bytes(count), state.producer, false)
            }
            switch state.ending {
            case .finished: return (.finished, nil, false)
            case .failed: return (.failed, nil, false)
            case .open:
                state.isReaderWaiting = true
                return (.nothingYet, nil, state.task == nil)
            }
        }
        producer?.resume(returning: true)
        if start { self.start() }
        return taken
    }

    /// Nobody reads any more.
    func cancel() {
        let (task, producer) = state.withLock { state in
            state.ending = .failed
            defer { state.producer = nil }
            return (state.task, state.producer)
        }
        task?.cancel()
        producer?.resume(returning: false)
    }

    private func start() {
        // Belongs to the answer that is being sent, which cancels it when it ends.
        let task = Task {
            do {
                for try await chunk in chunks where !chunk.isEmpty {
                    guard await offer(chunk) else { return }
                }
                end(.finished)
            } catch { end(.failed) }
        }
        state.withLock { $0.task = task }
    }

    /// Hands a chunk over and waits until it has been read; false when nobody will.
    private func offer(_ chunk: [UInt8]) async -> Bool {
        await withCheckedContinuation { continuation in
            let wake = state.withLock { state -> Bool? in
                guard state.ending == .open else { return nil }
                state.chunk = chunk
                state.offset = 0
                state.producer = continuation
                defer { state.isReaderWaiting = false }
                return state.isReaderWaiting
            }
            guard let wake else { return continuation.resume(returning: false) }
            if wake { wakeReader() }
        }
    }

    private func end(_ ending: Ending) {
        let wake = state.withLock { state in
            if state.ending == .open { state.ending = ending }
            defer { state.isReaderWaiting = false }
            return state.isReaderWaiting
        }
        if wake { wakeReader() }
    }
}

/// The loop's end of a streamed body.
final class StreamReader {
    let pump: StreamPump
    private unowned let daemon: Daemon
    private unowned let peer: Peer
    private let id: UInt64

    init(pump: StreamPump, daemon: Daemon, peer: Peer, id: UInt64) {
        self.pump = pump
        self.daemon = daemon
        self.peer = peer
        self.id = id
    }

    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        switch unsafe pump.take(into: buffer) {
        case .bytes(let count): return count
        case .finished: return -1  // MHD_CONTENT_READER_END_OF_STREAM
        case .failed: return -2  // MHD_CONTENT_READER_END_WITH_ERROR
        case .nothingYet:
            return daemon.suspendStream(peer, id) ? 0 : -2
        }
    }
}

@c
func streamRead(
    _ context: UnsafeMutableRawPointer?,
    _ position: UInt64,
    _ buffer: UnsafeMutablePointer<CChar>?,
    _ size: Int
) -> Int {
    guard let context = unsafe context, let buffer = unsafe buffer else { return -2 }
    let stream = unsafe Unmanaged<StreamReader>.fromOpaque(context).takeUnretainedValue()
    return unsafe stream.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
}

/// Releases what `makeResponse` retained.
@c
func streamReleased(_ context: UnsafeMutableRawPointer?) {
    guard let context = unsafe context else { return }
    unsafe Unmanaged<StreamReader>.fromOpaque(context).takeRetainedValue().pump.cancel()
}
