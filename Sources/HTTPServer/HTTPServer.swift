internal import Runtime
internal import Synchronization

/// An HTTP/1.1 server on one thread of its own; handlers run as tasks on Swift's threads.
public final class HTTPServer: Sendable {
    /// The port that is listened on.
    public let port: UInt16
    private let loop: ServerLoop
    private let thread: NamedThread

    /// Listens at once. `handler` is called for each complete request, concurrently.
    public convenience init(
        _ options: HTTPServerOptions = HTTPServerOptions(),
        handler: @escaping @Sendable (ServerRequest) async -> ServerResponse
    ) throws(HTTPServerError) {
        let limit = options.maximumBodyBytes
        try self.init(options, bodyLimit: { _ in limit }, handler: handler)
    }

    /// Serves the routes of `router`, each with its own limit for bodies.
    public convenience init(
        _ options: HTTPServerOptions = HTTPServerOptions(),
        router: Router
    ) throws(HTTPServerError) {
        let limit = options.maximumBodyBytes
        try self.init(
            options,
            bodyLimit: { router.bodyLimit(for: $0) ?? limit },
            handler: { await router.respond(to: $0) }
        )
    }

    private init(
        _ options: HTTPServerOptions,
        bodyLimit: @escaping @Sendable (ServerRequest) -> Int,
        handler: @escaping @Sendable (ServerRequest) async -> ServerResponse
    ) throws(HTTPServerError) {
        let listener = try Listener(address: options.address, port: options.port)
        port = listener.port
        let loop = ServerLoop(
            listener: listener.descriptor,
            options: options,
            bodyLimit: bodyLimit,
            handler: handler
        )
        self.loop = loop
        thread = NamedThread(options.threadName, stackSize: 512 << 10) { loop.run() }
    }

    deinit {
        loop.requestStop(at: .now)
        thread.join()
    }

    /// Serves until the task is cancelled, then drains for at most `drain`.
    public func run(drain: Duration = .seconds(10)) async {
        await withTaskCancellationHandler {
            await loop.ended()
        } onCancel: {
            loop.requestStop(at: .now + drain)
        }
    }

    /// Takes no more connections, lets requests under way finish until `deadline` has passed, then cancels their handlers
    /// and answers 503. Returns when the last connection is closed.
    public func stop(deadline: Duration = .seconds(10)) async {
        loop.requestStop(at: .now + deadline)
        await loop.ended()
        thread.join()
    }
}
