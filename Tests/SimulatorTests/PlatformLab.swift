import FleetCore
import Platforms
import Testing

@testable import Simulator

/// A platform's code and its simulation against each other: what one asks, the other answers, and the first must understand.
struct PlatformLab {
    let platform: Platform
    let account: SimulatedAccount
    var now: Instant
    let service: SimulatedService
    var settings = PlatformSettings(origin: "http://sim")

    init(_ platform: Platform, number: Int = 7, at now: String, _ options: SimulatorOptions = SimulatorOptions(seed: 5))
    {
        self.platform = platform
        account = SimulatedAccount(platform.name, number: number)
        self.now = Instant(now)!
        service = SimulatedService(options)
    }

    var truth: PlatformTruth { service.world[platform.name] }

    /// The answer to one request, as it goes over the wire.
    func reply(_ request: PlatformRequest, token: String? = nil) -> SimulatedReply {
        let headers = request.headers
        let url = request.url
        let call = SimulatedCall(
            isPost: request.method == .post,
            path: request.path,
            query: request.query.map { Field($0.name, $0.value) },
            rawQuery: url.firstIndex(of: "?").map { String(url[url.index(after: $0)...]) } ?? "",
            header: { name in headers.first { $0.name.lowercased() == name.lowercased() }?.value },
            body: request.body,
            token: token ?? account.token,
            now: now
        )
        return service.answer(call) ?? SimulatedReply(status: 404)
    }

    /// What the platform's code makes of the answer.
    func answer(_ request: PlatformRequest, token: String? = nil) -> PlatformAnswer {
        let reply = reply(request, token: token)
        return platform.read(
            request,
            PlatformResponse(status: reply.status, headers: reply.headers, body: reply.body),
            now
        )
    }

    func error(_ request: PlatformRequest, token: String? = nil) -> PlatformError? {
        if case .error(let error) = answer(request, token: token) { error } else { nil }
    }

    func requests(
        _ collect: CollectionKind = .accountDaily,
        days: ClosedRange<CivilDate>? = nil,
        metrics: [MetricID] = [],
        posts: [DiscoveredPost] = []
    ) throws -> [PlatformRequest] {
        let today = platform.name.dayZone.date(at: now)
        return try platform.requests(
            Assignment(
                collect: collect,
                externalID: account.externalID,
                days: days ?? today...today,
                metrics: metrics,
                posts: posts.map {
                    Assignment.Post(externalID: $0.externalID, kind: $0.kind, publishedAt: $0.publishedAt)
                },
                now: now
            ),
            settings
        )
    }

    /// Everything that a job gathers, page after page.
    func harvest(
        _ collect: CollectionKind = .accountDaily,
        days: ClosedRange<CivilDate>? = nil,
        metrics: [MetricID] = [],
        posts: [DiscoveredPost] = []
    ) throws -> Harvest {
        var harvest = Harvest()
        for first in try requests(collect, days: days, metrics: metrics, posts: posts) {
            var next: PlatformRequest? = first
            while let request = next {
                harvest.requests += 1
                guard case .page(let page) = answer(request) else {
                    Issue.record("an error for \(request.url)")
                    return harvest
                }
                harvest.add(page, to: request)
                harvest.add(page.itemErrors, of: request)
                next = page.next.map { request.following($0) }
            }
        }
        return harvest
    }
}
