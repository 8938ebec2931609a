internal import FleetCore
internal import HTTPServer
internal import Platforms
internal import Runtime

/// Brings HTTP requests to the simulated service and its doors for tests.
struct SimulatorDoor: Sendable {
    let service: SimulatedService

    /// Answers one request, after the latency that was asked for.
    func respond(to request: ServerRequest) async -> ServerResponse {
        switch request.path.utf8.dropFirst().prefix(while: { $0 != UInt8(ascii: "/") }).first.map({ _ in request.path })
        {
        case "/livez"?, "/readyz"?: return .text("ok\n")
        case "/stats"?: return statistics(request)
        case "/accounts"? where request.method == .get: return accounts(request)
        case let path? where path.hasPrefix("/truth"): return truth(request, path.split(separator: "/").dropFirst())
        default: return await platform(request)
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

    private static func platform(_ name: String?) -> PlatformName? {
        guard let name else { return .instagram }
        return PlatformName(rawValue: name)
    }

    private func statistics(_ request: ServerRequest) -> ServerResponse {
        if request.method == .delete {
            service.resetStatistics()
            return ServerResponse(status: 204)
        }
        guard let platform = SimulatorDoor.platform(request.query("platform")) else {
            return .problem(400, "There is no such platform.")
        }
        return service.statistics(platform, of: request.query("account")).map { .json($0) }
            ?? .problem(404, "There is no such account.")
    }

    /// `/truth/<platform>/<external id>[/<metric>]?date=YYYY-MM-DD`
    private func truth(_ request: ServerRequest, _ parts: ArraySlice<Substring>) -> ServerResponse {
        guard let date = request.query("date").flatMap(CivilDate.init) else {
            return .problem(400, "The query must hold date=YYYY-MM-DD.")
        }
        let rest = parts.dropFirst()
        guard let platform = parts.first.flatMap({ PlatformName(rawValue: String($0)) }), let id = rest.first,
            rest.count <= 2
        else { return .problem(404, "There is nothing here.") }
        return service.truth(platform, id, rest.dropFirst().first.map(String.init), date).map { .json($0) }
            ?? .problem(404, "There is no such account or metric.")
    }
}
