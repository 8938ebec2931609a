/// The canonical metrics, found by number or by name.
///
/// Values are stored as 64-bit integers in units of ten to the minus ``Metric/scale``:
/// - counts and distinct people 0 digits, so that anything up to 2^63 is exact;
/// - watch time 3, because platforms report milliseconds, and sums of a whole channel's life must fit;
/// - means in seconds 9 and percentages 12, because some platforms send fractions of a millisecond;
/// - ratios 15, which keeps a rate of three in a million to nine digits and still holds rates up to 9,223;
/// - money 6, the micro-amounts that advertising interfaces use.
public enum MetricCatalogue {
    /// The metric with a number, or nil when the number is not in the catalogue.
    @inlinable
    public static subscript(_ id: MetricID) -> Metric? {
        let index = Int(id.rawValue)
        return byNumber.indices.contains(index) ? byNumber[index] : nil
    }

    /// The metric with a name, or nil.
    public static subscript(_ name: String) -> Metric? {
        id(named: name.utf8.span).flatMap { self[$0] }
    }

    /// The number of the metric with a name given as UTF-8, or nil. Allocates nothing.
    public static func id(named name: Span<UInt8>) -> MetricID? {
        names.index(of: name).map { all[$0].id }
    }

    /// The decimal digits kept of a metric: zero for numbers that are not in the catalogue.
    @inlinable
    public static func scale(of id: MetricID) -> Int { self[id]?.scale ?? 0 }

    @usableFromInline
    static let byNumber: [Metric?] = {
        var table = [Metric?](repeating: nil, count: Int(all.last?.id.rawValue ?? 0) + 1)
        for metric in all { table[Int(metric.id.rawValue)] = metric }
        return table
    }()

    private static let names = NameTable(all.map(\.name))
}
