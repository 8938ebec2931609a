/// One bucket of one subject, or of all subjects of an account or workspace: a pure function of current values, never an
/// increment.
public struct RollupRow: Equatable, Sendable {
    /// How final a bucket is. The raw value is what the store keeps.
    public enum State: Int16, Sendable, Comparable {
        /// The newest fetch happened before the bucket ended.
        case open = 0
        /// The platform may still restate it.
        case provisional = 1
        /// Fetched after the platform's usual lag.
        case settled = 2

        public static func < (left: State, right: State) -> Bool { left.rawValue < right.rawValue }
    }

    /// Sorted by metric, each metric once.
    public var cells: [Cell]
    public var state: State
    /// How many days the bucket has, over all its subjects: what ``Cell/count`` is held against.
    public var expected: Int32

    public init(cells: [Cell], state: State, expected: Int32 = 1) {
        self.cells = cells
        self.state = state
        self.expected = expected
    }

    /// The cell of a metric, if the bucket has one.
    public subscript(_ metric: MetricID) -> Cell? { cells.first { $0.metric == metric } }
}

extension RollupRow {
    /// One metric's figures over the days and subjects of a bucket. What the fields mean follows from the metric's kind:
    ///
    /// | kind | value | sum | weight | minimum, maximum |
    /// |---|---|---|---|---|
    /// | gauge | the last level | of the days' last levels | first known level, if `opened` | of all levels read |
    /// | delta, money | the total | the total | gross gain of a counter, if `gross` | of single days |
    /// | unique | native figure, or `bounded` | of the days' figures | | of single days |
    /// | ratio | numerator over denominator | numerator | denominator | of single days |
    /// | weighted mean | the mean | of mean times weight, in thousandths | weight | of single days |
    ///
    /// Over several subjects minimum and maximum are those of the subjects.
    public struct Cell: Equatable, Sendable {
        public var metric: MetricID
        public var value: Int64
        /// How many days say something, over all subjects; of a single day's levels, how many readings.
        public var count: Int32
        public var sum: Int64
        public var minimum: Int64
        public var maximum: Int64
        public var weight: Int64
        public var flags: Flags

        public init(metric: MetricID, value: Int64) {
            (self.metric, self.value, count, sum, minimum, maximum) = (metric, value, 1, value, value, value)
            (weight, flags) = (0, [])
        }

        public init(
            metric: MetricID,
            value: Int64,
            count: Int32,
            sum: Int64,
            minimum: Int64,
            maximum: Int64,
            weight: Int64 = 0,
            flags: Flags = []
        ) {
            (self.metric, self.value, self.count, self.sum) = (metric, value, count, sum)
            (self.minimum, self.maximum, self.weight, self.flags) = (minimum, maximum, weight, flags)
        }

        /// True when the cell rests on one reading, so that all figures equal its value and nothing more is to be said.
        public var isSingle: Bool {
            count == 1 && sum == value && minimum == value && maximum == value && weight == 0 && flags.isEmpty
        }

        /// The value as far as there is one.
        public var known: Int64? { flags.contains(.undefined) ? nil : value }
    }

    /// What else is to be said of a cell. The bits are stored and never change.
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: Int16

        public init(rawValue: Int16) { self.rawValue = rawValue }

        /// The reading before the bucket's start is too old to stand for it: the gain may belong to earlier days. Of a
        /// level: none was known at the start, and the weight is the first one after it.
        public static let startEstimated = Flags(rawValue: 1)
        /// The last reading is too old to stand for the bucket's end: some gain is, or will be, found in later days.
        public static let endEstimated = Flags(rawValue: 2)
        /// There is no value; the field holds nothing to be shown.
        public static let undefined = Flags(rawValue: 4)
        /// The true number is at least the maximum of the days and, if no day is missing, at most their sum. See
        /// ``RollupRow/bounds(of:)``.
        public static let bounded = Flags(rawValue: 8)
        /// The platform's own figure for exactly this stretch of time.
        public static let native = Flags(rawValue: 16)
        /// The weight is a level to count growth from. See ``Cell/growth``.
        public static let opened = Flags(rawValue: 32)
        /// The value is a difference of readings, and the weight is the gross gain: how far the counter rose above the
        /// highest total of the ``CounterHistory/memory`` days before. Likes that merely come back are no gain.
        public static let gross = Flags(rawValue: 64)
        /// A part of the formula was missing, on some day or altogether.
        public static let partial = Flags(rawValue: 128)

        /// The words for what is set, as in the views of the store.
        public var names: [String] {
            let all = [
                "start_estimated", "end_estimated", "undefined", "bounded", "native", "opened", "gross", "partial",
            ]
            return all.indices.filter { rawValue & 1 << $0 != 0 }.map { all[$0] }
        }
    }
}

extension RollupRow.State {
    /// What a bucket is when its values were last fetched at the given time.
    public init(lastFetch: Instant?, end: Instant, lag: Int64) {
        guard let lastFetch, lastFetch >= end else {
            self = .open
            return
        }
        self = lastFetch.microseconds - end.microseconds >= lag ? .settled : .provisional
    }
}

/// Adds, and stays at the largest or smallest number where 64 bits end. No platform's totals come near.
func saturatingSum(_ left: Int64, _ right: Int64) -> Int64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? (left < 0 ? .min : .max) : sum
}

/// Subtracts, and stays at the largest or smallest number where 64 bits end.
func saturatingDifference(_ left: Int64, _ right: Int64) -> Int64 {
    let (difference, overflow) = left.subtractingReportingOverflow(right)
    return overflow ? (left < 0 ? .min : .max) : difference
}
