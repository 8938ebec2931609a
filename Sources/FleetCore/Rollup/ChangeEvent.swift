internal import JSON

/// What is told of a bucket after it changed: a CloudEvent in parts, so that any protocol can carry it.
///
/// All of it follows from the stored bucket: telling the same generation again gives the same event under the same id.
public struct ChangeEvent: Equatable, Sendable {
    /// The types of events, which name the version of their data.
    public enum Kind: String, Sendable, CaseIterable {
        case updated = "io.flotilla.metrics.updated.v1"
        /// The bucket is no longer there: its last reading was taken away.
        case removed = "io.flotilla.metrics.removed.v1"
    }

    /// Names the schema of the data: `schemas/metrics.updated.v1.json`.
    public static let dataSchema = "urn:flotilla:schema:metrics.updated:v1"

    public let bucket: StoredBucket

    /// - Parameter bucket: without cells when it is no longer there.
    public init(_ bucket: StoredBucket) { self.bucket = bucket }

    public var kind: Kind { bucket.row.cells.isEmpty ? .removed : .updated }

    /// The bucket's name within the fleet: the same for every generation.
    public var key: String {
        let place = "\(bucket.workspace)/\(bucket.platform)/\(bucket.scope.rawValue)/\(bucket.subject)"
        return "\(place)/\(bucket.grain.name)/\(bucket.start.text(.seconds))"
    }

    /// Workspace, bucket and generation: the same for every repetition.
    public var id: String { "\(key)/\(bucket.generation)" }
    public var source: String { "/flotilla/\(bucket.workspace)" }
    /// The account's number; of a workspace, its platform.
    public var subject: String { bucket.account.map { String($0) } ?? bucket.platform }
    public var time: Instant { bucket.changedAt }
    /// Orders the events of one bucket: the generation in ten digits.
    public var sequence: String {
        let digits = String(bucket.generation)
        return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    }
    /// Events with the same key belong together and must be taken in order.
    public var partitionKey: String { key }
    /// For topic subscriptions: workspace, platform, grain, scope.
    public var routingKey: String {
        "\(bucket.workspace).\(bucket.platform).\(bucket.grain.name).\(bucket.scope.rawValue)"
    }

    /// The attributes of the event but for the type of its data, in the order of the specification.
    public var attributes: [(name: String, value: String)] {
        [
            ("specversion", "1.0"), ("id", id), ("source", source), ("type", kind.rawValue), ("subject", subject),
            ("time", time.text(.microseconds)), ("dataschema", Self.dataSchema), ("sequence", sequence),
            ("partitionkey", partitionKey),
        ]
    }

    /// The event's data in JSON.
    public func data() -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.field("version", 1)
        writer.field("workspace", bucket.workspace)
        writer.field("platform", bucket.platform)
        writer.field("scope", bucket.scope.rawValue)
        writer.field("account", ifPresent: bucket.account)
        writer.field("subject", bucket.subject)
        writer.field("post", ifPresent: bucket.post)
        writer.field("grain", bucket.grain.name)
        writer.field("label", bucket.grain.label(bucket.day))
        writer.field("start", bucket.start.text(.seconds))
        writer.field("end", bucket.end.text(.seconds))
        writer.field("zone", ifPresent: bucket.zone)
        if kind == .updated {
            writer.field("state", bucket.row.state.description)
            writer.field("expected", Int64(bucket.row.expected))
        }
        writer.field("generation", Int64(bucket.generation))
        writer.field("changed_at", bucket.changedAt.text(.microseconds))
        writer.object("metrics") { writer in
            for cell in bucket.row.cells {
                writer.key(dynamic: cell.metric.name)
                cell.write(to: &writer, expected: bucket.row.expected)
            }
        }
        writer.endObject()
        return writer.finish()
    }
}

extension RollupRow.Cell {
    /// Value, unit, coverage, flags; and the details of a cell that rests on more than one figure.
    fileprivate func write(to writer: inout JSONWriter, expected: Int32) {
        let figures = CellFigures(self, expected: expected)
        writer.beginObject()
        writer.key("value")
        if let value = figures.value { writer.write(value) } else { writer.null() }
        writer.field("unit", MetricCatalogue[metric]?.unit.rawValue ?? MetricUnit.unknown.rawValue)
        writer.field("count", Int64(count))
        writer.key("coverage")
        writer.write(figures.coverage)
        if !isSingle {
            for (name, figure) in figures.details {
                writer.key(dynamic: name)
                writer.write(figure)
            }
        }
        writer.field("flags", flags.names)
        writer.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ figure: CellFigures.Figure) {
        var text: [UInt8] = []
        FixedPoint.append(figure.value, scale: figure.scale, to: &text)
        raw(text)
    }
}
