internal import FleetCore
internal import HTTPServer
internal import Platforms
internal import Runtime

/// Brings HTTP requests to the simulated service and its doors for tests.
struct SimulatorDoor: Sendable {
    let service: SimulatedService

    /// Answers one request, after the latency that was asked for.
    func respond(to request: ServerRequest) async -> ServerResponse {
        if request.path.hasPrefix("/v") || request.path.utf8.dropFirst().first.map({ $0 &- 48 < 10 }) ?? false {
            if service.options.latency > .zero { try? await Task.sleep(for: service.options.latency) }
            return platform(request)
        }
        let parts = request.path.split(separator: "/")
        switch parts.first {
        case "livez"?, "readyz"?: return .text("ok\n")
        case "stats"?: return statistics(request)
        case "accounts"? where request.method == .get:
            let first = request.query("from").flatMap { Int($0) } ?? 0
            let count = request.query("count").flatMap { Int($0) } ?? 100
            return .json(service.accounts(from: first, count: min(count, 10_000)))
        case "truth"?: return truth(request, parts.dropFirst())
        default: return .problem(404, "There is nothing here.")
        }
    }

    private func platform(_ request: ServerRequest) -> ServerResponse {
        guard request.method == .get else {
            return .problem(405, "Only GET is simulated.")
        }
        let query = request.queryItems.map { Field($0.name, $0.value) }
        var token = query.first { $0.name == "access_token" }?.value ?? ""
        if let header = request.headers["authorization"], header.hasPrefix("Bearer ") {
            token = String(header.dropFirst(7))
        }
        let call = SimulatedCall(
            path: request.path,
            query: query,
            token: token,
            now: Instant(microseconds: ProcessClock.wallNow)
        )
        let reply = service.answer(call)
        return ServerResponse(
            status: reply.status,
            headers: reply.headers.map { (name: $0.name, value: $0.value) },
            body: .bytes(reply.body)
        )
    }

    private func statistics(_ request: ServerRequest) -> ServerResponse {
        if request.method == .delete {
            service.resetStatistics()
            return ServerResponse(status: 204)
        }
        return service.statistics(of: request.query("account")).map { .json($0) }
            ?? .problem(404, "There is no such account.")
    }

    /// `/truth/instagram/<external id>[/<metric>]?date=YYYY-MM-DD`
    private func truth(_ request: ServerRequest, _ parts: ArraySlice<Substring>) -> ServerResponse {
        guard let date = request.query("date").flatMap(CivilDate.init) else {
            return .problem(400, "The query must hold date=YYYY-MM-DD.")
        }
        let rest = parts.dropFirst()
        guard parts.first == "instagram", let id = rest.first, rest.count <= 2 else {
            return .problem(404, "There is nothing here.")
        }
        return service.truth(id, rest.dropFirst().first.map(String.init), date).map { .json($0) }
            ?? .problem(404, "There is no such account or metric.")
    }
}
