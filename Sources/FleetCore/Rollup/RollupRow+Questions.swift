// What people ask of a bucket that its fields answer together.

extension RollupRow {
    /// Between what the number of distinct people lies.
    public struct Bounds: Equatable, Sendable {
        /// As many as on the best day, or of the largest member.
        public var lower: Int64
        /// Nobody came twice; nil when days are missing, since then it may be any number.
        public var upper: Int64?

        public init(lower: Int64, upper: Int64?) {
            self.lower = lower
            self.upper = upper
        }
    }

    /// The bounds of a number of distinct people that no platform has told for exactly this bucket; nil where there is a
    /// figure, and where bounds may not be told.
    public func bounds(of metric: MetricID) -> Bounds? {
        guard let cell = self[metric], cell.flags.contains(.bounded) else { return nil }
        return Bounds(lower: cell.value, upper: cell.count >= expected ? cell.sum : nil)
    }
}

extension RollupRow.Cell {
    /// How a level changed over a bucket.
    public struct Growth: Equatable, Sendable {
        /// Where it stood at first.
        public var opening: Int64
        /// How much it rose; negative when it fell.
        public var change: Int64
        /// True when no level near one of the ends is known, so that the change is that of the days between those that are.
        public var isPartial: Bool

        public init(opening: Int64, change: Int64, isPartial: Bool) {
            self.opening = opening
            self.change = change
            self.isPartial = isPartial
        }

        /// The change over the opening level as a fixed-point number of fifteen digits; nil when that was zero.
        public var rate: Int64? { FixedPoint.quotient(change, opening, scale: Self.scale) }
        /// The digits of ``rate``.
        public static let scale = 15
    }

    /// How a level changed over the bucket: its last level less the first known one. Nil for anything but levels, and where
    /// a single level is known.
    public var growth: Growth? {
        guard MetricCatalogue[metric]?.kind == .gauge, flags.contains(.opened) else { return nil }
        return Growth(
            opening: weight,
            change: saturatingDifference(value, weight),
            isPartial: !flags.isDisjoint(with: [.startEstimated, .endEstimated])
        )
    }

    /// The mean of the days' last levels, at the metric's own digits; nil for anything but levels.
    public var meanLevel: Int64? {
        guard MetricCatalogue[metric]?.kind == .gauge else { return nil }
        return FixedPoint.quotient(sum, Int64(count), scale: 0)
    }
}
