internal import FleetCore
internal import JSON
internal import Platforms

/// A metric of posts on an insights edge: always of the post's whole life.
struct GraphPostMetric: Sendable {
    /// How the value is stated.
    enum Shape: Sendable {
        case number
        /// An object with a value for each of these, where there is any.
        case object([String])
    }

    var native: String
    var metric: MetricID
    /// The kinds of post that have it; nil for all.
    var kinds: Set<PostKind>?
    /// Thousandths of seconds instead of seconds.
    var isMilliseconds = false
    var shape = Shape.number

    init(
        _ native: String,
        _ metric: MetricID,
        for kinds: Set<PostKind>? = nil,
        isMilliseconds: Bool = false,
        _ shape: Shape = .number
    ) {
        self.native = native
        self.metric = metric
        self.kinds = kinds
        self.isMilliseconds = isMilliseconds
        self.shape = shape
    }

    /// Writes the metric's entry.
    func write(_ post: TruePost, _ page: GraphPage, _ writer: inout JSONWriter) {
        let value = page.truth.value(post, metric, at: page.now) ?? 0
        writer.beginObject()
        writer.field("name", native)
        writer.field("period", "lifetime")
        writer.array("values") { writer in
            writer.beginObject()
            writer.key("value")
            switch shape {
            case .number: writer.amount(value, metric, isMilliseconds: isMilliseconds)
            case .object(let names): writer.parts(GraphServing.parts(of: value, names))
            }
            writer.endObject()
        }
        writer.field("title", native)
        writer.field("description", "…")
        writer.field("id", "\(post.id.externalID)/insights/\(native)/lifetime")
        writer.endObject()
    }
}

extension JSONWriter {
    /// A value in the catalogue's scale as the platform states it.
    mutating func amount(_ value: Int64, _ metric: MetricID, isMilliseconds: Bool = false) {
        let scale = MetricCatalogue.scale(of: metric) - (isMilliseconds ? 3 : 0)
        raw(FixedPoint.text(value, scale: scale).utf8)
    }

    /// An object with a member per part.
    mutating func parts(_ parts: [(name: String, value: Int64)]) {
        beginObject()
        for part in parts {
            key(dynamic: part.name)
            int(part.value)
        }
        endObject()
    }
}

extension GraphServing {
    /// A total in parts that add up to it, each smaller than the one before; parts of nothing are left out.
    static func parts(of total: Int64, _ names: [String]) -> [(name: String, value: Int64)] {
        var rest = total
        return names.enumerated().compactMap { place, name in
            let share = place == names.count - 1 ? rest : rest * 3 / 4
            rest -= share
            return share == 0 ? nil : (name, share)
        }
    }

    static func trace(_ call: SimulatedCall, _ world: World) -> UInt64 {
        SimulatedAccount.mix(world.options.seed, UInt64(bitPattern: call.now.microseconds))
    }

    /// The end of a day as Graph writes instants.
    static func stamp(_ instant: Instant) -> String { String(instant.text(.seconds).dropLast()) + "+0000" }
}
