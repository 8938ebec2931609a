internal import FleetCore
internal import JSON

/// How an answer of LinkedIn is taken apart: by its status first, then as its request expects.
struct LinkedInAnswer {
    let request: PlatformRequest
    let response: PlatformResponse
    let collectedAt: Instant

    func read() -> PlatformAnswer {
        switch LinkedInRequests.Purpose(rawValue: request.purpose) {
        case .shareStatistics?, .followerStatistics?, .pageStatistics?: statistics()
        case .networkSize?: networkSize()
        case .posts?: collection(ofPosts: true)
        case .other?: collection(ofPosts: false)
        case nil: .error(PlatformError(.malformed, reason: "unknown_purpose"))
        }
    }

    private func statistics() -> PlatformAnswer {
        take { (page, key, reader) throws(JSONError) in
            guard key == "elements", try reader.peek() == .array else { return }
            var statistics = LinkedInStatistics(request: request, collectedAt: collectedAt)
            try reader.beginArray()
            while try reader.nextElement() { try statistics.readElement(&reader, in: response.body) }
            page = statistics.page
        }
    }

    private func networkSize() -> PlatformAnswer {
        let metric = LinkedInMetrics.networkSize
        return take { (page, key, reader) throws(JSONError) in
            guard key == "firstDegreeSize" else { return }
            let value = try reader.sampleValue(metric.metric, metric.conversion)
            page.record(metric, value, SamplePlace(.instant, .moment(collectedAt)))
        }
    }

    private func collection(ofPosts: Bool) -> PlatformAnswer {
        take { (page, key, reader) throws(JSONError) in
            switch key {
            case "paging": page.next = try RestLiPaging(&reader).next(after: request)
            case "elements" where ofPosts:
                guard try reader.enterArray() else { return }
                while try reader.nextElement() {
                    if let post = try LinkedInAnswer.post(&reader) { page.posts.append(post) }
                }
            default: break
            }
        }
    }

    /// A post that the public can see: drafts and what is still being processed are none.
    private static func post(_ reader: inout JSONReader) throws(JSONError) -> DiscoveredPost? {
        guard try reader.enterObject() else { return nil }
        var urn: LinkedInURN?
        var created: Int?
        var published: Int?
        var state: String?
        while let key = try reader.nextKey() {
            switch key {
            case "id": urn = try reader.textIfString().flatMap { LinkedInURN($0.string) }
            case "createdAt": created = try reader.smallInteger()
            case "publishedAt": published = try reader.smallInteger()
            case "lifecycleState": state = try reader.textIfString()?.string
            default: break
            }
        }
        guard let urn, urn.kind == "share" || urn.kind == "ugcPost", state == nil || state == "PUBLISHED" else {
            return nil
        }
        return DiscoveredPost(
            externalID: urn.text,
            publishedAt: (published ?? created).flatMap { LinkedInTime.instant(Int64($0)) }
        )
    }

    /// Reads the body whole; an error in it wins over everything.
    private func take(
        _ visit: (inout SamplePage, JSONText, inout JSONReader) throws(JSONError) -> Void
    ) -> PlatformAnswer {
        var page = SamplePage()
        var failure = LinkedInError()
        if !response.isEmpty || response.isSuccess {
            do throws(JSONError) {
                try response.forEachMember { (key, reader) throws(JSONError) in
                    if try !failure.read(key, &reader) { try visit(&page, key, &reader) }
                }
            } catch {
                return .error(.unreadable(status: response.status))
            }
        }
        if response.isSuccess && !failure.isError { return .page(page) }
        return .error(failure.classified(response, collectedAt))
    }

    /// What an answer says about limits: nothing but that those of the day are used up, without any header.
    func signals() -> [LimitSignal] {
        guard response.status == 429 else { return [] }
        var failure = LinkedInError()
        try? response.forEachMember { (key, reader) throws(JSONError) in _ = try failure.read(key, &reader) }
        guard failure.isDayLimit else { return [] }
        return [
            LimitSignal(
                rule: LinkedInLimits.rule(failure.limitScope, request.endpoint),
                endpoint: request.endpoint,
                remaining: 0,
                percent: 100,
                resetsAt: LinkedInError.nextMidnight(collectedAt)
            )
        ]
    }
}
