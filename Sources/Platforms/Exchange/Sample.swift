public import FleetCore
internal import JSON

/// One number that a platform's answer states, in the contract that all platforms are held to.
public struct Sample: Hashable, Sendable {
    /// A dimension and its value: a sample that has any is a part, never to be added to the total.
    public typealias Dimension = Field

    /// The canonical metric.
    public var metric: MetricID
    /// What the number is.
    public var kind: PlatformMetric.SampleKind
    /// The number in units of ten to the minus the catalogue's scale.
    public var value: Int64
    /// The stretch of time it speaks of.
    public var period: Period
    /// The local day of a window, or the instant of collection.
    public var start: Reading.Start
    /// The last day of a range, inclusive; nil otherwise.
    public var lastDay: CivilDate?
    /// The platform's id of the post; nil when the account is meant.
    public var post: String?
    /// The dimensions in the order of the answer; empty for a total.
    public var dimensions: [Dimension]

    /// A number; the account's total of one point in time unless told otherwise.
    public init(
        metric: MetricID,
        kind: PlatformMetric.SampleKind,
        value: Int64,
        period: Period,
        start: Reading.Start,
        lastDay: CivilDate? = nil,
        post: String? = nil,
        dimensions: [Dimension] = []
    ) {
        self.metric = metric
        self.kind = kind
        self.value = value
        self.period = period
        self.start = start
        self.lastDay = lastDay
        self.post = post
        self.dimensions = dimensions
    }
}

/// What was read from one good answer.
public struct SamplePage: Sendable {
    /// A metric that was in the answer without a usable number.
    public struct Skipped: Hashable, Sendable {
        /// The platform's name for it.
        public let metric: String
        /// Why: `null`, `unparseable`, `missing_value`, `unmapped`, `fractional`, `overflow` or `unknown_period`.
        public let reason: String

        /// A metric and why it has no number.
        public init(metric: String, reason: String) {
            self.metric = metric
            self.reason = reason
        }
    }

    /// A part of the answer that failed while others succeeded.
    public struct ItemError: Hashable, Sendable {
        /// What is wrong.
        public let error: PlatformError
        /// The platform's id of the post or account it concerns.
        public let item: String

        /// What is wrong with which part.
        public init(error: PlatformError, item: String) {
            self.error = error
            self.item = item
        }
    }

    /// What to change in the same request for the following page.
    public enum Next: Hashable, Sendable {
        /// Set these fields of the query.
        case query([Field])
        /// Set these members of the JSON body: an object that holds them and nothing else.
        case body([UInt8])
    }

    /// The numbers.
    public var samples: [Sample] = []
    /// Metrics without a usable number.
    public var skipped: [Skipped] = []
    /// Parts that failed.
    public var itemErrors: [ItemError] = []
    /// Posts that a listing named.
    public var posts: [DiscoveredPost] = []
    /// The way to the following page; nil on the last one.
    public var next: Next?

    /// An empty page: success with nothing to say, which is neither zero nor an error.
    public init() {}

    /// The account's totals packed by period and start, ready for a result message. Parts and posts are left out.
    public var readings: [Reading] {
        var readings: [Reading] = []
        add(to: &readings)
        return readings
    }

    /// Merges the account's totals into readings packed by period and start, metrics by ascending number. Of two totals of
    /// one metric the later is kept. Ranges of several days are left out: such a total answers one question and is no
    /// point of a series.
    public func add(to readings: inout [Reading]) {
        for sample in samples where sample.post == nil && sample.dimensions.isEmpty && sample.period != .range {
            readings.set(sample, expecting: samples.count)
        }
    }
}

extension [Reading] {
    /// Puts a total into the reading of its period and start, making one with room for `count` metrics where there is none.
    mutating func set(_ sample: Sample, expecting count: Int) {
        let index = lastIndex { $0.period == sample.period && $0.start == sample.start }
        if let index {
            self[index].set(sample.metric, sample.value)
        } else {
            var reading = Reading(period: sample.period, start: sample.start)
            reading.metrics.reserveCapacity(count)
            reading.values.reserveCapacity(count)
            reading.set(sample.metric, sample.value)
            append(reading)
        }
    }
}

extension Reading {
    /// Puts a value in its metric's place, replacing the one that is there.
    fileprivate mutating func set(_ metric: MetricID, _ value: Int64) {
        var index = metrics.endIndex
        while index > 0, metrics[index - 1] > metric { index -= 1 }
        if index > 0, metrics[index - 1] == metric {
            values[index - 1] = value
        } else {
            metrics.insert(metric, at: index)
            values.insert(value, at: index)
        }
    }
}

/// What a platform's code made of an answer.
public enum PlatformAnswer: Sendable {
    /// Numbers, perhaps none.
    case page(SamplePage)
    /// A classified error.
    case error(PlatformError)
}

extension PlatformRequest {
    /// The request for the following page.
    public func following(_ next: SamplePage.Next) -> PlatformRequest {
        var request = self
        switch next {
        case .body(let members): request.body = PlatformRequest.body(request.body, setting: members)
        case .query(let fields):
            for field in fields {
                if let index = request.query.firstIndex(where: { $0.name == field.name }) {
                    request.query[index] = field
                } else {
                    request.query.append(field)
                }
            }
        }
        return request
    }

    /// A JSON body with members replaced or added. A body that is no JSON object gives way to the members alone.
    private static func body(_ body: [UInt8], setting members: [UInt8]) -> [UInt8] {
        guard case .object(var whole)? = try? JSONValue(parsing: body),
            case .object(let changes)? = try? JSONValue(parsing: members)
        else { return members }
        for change in changes {
            if let index = whole.firstIndex(where: { $0.key == change.key }) {
                whole[index] = change
            } else {
                whole.append(change)
            }
        }
        return JSONValue.object(whole).rendered()
    }
}
