internal import Runtime
internal import Synchronization

/// Sends requests over kept connections, all on one thread of its own. Make one per process and share it.
///
/// Redirects are never followed, cookies never kept, proxies never used. Certificates are always verified, TLS 1.2 or
/// later. Only https to public addresses is allowed, except to `HTTPClientOptions.allowedOrigins`.
public final class HTTPClient: Sendable {
    private let loop: TransferLoop
    private let thread: NamedThread
    private let allowed: Set<String>

    /// Starts the thread. An entry of `allowedOrigins` that is not an origin stops the program: it is configuration, to be
    /// checked with `isOrigin` when it is read.
    public init(_ options: HTTPClientOptions = HTTPClientOptions()) {
        allowed = Set(
            options.allowedOrigins.map { text in
                guard let origin = Origin(url: text) else {
                    preconditionFailure("an allowed origin is no origin: \(text)")
                }
                return origin.text
            }
        )
        let loop = TransferLoop(options: options)
        self.loop = loop
        thread = NamedThread("http-client", stackSize: 1 << 20) { loop.run() }
    }

    deinit {
        loop.close()
        // The last reference may go away in a task on the client's own thread, which cannot wait for itself.
        if loop.isCurrentThread { Task.detached { [thread] in thread.join() } } else { thread.join() }
    }

    /// Runs tasks on the client's own thread, between the turns of libcurl.
    ///
    /// A task under `withTaskExecutorPreference(client.executor)` sends and receives without a change of thread, which
    /// costs more than the request itself when few are under way. Its work should be short: transfers wait for it.
    public var executor: any TaskExecutor { loop }

    /// Whether `text` can stand in `allowedOrigins`: scheme, host and optional port.
    public static func isOrigin(_ text: String) -> Bool { Origin(url: text) != nil }

    /// Fails what is under way with `closed`, ends the thread and waits for it. Later requests fail the same way. Must not
    /// be called from a task on `executor`.
    public func close() {
        loop.close()
        thread.join()
    }

    /// Sends `request` and returns the whole response, whatever its status.
    ///
    /// Cancelling the calling task aborts the transfer. Throws when there is no complete response; a transfer that failed
    /// with `reset`, `timeout`, `truncated` or `cancelled` may have reached the server.
    public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        guard let origin = Origin(url: request.url) else {
            throw HTTPError(.badURL, "The URL is not a plain absolute http or https URL.")
        }
        if let fault = request.headers.firstFault() { throw HTTPError(.badHeader, fault, host: origin.host) }
        let isAllowed = !allowed.isEmpty && allowed.contains(origin.text)
        guard origin.isSecure || isAllowed else {
            throw HTTPError(.refusedOrigin, "Plain http is refused for this origin.", host: origin.host)
        }
        let cancellation = CancellationFlag()
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (finish: Completion) in
                let transfer = Transfer(
                    request: request,
                    origin: origin,
                    isAllowed: isAllowed,
                    cancellation: cancellation,
                    finish: finish
                )
                if !loop.submit(transfer) { finish.resume(returning: .failure(.closed(transfer))) }
            }
        } onCancel: {
            cancellation.set()
            loop.cancelRequested()
        }
        return try outcome.get()
    }
}
