internal import FleetCore
internal import JSON

/// A list of the Data API: channels or videos with their statistics, or the entries of a playlist.
struct YouTubeList {
    let request: PlatformRequest
    /// The statistics to read; nil for a playlist, which has none.
    let table: MetricTable?
    let collectedAt: Instant
    private var page = SamplePage()
    private var found: Set<String> = []
    /// Whether `items` is something else than a list, so that nobody knows what is missing.
    private var isBroken = false
    /// Whether an entry without a usable id stands in the list: it may be one of those that seem to be missing.
    private var hasUnknown = false

    init(request: PlatformRequest, table: MetricTable?, collectedAt: Instant) {
        self.request = request
        self.table = table
        self.collectedAt = collectedAt
    }

    private var isChannels: Bool { request.purpose == YouTubeRequests.Purpose.channels.rawValue }

    /// Reads one member of the outermost object.
    mutating func read(_ key: JSONText, _ reader: inout JSONReader, in bytes: [UInt8]) throws(JSONError) {
        switch key {
        case "nextPageToken":
            guard let token = try reader.textIfString()?.string, !token.isEmpty else { return }
            page.next = .query([Field("pageToken", token)])
        case "items":
            if try reader.takeNull() { return }
            guard try reader.enterArray() else {
                isBroken = true
                return
            }
            while try reader.nextElement() { try readItem(&reader, in: bytes) }
        default: break
        }
    }

    private mutating func readItem(_ reader: inout JSONReader, in bytes: [UInt8]) throws(JSONError) {
        guard try reader.enterObject() else {
            hasUnknown = true
            return
        }
        var id: String?
        var statistics: Range<Int>?
        while let key = try reader.nextKey() {
            switch key {
            case "id": id = try reader.textIfString()?.string
            case "statistics": statistics = try reader.rawSlice()
            case "contentDetails" where table == nil: try readEntry(&reader)
            default: break
            }
        }
        guard let table else { return }
        guard let id, request.items.isEmpty || request.items.contains(id) else {
            hasUnknown = true
            return
        }
        found.insert(id)
        guard let statistics else { return }
        var numbers = JSONReader(bytes, range: statistics)
        try readStatistics(&numbers, table, post: isChannels ? nil : id)
    }

    /// `{videoId, videoPublishedAt}`; a private video has no such time.
    private mutating func readEntry(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.enterObject() else { return }
        var post = DiscoveredPost(externalID: "", kind: .video)
        while let key = try reader.nextKey() {
            switch key {
            case "videoId": post.externalID = try reader.textIfString()?.string ?? ""
            case "videoPublishedAt": post.publishedAt = try reader.textIfString().flatMap { Instant($0.string) }
            default: break
            }
        }
        if YouTubeRequests.isSafe(post.externalID) { page.posts.append(post) }
    }

    private mutating func readStatistics(
        _ reader: inout JSONReader,
        _ table: MetricTable,
        post: String?
    ) throws(JSONError) {
        guard try reader.enterObject() else { return }
        var subscribers: (PlatformMetric, SampleValue)?
        var hides: Bool?
        while let key = try reader.nextKey() {
            if key == "hiddenSubscriberCount" {
                // Anything but a plain "no" leaves it open whether the level means something.
                hides = try reader.peek() == .bool ? try reader.bool() : true
            } else if let metric = table[key] {
                let value = try reader.sampleValue(metric.metric, metric.conversion)
                if metric.metric == .followers {
                    subscribers = (metric, value)
                } else {
                    page.record(metric, value, place(of: metric), post: post)
                }
            }
        }
        guard let (metric, value) = subscribers else { return }
        // A hidden level is sent as zero.
        if hides ?? value.isZero {
            page.skipped.append(.init(metric: metric.native, reason: "hidden"))
        } else {
            page.record(metric, value, place(of: metric))
        }
    }

    private func place(of metric: PlatformMetric) -> SamplePlace {
        SamplePlace(metric.kind == .gauge ? .instant : .lifetime, .moment(collectedAt))
    }

    /// The page, with what was asked for and is silently left out named as not found.
    func finished() -> PlatformAnswer {
        if isBroken { return .error(.unreadable(status: 200)) }
        guard table != nil else { return .page(page) }
        if isChannels {
            return found.isEmpty && !hasUnknown ? .error(PlatformError(.notFound)) : .page(page)
        }
        var page = page
        if !hasUnknown {
            page.itemErrors = request.items.uniqued.filter { !found.contains($0) }.map {
                .init(error: PlatformError(.notFound), item: $0)
            }
        }
        return .page(page)
    }
}

extension SampleValue {
    fileprivate var isZero: Bool {
        if case .number(0) = self { true } else { false }
    }
}
