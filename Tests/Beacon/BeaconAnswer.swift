import FleetCore
import JSON
import Platforms

/// An answer of Beacon: `{"figures": {...}}`, `{"posts": [...], "next": ...}`, or `{"error": {"code", "names"}}`.
struct BeaconAnswer {
    let request: PlatformRequest
    let response: PlatformResponse
    let collectedAt: Instant

    func read() -> PlatformAnswer {
        guard let body = try? JSONValue(parsing: response.body), body.object != nil else {
            return .error(.unreadable(status: response.status))
        }
        if let error = body["error"] { return .error(classified(error)) }
        guard response.status == 200 else { return .error(PlatformError(.unclassified, code: response.status)) }
        var page = SamplePage()
        switch BeaconRequests.Purpose(rawValue: request.purpose) {
        case .figures?:
            if let day = request.window?.lowerBound {
                take(body["figures"], BeaconMetrics.account, .day, .date(day), nil, &page)
            }
        case .level?: take(body["figures"], BeaconMetrics.level, .instant, .moment(collectedAt), nil, &page)
        case .posts?: for post in body["posts"]?.array ?? [] { take(post, &page) }
        case .listing?:
            page.posts = (body["posts"]?.array ?? []).compactMap(BeaconAnswer.discovered)
            page.next = body["next"]?.string.map { .query([Field("page", $0)]) }
        case nil: return .error(PlatformError(.malformed, reason: "unknown_purpose"))
        }
        return .page(page)
    }

    private func take(_ post: JSONValue, _ page: inout SamplePage) {
        guard let id = post["id"]?.string else { return }
        if let error = post["error"] {
            page.itemErrors.append(.init(error: classified(error), item: id))
        } else {
            take(post["figures"], BeaconMetrics.post, .lifetime, .moment(collectedAt), id, &page)
        }
    }

    private func take(
        _ figures: JSONValue?,
        _ entries: [PlatformMetric],
        _ period: Period,
        _ start: Reading.Start,
        _ post: String?,
        _ page: inout SamplePage
    ) {
        for figure in figures?.object ?? [] {
            guard let entry = entries.first(where: { $0.native == figure.key }) else {
                page.skipped.append(.init(metric: figure.key, reason: "unmapped"))
                continue
            }
            guard let value = figure.value.int64 else {
                page.skipped.append(.init(metric: figure.key, reason: figure.value.isNull ? "null" : "unparseable"))
                continue
            }
            page.samples.append(
                Sample(metric: entry.metric, kind: entry.kind, value: value, period: period, start: start, post: post)
            )
        }
    }

    private static func discovered(_ post: JSONValue) -> DiscoveredPost? {
        guard let id = post["id"]?.string else { return nil }
        return DiscoveredPost(
            externalID: id,
            publishedAt: post["at"]?.string.flatMap(Instant.init),
            kind: post["kind"]?.string.flatMap(PostKind.init) ?? .post
        )
    }

    private func classified(_ error: JSONValue) -> PlatformError {
        let names = (error["names"]?.array ?? []).compactMap(\.string)
        return switch error["code"]?.string {
        case "slow_down"?: PlatformError(.rateLimited, retryAfter: response.header("retry-after").flatMap { Int($0) })
        case "no_such_name"?: PlatformError(.deprecatedMetric, reason: "unsupported_metric", metrics: names)
        case "no_such_thing"?: PlatformError(.notFound)
        case "token_ended"?: PlatformError(.authExpired)
        case "token_revoked"?: PlatformError(.authInvalid)
        case "not_yours"?: PlatformError(.permission)
        case "too_few"?: PlatformError(.privacyFloor, reason: "insufficient_data")
        case "version_ended"?: PlatformError(.apiVersionSunset)
        case "wrong"?: PlatformError(.malformed, reason: "invalid_request")
        case "trouble"?: PlatformError(.transient)
        default: PlatformError(.unclassified)
        }
    }
}
