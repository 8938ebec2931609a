internal import FleetCore
internal import JSON

/// How an answer of YouTube is taken apart: an error wins over everything, then the body is read as its request expects.
struct YouTubeAnswer {
    let request: PlatformRequest
    let response: PlatformResponse
    let collectedAt: Instant

    func read() -> PlatformAnswer {
        switch YouTubeRequests.Purpose(rawValue: request.purpose) {
        case .channels?: list(YouTubeMetrics.channel)
        case .videos?: list(YouTubeMetrics.video)
        case .playlistItems?: list(nil)
        case .report?: report()
        case .other?: take { _, _ in }
        case nil: .error(PlatformError(.malformed, reason: "unknown_purpose"))
        }
    }

    /// Channels, videos or the entries of a playlist.
    private func list(_ table: MetricTable?) -> PlatformAnswer {
        var list = YouTubeList(request: request, table: table, collectedAt: collectedAt)
        let answer = take { (key, reader) throws(JSONError) in try list.read(key, &reader, in: response.body) }
        if case .error = answer { return answer }
        return list.finished()
    }

    private func report() -> PlatformAnswer {
        var report = YouTubeReport(request: request)
        let answer = take { (key, reader) throws(JSONError) in
            switch key {
            case "columnHeaders": report.headers = try reader.rawSlice()
            case "rows": report.rows = try reader.rawSlice()
            default: break
            }
        }
        if case .error = answer { return answer }
        return report.read(response.body)
    }

    /// Walks over the body; gives an empty page when it could be read whole and is no error.
    private func take(_ visit: (JSONText, inout JSONReader) throws(JSONError) -> Void) -> PlatformAnswer {
        var failure: YouTubeError?
        if !response.isEmpty || response.isSuccess {
            do throws(JSONError) {
                try response.forEachMember { (key, reader) throws(JSONError) in
                    if key == "error", try reader.peek() != .null {
                        failure = try YouTubeError(&reader)
                    } else {
                        try visit(key, &reader)
                    }
                }
            } catch {
                return .error(.unreadable(status: response.status))
            }
        }
        if failure == nil, response.isSuccess { return .page(SamplePage()) }
        return .error((failure ?? YouTubeError()).classified(response, collectedAt))
    }

    /// What an answer says about limits: nothing but that the day's quota is used up, without any header.
    func signals() -> [LimitSignal] {
        guard !response.isSuccess, response.status < 500 else { return [] }
        var failure: YouTubeError?
        try? response.forEachMember { (key, reader) throws(JSONError) in
            if key == "error" { failure = try YouTubeError(&reader) }
        }
        guard let failure, failure.isQuota else { return [] }
        let rule = request.endpoint == "reports" ? "analytics" : "units"
        return [LimitSignal(rule: rule, remaining: 0, percent: 100, resetsAt: YouTubeError.nextMidnight(collectedAt))]
    }
}
