public import FleetCore

/// What the answers to one job gave so far.
public struct Harvest: Sendable {
    /// The account's readings.
    public private(set) var readings: [Reading] = []
    /// Readings of posts, in the order in which the posts appeared.
    public private(set) var postReadings: [PostReadings] = []
    /// Metrics in parts.
    public private(set) var breakdowns: [Breakdown] = []
    /// Posts that listings named.
    public private(set) var posts: [DiscoveredPost] = []
    /// The platform's ids of posts that it did not know.
    public private(set) var missingPosts: [String] = []
    /// What gave nothing usable, each once.
    public private(set) var skipped: [JobResult.Skip] = []
    /// Whether something that was asked for is missing.
    public var isPartial = false
    /// How many requests were sent.
    public var requests = 0
    /// When the last answer arrived.
    public var fetchedAt = Instant(microseconds: 0)

    private var postPlaces: [String: Int] = [:]
    private var skips: Set<JobResult.Skip> = []

    /// Nothing yet.
    public init() {}

    /// Takes what was read from one good answer to a request, failed parts apart from it.
    public mutating func add(_ page: SamplePage, to request: PlatformRequest) {
        page.add(to: &readings)
        for sample in page.samples where sample.period != .range && sample.post?.isStorable != false {
            if !sample.dimensions.isEmpty {
                addPart(sample)
            } else if let post = sample.post {
                let place = place(of: post)
                postReadings[place].readings.set(sample, expecting: 8)
            }
        }
        posts += page.posts.filter(\.externalID.isStorable)
        for skip in page.skipped { self.skip(skip.metric, skip.reason, item: request.post) }
    }

    /// Notes that the job goes on without what a request asked for.
    public mutating func goOn(without request: PlatformRequest, because error: PlatformError) {
        isPartial = true
        let reason = error.reason ?? error.kind.rawValue
        let metrics = error.metrics.isEmpty ? request.metrics : error.metrics
        for metric in metrics.isEmpty ? ["*"] : metrics { skip(metric, reason, item: request.post) }
    }

    /// Notes that a metric was left out because the platform refuses it at present.
    public mutating func leaveOut(_ metric: String) {
        isPartial = true
        skip(metric, "retired")
    }

    /// Notes the parts of an answer that failed.
    public mutating func add(_ failures: [SamplePage.ItemError], of request: PlatformRequest) {
        for failure in failures { fail(failure.error, item: failure.item, of: request) }
    }

    /// Notes that the platform does not know the one post that a request asked about.
    public mutating func miss(_ post: String, because error: PlatformError) {
        isPartial = true
        if error.saysThatObjectIsGone { missingPosts.append(post) }
        skip("*", error.reason ?? error.kind.rawValue, item: post)
    }

    /// Notes a metric without a usable number.
    public mutating func skip(_ metric: String, _ reason: String, item: String? = nil) {
        let skip = JobResult.Skip(metric: metric, reason: reason, item: item)
        if skips.insert(skip).inserted { skipped.append(skip) }
    }

    private mutating func fail(_ error: PlatformError, item: String, of request: PlatformRequest) {
        isPartial = true
        // Only what was asked for by name can be missing.
        let wasAsked = request.post == item || request.items.contains(item)
        if error.saysThatObjectIsGone, wasAsked { missingPosts.append(item) }
        skip("*", error.reason ?? error.kind.rawValue, item: item)
    }

    private mutating func place(of post: String) -> Int {
        if let place = postPlaces[post] { return place }
        postPlaces[post] = postReadings.count
        postReadings.append(PostReadings(post: post))
        return postReadings.count - 1
    }

    private mutating func addPart(_ sample: Sample) {
        let part = Breakdown.Part(names: sample.dimensions.map(\.value.storable), value: sample.value)
        // Parts of one metric follow one another, so the search from the end is short.
        let place = breakdowns.lastIndex { breakdown in
            breakdown.metric == sample.metric && breakdown.post == sample.post && breakdown.period == sample.period
                && breakdown.start == sample.start
                && breakdown.dimensions.elementsEqual(sample.dimensions.lazy.map(\.name))
        }
        if let place {
            // Of two values of one part the later is kept, as with totals.
            if let same = breakdowns[place].parts.lastIndex(where: { $0.names == part.names }) {
                breakdowns[place].parts[same] = part
            } else {
                breakdowns[place].parts.append(part)
            }
        } else {
            breakdowns.append(
                Breakdown(
                    post: sample.post,
                    period: sample.period,
                    start: sample.start,
                    metric: sample.metric,
                    dimensions: sample.dimensions.map(\.name.storable),
                    parts: [part]
                )
            )
        }
    }
}

extension String {
    /// Whether a database text can hold it. No platform's id has the character that it cannot hold.
    fileprivate var isStorable: Bool { !utf8.contains(0) }

    /// The text without the character that no database text can hold.
    fileprivate var storable: String { isStorable ? self : String(map { $0 == "\0" ? "\u{FFFD}" : $0 }) }
}
