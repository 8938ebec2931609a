internal import FleetCore
internal import HTTPServer
internal import Platforms
internal import Runtime

/// Brings HTTP requests to the simulated service and its doors for tests.
struct SimulatorDoor: Sendable {
    let service: SimulatedService
    /// The file of the clock that all processes share, when this one may move it.
    var clockFile: String?

    /// Answers one request, after the latency that was asked for.
    func respond(to request: ServerRequest) async -> ServerResponse {
        switch request.path {
        case "/livez", "/readyz": .text("ok\n")
        case "/control": control(request)
        case "/accounts" where request.method == .get: accounts(request)
        case let path where path.hasPrefix("/stats"): statistics(request)
        case let path where path.hasPrefix("/truth"): TruthDoor(service: service, request: request).response
        default: await platform(request)
        }
    }

    private func platform(_ request: ServerRequest) async -> ServerResponse {
        guard request.method == .get || request.method == .post else {
            return .problem(405, "Only GET and POST are simulated.")
        }
        if service.options.latency > .zero { try? await Task.sleep(for: service.options.latency) }
        guard let reply = service.answer(SimulatorDoor.call(request)) else {
            return .problem(404, "There is nothing here.")
        }
        if reply.delay > .zero { try? await Task.sleep(for: reply.delay) }
        return ServerResponse(
            status: reply.status,
            headers: reply.headers.map { (name: $0.name, value: $0.value) },
            body: DeliveredBody(reply).body
        )
    }

    /// The call in a request.
    static func call(_ request: ServerRequest) -> SimulatedCall {
        let query = request.queryItems.map { Field($0.name, $0.value) }
        let headers = request.headers
        var call = SimulatedCall(
            isPost: request.method == .post,
            path: request.path,
            query: query,
            rawQuery: request.query,
            header: { headers[$0] },
            body: request.body,
            token: query.first { $0.name == "access_token" }?.value ?? "",
            now: Instant(microseconds: ProcessClock.wallNow)
        )
        if let header = headers["authorization"], header.hasPrefix("Bearer ") {
            call.token = String(header.dropFirst(7))
        } else if call.token.isEmpty, let header = headers["access-token"] {
            call.token = header
        } else if call.token.isEmpty, call.isPost, request.body.first != UInt8(ascii: "{") {
            call.token = call.form.first { $0.name == "access_token" }?.value ?? ""
        }
        return call
    }

    // MARK: Doors that no platform has

    private func accounts(_ request: ServerRequest) -> ServerResponse {
        guard let platform = SimulatorDoor.platform(request.query("platform")) else {
            return .problem(400, "There is no such platform.")
        }
        let first = request.query("from").flatMap { Int($0) } ?? 0
        let count = request.query("count").flatMap { Int($0) } ?? 100
        return .json(service.accounts(platform, from: first, count: min(count, 10_000)))
    }

    static func platform(_ name: String?) -> PlatformName? {
        guard let name else { return .instagram }
        return PlatformName(rawValue: name)
    }

    /// `/stats`, `/stats?platform=&account=`, `/stats/accounts?platform=`, `/stats/windows?platform=[&rule=]`
    private func statistics(_ request: ServerRequest) -> ServerResponse {
        if request.method == .delete {
            service.resetStatistics()
            return ServerResponse(status: 204)
        }
        guard let platform = SimulatorDoor.platform(request.query("platform")) else {
            return .problem(400, "There is no such platform.")
        }
        switch request.path {
        case "/stats":
            guard let id = request.query("account") else { return .json(service.statistics()) }
            return service.statistics(platform, of: id).map { .json($0) } ?? .problem(404, "There is no such account.")
        case "/stats/accounts": return .bytes(service.accountLines(platform), type: "application/x-ndjson")
        case "/stats/windows":
            return .bytes(service.windowLines(platform, request.query("rule")), type: "application/x-ndjson")
        default: return .problem(404, "There is nothing here.")
        }
    }

    private func control(_ request: ServerRequest) -> ServerResponse {
        let now = Instant(microseconds: ProcessClock.wallNow)
        switch request.method {
        case .get: return .json(service.standing(at: now))
        case .post:
            do throws(ControlFault) {
                return .json(try service.control(request.body, clockFile: clockFile, at: now))
            } catch {
                return .problem(400, "The command is not understood.", detail: error.message)
            }
        case .head, .put, .patch, .delete, .options: return .problem(405, "Only GET and POST.")
        }
    }
}
