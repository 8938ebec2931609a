internal import FleetCore
internal import HTTPServer

/// A body as it travels: whole, slowly, or only in part before the connection is cut.
struct DeliveredBody {
    let body: ServerResponse.Body

    /// The connection breaks here.
    private struct Cut: Error {}

    init(_ reply: SimulatedReply) {
        let bytes = reply.body
        switch reply.delivery {
        case .whole: body = .bytes(bytes)
        case .slow(let perSecond):
            body = .stream(
                AsyncThrowingStream<[UInt8], any Error> { continuation in
                    let task = Task {
                        let size = max(1, perSecond / 4)
                        for start in stride(from: 0, to: bytes.count, by: size) {
                            continuation.yield(Array(bytes[start..<min(start + size, bytes.count)]))
                            try? await Task.sleep(for: perSecond < 4 ? .seconds(1) / perSecond : .milliseconds(250))
                            if Task.isCancelled { break }
                        }
                        continuation.finish()
                    }
                    continuation.onTermination = { _ in task.cancel() }
                }
            )
        case .cut(let count):
            body = .stream(
                AsyncThrowingStream<[UInt8], any Error> { continuation in
                    if count > 0 { continuation.yield(Array(bytes.prefix(count))) }
                    continuation.finish(throwing: Cut())
                }
            )
        }
    }
}
