import FleetCore
import Platforms
import Testing

@testable import Simulator

/// A whole job against the simulator, without worker and network: requests, answers, pages, harvest.
struct SimulatedCollection {
    let platform: Platform
    let account: SimulatedAccount
    let service: SimulatedService
    var now: Instant

    init(
        _ name: PlatformName,
        number: Int = 7,
        service: SimulatedService = SimulatedService(SimulatorOptions(seed: 5)),
        now: String = "2026-11-21T12:00:00Z"
    ) {
        platform = PlatformRegistry[name]!
        account = SimulatedAccount(name, number: number)
        self.service = service
        self.now = Instant(now)!
    }

    var truth: PlatformTruth { service.world[platform.name] }

    func call(_ request: PlatformRequest) -> SimulatedCall {
        SimulatedCall(
            isPost: request.method == .post,
            path: request.path,
            query: request.query,
            body: request.body,
            token: account.token,
            now: now
        )
    }

    func answer(_ request: PlatformRequest) -> PlatformAnswer {
        let reply = service.answer(call(request)) ?? SimulatedReply(status: 404)
        return platform.read(
            request,
            PlatformResponse(status: reply.status, headers: reply.headers, body: reply.body),
            now
        )
    }

    /// The answer to a request that is only written down.
    func answer(_ path: String, _ query: [Field]) -> PlatformAnswer? {
        platform.recognise(PlatformRequest(origin: "", path: path, query: query), account.externalID).map { answer($0) }
    }

    /// What a job gathers; errors are noted and the rest goes on.
    func harvest(
        _ collect: CollectionKind,
        _ days: ClosedRange<CivilDate>? = nil,
        posts: [TruePost] = [],
        failures: inout [PlatformError]
    ) throws -> Harvest {
        let today = truth.zone.date(at: now)
        let assignment = Assignment(
            collect: collect,
            externalID: account.externalID,
            days: days ?? today...today,
            posts: posts.map { .init(externalID: $0.id.externalID, kind: $0.kind, publishedAt: $0.publishedAt) },
            now: now
        )
        var harvest = Harvest()
        for first in try platform.requests(assignment, PlatformSettings()) {
            var next: PlatformRequest? = first
            while let request = next {
                next = nil
                harvest.requests += 1
                switch answer(request) {
                case .error(let error): failures.append(error)
                case .page(let page):
                    harvest.add(page, to: request)
                    harvest.add(page.itemErrors, of: request)
                    failures += page.itemErrors.map(\.error)
                    next = page.next.map { request.following($0) }
                }
            }
        }
        return harvest
    }

    /// What a job gathers that meets no error.
    func harvest(
        _ collect: CollectionKind,
        _ days: ClosedRange<CivilDate>? = nil,
        posts: [TruePost] = []
    ) throws -> Harvest {
        var failures: [PlatformError] = []
        let harvest = try harvest(collect, days, posts: posts, failures: &failures)
        #expect(failures == [])
        return harvest
    }
}

extension Harvest {
    /// The value of a day's metric of the account.
    func value(_ metric: MetricID, _ day: CivilDate) -> Int64? {
        readings.first { $0.period == .day && $0.start == .date(day) }?.value(metric)
    }

    /// The lifetime value of a post's metric.
    func value(_ metric: MetricID, of post: TruePost) -> Int64? {
        postReadings.first { $0.post == post.id.externalID }?.readings.first { $0.period == .lifetime }?.value(metric)
    }
}

extension Reading {
    func value(_ metric: MetricID) -> Int64? {
        metrics.firstIndex(of: metric).map { values[$0] }
    }
}
