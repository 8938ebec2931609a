/// `/livez`, `/readyz` and `/metrics`, the same in every process. They hold no secrets.
///
///     var router = Router()
///     AdminEndpoints(metrics: { registry.prometheusText() }, readiness: { [.init("broker", isReady: …)] }).mount(on: &router)
///     let server = try HTTPServer(HTTPServerOptions(port: 9090), router: router)
public struct AdminEndpoints: Sendable {
    /// One thing that has to work before work can be taken.
    public struct Check: Sendable {
        /// A short fixed name, for instance `broker`.
        public let name: String
        /// Whether it works now.
        public let isReady: Bool
        /// Shown with `?verbose`; empty when there is nothing to say.
        public let detail: String

        public init(_ name: String, isReady: Bool, detail: String = "") {
            self.name = name
            self.isReady = isReady
            self.detail = detail
        }
    }

    private let metrics: @Sendable () -> String
    private let readiness: @Sendable () -> [Check]
    private let liveness: @Sendable () -> [Check]

    /// `metrics` gives Prometheus text. The process is ready, or alive, when all checks are.
    public init(
        metrics: @escaping @Sendable () -> String,
        readiness: @escaping @Sendable () -> [Check],
        liveness: @escaping @Sendable () -> [Check] = { [] }
    ) {
        self.metrics = metrics
        self.readiness = readiness
        self.liveness = liveness
    }

    /// Adds the three routes.
    public func mount(on router: inout Router) {
        router.get("/livez") { [liveness] in Self.report(liveness(), $0) }
        router.get("/readyz") { [readiness] in Self.report(readiness(), $0) }
        router.get("/metrics") { [metrics] _ in
            .bytes(Array(metrics().utf8), type: "text/plain; version=0.0.4; charset=utf-8")
        }
    }

    /// 200 or 503; the names of what fails always, everything with `?verbose`.
    private static func report(_ checks: [Check], _ request: ServerRequest) -> ServerResponse {
        let failed = checks.filter { !$0.isReady }
        let shown = request.query("verbose") == nil ? failed : checks
        var text = ""
        for check in shown {
            text += (check.isReady ? "[+] " : "[-] ") + check.name
            text += check.detail.isEmpty ? "\n" : ": \(check.detail)\n"
        }
        text += failed.isEmpty ? "ok\n" : "not ready\n"
        var response = ServerResponse.text(text, status: failed.isEmpty ? 200 : 503)
        response.headers.append((name: "Cache-Control", value: "no-store"))
        return response
    }
}
