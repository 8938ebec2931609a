public import AMQP
internal import Crypto
public import FleetCore
internal import JSON

/// A job that died, as the dead-letter queue delivers it.
public struct DeadLetter: Sendable {
    public var job: FleetCore.UUID?
    public var run: FleetCore.UUID?
    public var account: Int64?
    public var platform: String
    public var collect: String?
    public var cause: String
    public var detail: String
    public var attempt: Int
    public var routingKey: String
    /// The headers as JSON, for people.
    public var headers: String
    /// What travelled beside them, as JSON.
    public var properties: String
    /// The letter whose replay this is.
    public var parent: Int64?
    public var body: [UInt8]
    /// Tells one death from another: the same death delivered twice has the same.
    public var identity: String

    /// What stands for the platform of pushed readings that were refused: what they say themselves cannot be trusted.
    static let pushed = "ingest"

    /// Names of the headers that workers put on dead letters and on retries.
    public enum Header {
        public static let attempt = "x-flotilla-attempt"
        /// What the attempt before was in doubt about: see `JobOutcome.doubt`.
        public static let doubt = "x-flotilla-doubt"
        public static let cause = "x-flotilla-cause"
        public static let detail = "x-flotilla-detail"
        public static let death = "x-flotilla-death"
        /// How many times a worker died that held the job. Attempts are counted apart.
        public static let crashes = "x-flotilla-crashes"
        /// Which selection a replayed job belongs to and its place there, as `17/3`.
        public static let replay = "x-flotilla-replay"
        /// Which copy of a replayed job this is.
        public static let copy = "x-flotilla-copy"
        /// The letter that is replayed.
        public static let letter = "x-flotilla-letter"
        /// When it was given back, in microseconds since 1970.
        public static let since = "x-flotilla-since"

        /// Those that a replay does not take over.
        static let ofDeath: Set<String> = [
            attempt, doubt, cause, detail, death, crashes, replay, copy, letter, since, WaitingJob.routeHeader,
        ]
    }

    public init(_ delivery: Delivery) {
        let headers = delivery.properties.headers
        let parts = delivery.routingKey.split(separator: ".", maxSplits: 1).map(String.init)
        let identity = Self.identity(of: delivery.body)
        job = identity.id
        run = identity.run
        account = identity.account
        platform = Self.storable(parts.first ?? "")
        collect =
            platform == Self.pushed ? JobResult.Origin.pushed.rawValue : identity.collect.map(Self.storable)
        // The broker's own dead letters come with the cause in the routing key.
        cause = Self.storable(
            headers[Header.cause]?.string ?? (parts.count > 1 ? parts[1] : DeadCause.crashed.rawValue)
        )
        detail = Self.storable(
            headers[Header.detail]?.string ?? "the broker dead-lettered it after too many crashed deliveries"
        )
        attempt = Int(clamping: headers[Header.attempt]?.int ?? 1)
        routingKey = Self.storable(delivery.routingKey)
        body = delivery.body
        self.headers = JSONValue(.table(headers)).description
        properties = delivery.properties.document.description
        parent = headers[Header.letter]?.int
        self.identity =
            headers[Header.death]?.string.map(Self.storable)
            ?? sha256(Array((routingKey + self.headers).utf8) + delivery.body).hexadecimal
    }

    /// Whether somebody cancelled the job: it is none of the dead.
    var isCancelled: Bool { cause == DeadCause.cancelled.rawValue }

    /// Whether the job can stand in the ledger: everything that a row needs is known, and the time in its id is one that
    /// the ledger's partitions are made for.
    public func isLedgerEntry(now: Instant) -> Bool {
        guard let job, account != nil, collect != nil, job.isVersion7 else { return false }
        return job.milliseconds <= (now + JobContract.clockTolerance).milliseconds
    }

    /// The text without what Postgres cannot hold.
    static func storable(_ text: String) -> String {
        guard text.utf8.contains(0) else { return text }
        return String(text.map { $0 == "\0" ? "\u{FFFD}" : $0 })
    }

    private struct Identity {
        var id: FleetCore.UUID?
        var run: FleetCore.UUID?
        var account: Int64?
        var collect: String?
    }

    /// As much as can be learnt from a body that may break the contract anywhere.
    private static func identity(of body: [UInt8]) -> Identity {
        var identity = Identity()
        var reader = JSONReader(body)
        do {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                switch (key, try reader.peek()) {
                case ("id", .string): identity.id = FleetCore.UUID(utf8: try reader.text().bytes)
                case ("run", .string): identity.run = FleetCore.UUID(utf8: try reader.text().bytes)
                case ("account", .number): identity.account = try reader.integerOrDecimal().integralValue
                case ("collect", .string): identity.collect = try reader.string()
                default: break
                }
            }
        } catch {
            // A body that stops making sense has told what it could.
        }
        return identity
    }
}

extension JSONValue {
    /// A header's value for people; bytes that are not text are shown as hexadecimal digits.
    init(_ value: FieldValue) {
        switch value {
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .number(.integer(number))
        case .double(let number): self = .string(String(number))
        case .string(let text): self = .string(DeadLetter.storable(text))
        case .bytes(let bytes): self = .string(bytes.hexadecimal)
        case .timestamp(let seconds): self = .number(.integer(Int64(clamping: seconds)))
        case .table(let fields):
            self = .object(fields.map { .init(DeadLetter.storable($0.name), JSONValue($0.value)) })
        case .array(let values): self = .array(values.map { JSONValue($0) })
        case .null, .omitted: self = .null
        }
    }
}
