internal import Synchronization

/// A label and all values it may have.
///
/// The list is closed, so that nothing from outside can make series without end: any other value counts as `other`.
public struct MetricLabel: Sendable {
    let name: String
    let values: Set<String>

    /// A label. Never an account, a workspace, a job or an address.
    public init(_ name: StaticString, _ values: [String]) {
        self.name = name.description
        self.values = Set(values)
    }
}

/// The series of one metric, one per combination of label values.
///
/// Looking a series up takes a lock; keep the instrument where it is used often.
public final class MetricFamily<Instrument: Sendable>: Sendable {
    let name: String
    let help: String
    private let labels: [MetricLabel]
    private let made = Mutex<[[String]: Instrument]>([:])
    private let make: @Sendable () -> Instrument
    /// Asks for room for one more series; false when the process has too many.
    private let admit: @Sendable () -> Bool
    private let spare: Instrument

    init(
        name: String,
        help: String,
        labels: [MetricLabel],
        admit: @escaping @Sendable () -> Bool,
        make: @escaping @Sendable () -> Instrument
    ) {
        self.name = name
        self.help = help
        self.labels = labels
        self.admit = admit
        self.make = make
        spare = make()
    }

    /// The series with these label values, in the order in which the labels were declared.
    ///
    /// Past the process's limit of series it is one that counts and is not shown.
    public subscript(_ values: String...) -> Instrument {
        precondition(values.count == labels.count, "\(name) has \(labels.count) labels")
        let known = zip(labels, values).map { $0.values.contains($1) ? $1 : "other" }
        return made.withLock { made in
            if let instrument = made[known] { return instrument }
            guard admit() else { return spare }
            let instrument = make()
            made[known] = instrument
            return instrument
        }
    }

    /// All series made so far, with their label pairs, in a stable order.
    var series: [(labels: [(String, String)], instrument: Instrument)] {
        made.withLock { $0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { (Array(zip(labels.map(\.name), $0.key)), $0.value) }
    }
}
