import FleetCore
import Platforms

@testable import Simulator

/// One account of a platform played in full: its requests built by the platform's code, answered by the simulator, and read
/// by the platform's code again, page after page.
struct Played {
    let platform: Platform
    let service: SimulatedService
    let account: SimulatedAccount
    var now = Instant("2026-11-21T12:00:00Z")!
    var version: String?
    var token: String?

    init(_ platform: Platform, number: Int = 7, _ options: SimulatorOptions = SimulatorOptions(seed: 5)) {
        self.platform = platform
        service = SimulatedService(options)
        account = SimulatedAccount(platform.name, number: number)
    }

    var truth: PlatformTruth { service.world[platform.name] }

    func requests(
        _ collect: CollectionKind,
        days: ClosedRange<CivilDate>? = nil,
        posts: [TruePost] = []
    ) throws -> [PlatformRequest] {
        let assignment = Assignment(
            collect: collect,
            externalID: account.externalID,
            days: days ?? now.utcDate...now.utcDate,
            posts: posts.map {
                .init(externalID: $0.id.externalID, kind: $0.isVideo ? .video : .post, publishedAt: $0.publishedAt)
            },
            now: now
        )
        return try platform.requests(assignment, PlatformSettings(version: version))
    }

    func reply(_ request: PlatformRequest) -> SimulatedReply {
        var fields = request.headers
        if let header = request.tokenHeader { fields.append(Field(header, token ?? account.token)) }
        let response = PlatformResponse(status: 0, headers: fields, body: [])
        let call = SimulatedCall(
            isPost: request.method == .post,
            path: request.path,
            query: request.query,
            header: { response.header($0) },
            body: request.body,
            token: token ?? account.token,
            now: now
        )
        return service.answer(call) ?? SimulatedReply(status: 599)
    }

    func response(_ request: PlatformRequest) -> PlatformResponse {
        let reply = reply(request)
        return PlatformResponse(status: reply.status, headers: reply.headers, body: reply.body)
    }

    func read(_ request: PlatformRequest) -> PlatformAnswer { platform.read(request, response(request), now) }

    func error(_ request: PlatformRequest) -> PlatformError? {
        if case .error(let error) = read(request) { error } else { nil }
    }

    /// A request written down by hand.
    func written(_ path: String, _ query: KeyValuePairs<String, String> = [:]) -> PlatformRequest {
        let request = PlatformRequest(origin: "o", path: path, query: query.map { Field($0.key, $0.value) })
        guard let request = platform.recognise(request, account.externalID) else { fatalError("\(path)") }
        return request
    }

    /// Everything that requests and their pages give. Errors are thrown.
    func harvest(_ requests: [PlatformRequest]) throws -> (page: SamplePage, calls: Int) {
        var whole = SamplePage()
        var calls = 0
        for first in requests {
            var request: PlatformRequest? = first
            while let current = request {
                calls += 1
                switch read(current) {
                case .error(let error): throw error
                case .page(let page):
                    whole.samples += page.samples
                    whole.posts += page.posts
                    whole.itemErrors += page.itemErrors
                    whole.skipped += page.skipped
                    request = page.next.map { current.following($0) }
                }
            }
        }
        return (whole, calls)
    }

    func harvest(
        _ collect: CollectionKind,
        days: ClosedRange<CivilDate>? = nil,
        posts: [TruePost] = []
    ) throws -> SamplePage {
        try harvest(requests(collect, days: days, posts: posts)).page
    }

    /// Every post of the account, newest first.
    var posts: [TruePost] { truth.posts(account, limit: .max, at: now) }
}

extension SamplePage {
    /// The totals of a post by metric, of a period.
    func totals(of post: String?, _ period: Period, on day: CivilDate? = nil) -> [MetricID: Int64] {
        var totals: [MetricID: Int64] = [:]
        for sample in samples where sample.post == post && sample.period == period && sample.dimensions.isEmpty {
            if let day, sample.start != .date(day) { continue }
            totals[sample.metric] = sample.value
        }
        return totals
    }
}
