import Adapters
import Crypto
import FleetCore
import HTTPServer
import JSON
import Postgres
import Runtime

/// Answers requests: lets them in, holds them against the contract, asks the store, and says what became of them.
struct Gateway: Sendable {
    static let operations = AccountOperations.all + FigureOperations.all

    /// Microseconds that never go back.
    private static var clock: Int64 { ProcessClock.monotonicNow / 1000 }

    let store: GatewayStore
    let door: Doorkeeper
    let cursors: CursorSeal
    let perMinute: Int
    let logger: Logger

    /// - Parameter secret: signs cursors; the same in all gateways that serve the same callers.
    init(pool: Pool, secret: String, perMinute: Int, logger: Logger) {
        let store = GatewayStore(pool: pool)
        self.store = store
        self.perMinute = perMinute
        self.logger = logger
        cursors = CursorSeal(secret: secret)
        door = Doorkeeper(
            keys: KeyStore(pool: pool),
            perMinute: perMinute,
            clock: { Self.clock },
            sources: { try await store.introduceSources($0) }
        )
    }

    var router: Router {
        var router = Router()
        let description = OpenAPI.document(Self.operations).rendered()
        router.get("/v1/openapi.json") { Self.tagged(description, for: $0) }
        for kind in Refusal.Kind.allCases {
            router.get("/problems/\(kind.rawValue)") { _ in .text("\(kind.title) (\(kind.status))\n") }
        }
        for operation in Self.operations {
            router.on(operation.method, operation.path) { request in await answer(operation, request) }
        }
        return router
    }

    private func answer(_ operation: Operation, _ request: ServerRequest) async -> ServerResponse {
        let began = Self.clock
        var response: ServerResponse
        var verdict: RateBucket.Verdict?
        do {
            let (holder, found) = try await door.admit(request)
            verdict = found
            guard found.isAllowed else { throw Refusal(.tooManyRequests, retryAfter: found.wait) }
            guard holder.role >= operation.role else {
                throw Refusal(.forbidden, "It takes a key of the role \(operation.role.rawValue).")
            }
            let faults = operation.faults(request)
            guard faults.isEmpty else { throw Refusal(.invalidRequest, faults: faults) }
            let now = Instant(microseconds: ProcessClock.wallNow)
            let question = Question(request: request, holder: holder, now: now, store: store, cursors: cursors)
            response = Self.tagged(try await operation.work(question).rendered(), for: request)
        } catch {
            response = refusal(error, operation).response
        }
        if let verdict {
            response.headers.append((name: "RateLimit-Policy", value: "\"key\";q=\(perMinute);w=60"))
            response.headers.append((name: "RateLimit", value: "\"key\";r=\(verdict.remaining);t=\(verdict.wait)"))
        }
        GatewayMetrics.observe(operation, response.status, microseconds: Self.clock - began)
        return response
    }

    /// What to say of an error: ours as it is; of the database's, nothing that a stranger need know.
    private func refusal(_ error: any Error, _ operation: Operation) -> Refusal {
        let cause = (error as? TransactionError)?.body ?? error
        if let refusal = cause as? Refusal { return refusal }
        let postgres = (error as? TransactionError)?.postgres ?? cause as? PostgresError
        logger.error(
            "a request failed",
            ["operation": .string(operation.name), "error.message": .string(Redaction.scrub("\(error)"))]
        )
        let isAway = postgres.map { $0.isConnectionLost || $0.code == .connectFailed } ?? false
        return isAway ? Refusal(.unavailable, retryAfter: 5) : Refusal(.failed)
    }

    /// The bytes with their tag, or 304 to whoever has them.
    private static func tagged(_ body: [UInt8], for request: ServerRequest) -> ServerResponse {
        let tag = "\"\(Array(sha256(body).prefix(12)).hexadecimal)\""
        let headers = [(name: "ETag", value: tag), (name: "Cache-Control", value: "private, no-cache")]
        let known = request.headers["if-none-match"]?.split(separator: ",").contains { part in
            let text = part.drop { $0 == " " }
            return text == "*" || text == tag || text == "W/" + tag
        }
        if known == true { return ServerResponse(status: 304, headers: headers) }
        var response = ServerResponse.json(body)
        response.headers += headers
        return response
    }
}

/// The gateway's own figures.
enum GatewayMetrics {
    private static let registry = MetricsRegistry.standard
    private static let operation = MetricLabel("operation", Gateway.operations.map(\.name))
    private static let outcome = MetricLabel("outcome", ["answered", "unchanged", "refused", "failed"])
    private static let requests = registry.counter(
        "flotilla_gateway_requests_total",
        "Requests by operation and what became of them.",
        labels: [operation, outcome]
    )
    private static let seconds = registry.histogram(
        "flotilla_gateway_request_seconds",
        "From a request's arrival to its answer.",
        bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
    )

    static func observe(_ operation: Operation, _ status: Int, microseconds: Int64) {
        let outcome =
            switch status {
            case 304: "unchanged"
            case ..<400: "answered"
            case ..<500: "refused"
            default: "failed"
            }
        requests[operation.name, outcome].increment()
        seconds.observe(Double(microseconds) / 1_000_000)
    }
}
