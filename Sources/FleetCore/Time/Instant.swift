/// A point in time: microseconds since 1970-01-01T00:00:00Z, as Postgres keeps them.
///
/// Nothing in this module reads a clock; an instant comes from outside. Leap seconds do not exist here, as in POSIX.
public struct Instant: Hashable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z, negative before it.
    public let microseconds: Int64

    /// The instant so many microseconds after 1970-01-01T00:00:00Z.
    @inlinable
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The instant so many milliseconds after 1970-01-01T00:00:00Z.
    @inlinable
    public init(milliseconds: Int64) {
        self.microseconds = milliseconds * 1000
    }

    /// The instant so many seconds after 1970-01-01T00:00:00Z.
    @inlinable
    public init(seconds: Int64) {
        self.microseconds = seconds * 1_000_000
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded towards the past.
    @inlinable
    public var seconds: Int64 { Instant.floor(microseconds, 1_000_000) }

    /// Whole milliseconds since 1970-01-01T00:00:00Z, rounded towards the past.
    @inlinable
    public var milliseconds: Int64 { Instant.floor(microseconds, 1000) }

    /// The date in UTC.
    public var utcDate: CivilDate {
        CivilDate(daysSinceEpoch: Int32(Instant.floor(seconds, 86_400)))
    }

    /// Division that rounds towards the past; `divisor` is positive.
    @usableFromInline
    static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }
}

extension Instant: Comparable {
    /// The earlier instant.
    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

    /// The instant a duration later; parts of a microsecond are dropped.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(microseconds: instant.microseconds + duration.wholeMicroseconds)
    }

    /// The instant a duration earlier; parts of a microsecond are dropped.
    public static func - (instant: Instant, duration: Duration) -> Instant {
        Instant(microseconds: instant.microseconds - duration.wholeMicroseconds)
    }

    /// How long after the right instant the left one is.
    public static func - (left: Instant, right: Instant) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }
}

extension Duration {
    /// Whole microseconds, rounded towards zero. Traps beyond 292,000 years.
    public var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
