internal import FleetCore
internal import HTTPServer
internal import Platforms
internal import Runtime

/// Tells the truth: `/truth?platform=&from=&to=` as lines about many accounts, or
/// `/truth/<platform>/<external id>[/<metric>]?date=` as one object.
struct TruthDoor {
    let service: SimulatedService
    let request: ServerRequest

    var response: ServerResponse {
        let parts = request.path.split(separator: "/").dropFirst()
        return parts.isEmpty ? lines() : one(parts)
    }

    private func one(_ parts: ArraySlice<Substring>) -> ServerResponse {
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

    private func lines() -> ServerResponse {
        let now = Instant(microseconds: ProcessClock.wallNow)
        guard let platform = SimulatorDoor.platform(request.query("platform")),
            let first = request.query("from").flatMap(CivilDate.init),
            let last = request.query("to").map({ CivilDate($0) }) ?? first, first <= last
        else { return .problem(400, "The query must hold platform, from=YYYY-MM-DD and to=YYYY-MM-DD.") }
        let at = request.query("at").map { Instant($0) } ?? now
        let start = request.query("first").map { Int($0) } ?? 0
        let count = request.query("count").map { Int($0) } ?? 1
        guard let at, let start, let count, start >= 0, count >= 0 else {
            return .problem(400, "at is an instant, first and count are numbers of accounts.")
        }
        var lines = TruthLines(
            platform: platform,
            numbers: start..<min(start + count, max(start, service.options.accounts)),
            days: first...last,
            at: at
        )
        lines.withPosts = request.query("posts") == "1" || request.query("posts") == "days"
        lines.withPostDays = request.query("posts") == "days"
        if let names = request.query("metrics") {
            lines.metrics = Set(names.split(separator: ",").compactMap { MetricCatalogue[String($0)]?.id })
        }
        return ServerResponse(
            headers: [(name: "Content-Type", value: "application/x-ndjson")],
            body: .stream(TruthDoor.stream(lines, service.world))
        )
    }

    /// One account after the other, as fast as they are taken.
    private static func stream(_ lines: TruthLines, _ world: World) -> AccountLines {
        AccountLines(lines: lines, world: world)
    }

    private struct AccountLines: AsyncSequence, AsyncIteratorProtocol, Sendable {
        let lines: TruthLines
        let world: World
        var done = 0

        func makeAsyncIterator() -> AccountLines { self }

        mutating func next() async throws -> [UInt8]? {
            while done < lines.numbers.count {
                done += 1
                let bytes = lines.lines(world, lines.numbers.lowerBound + done - 1)
                if !bytes.isEmpty { return bytes }
            }
            return nil
        }
    }
}
