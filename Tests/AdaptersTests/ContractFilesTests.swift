import Adapters
import FleetCore
import JSON
import Testing

/// The contract as files: that they are what the code says, and that the code says what they say.
struct ContractFilesTests {
    private static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/")

    private static func topology() throws -> Topology { Topology(try QueuesFile.load("\(root)/queues.yaml")) }

    @Test func `the files of the contract are those that the code makes`() throws {
        for (path, text) in ContractFiles.all(try Self.topology()) {
            let file = try Schema.text("\(Self.root)/\(path)")
            #expect(file == text, "\(path) differs: run `flotilla contract export` in the repository's root")
        }
    }

    @Test func `every example of the contract fits its schema and is taken by the code`() throws {
        let now = Instant("2026-11-21T12:00:00Z")!
        for message in MessageSchemas(topology: try Self.topology()).all {
            #expect(Schema(message.schema).faults(message.example) == [], "\(message.name)")
            let body = message.example.rendered()
            switch message.name {
            case "job.v1": #expect(try JobContract().read(body, now: now).version == 1)
            case "job.v2": #expect(try JobContract().read(body, now: now).externalPosts.count == 1)
            case "posts.v1": #expect(try PostsContract().read(body, now: now).count == 2)
            case "readings.v1": #expect(try PushContract().read(body, now: now).readings.count == 1)
            default: continue
            }
        }
    }

    /// What is done to a message, whether the contract takes it then, and where it is wrong.
    static let changes: [(member: String, value: JSONValue?, path: String?)] = [
        ("version", 0, "/version"), ("version", "1", "/version"), ("id", "7", "/id"), ("id", nil, "/id"),
        ("id", "019aa5c6-3b7e-4c1a-9d2e-4f60718293a4", "/id"), ("run", .null, nil),
        ("platform", "myspace", "/platform"),
        ("platform", nil, "/platform"), ("account", 0, "/account"), ("account", "12", "/account"),
        ("account", 12.5, "/account"), ("collect", "everything", "/collect"), ("date", "2026-02-30", "/date"),
        ("date", nil, "/date"), ("metrics", .null, nil), ("metrics", [], nil),
        ("metrics", ["views", "karma"], "/metrics/1"),
        ("metrics", ["views", "views"], "/metrics/1"), ("metrics", ["views", 7], "/metrics/1"),
        ("metrics", "views", "/metrics"),
        ("days", 90, nil), ("days", 91, "/days"), ("days", 0, "/days"), ("days", .null, nil), ("posts", [1], "/posts"),
        ("posts", [], nil), ("lane", "express", "/lane"), ("lane", nil, "/lane"), ("enqueued_at", nil, "/enqueued_at"),
        ("enqueued_at", 7, "/enqueued_at"), ("idempotency_key", "", "/idempotency_key"), ("idempotency_key", "a", nil),
        ("unique_for", 0, "/unique_for"), ("unique_for", 2_592_000, nil), ("unique_for", 2_592_001, "/unique_for"),
        ("reason", .string(String(repeating: "x", count: 129)), "/reason"), ("later", ["a": [1]], nil),
    ]

    @Test(arguments: changes.indices)
    func `schema and code agree about a changed message, and the code names the field`(_ index: Int) throws {
        let change = Self.changes[index]
        let first = try #require(MessageSchemas(topology: try Self.topology()).all.first { $0.name == "job.v1" })
        let message = first.example.with(change.member, change.value)
        let said = "\(change.member) = \(change.value.map { $0.description } ?? "nothing")"
        // Whether a day is in the calendar is beyond what the schema is checked for here.
        if change.member != "date" || change.value == nil {
            #expect(Schema(first.schema).faults(message).isEmpty == (change.path == nil), "\(said)")
        }
        do throws(Death) {
            _ = try JobContract().read(message.rendered(), now: Instant("2026-11-21T12:00:00Z")!)
            #expect(change.path == nil, "\(said) was taken")
        } catch {
            #expect(error.path == change.path, "\(said): \(error.detail)")
            #expect(error.detail.hasPrefix("\(change.path ?? "?"): "))
        }
    }

    @Test func `the document of the doors names what the broker has and what the messages are`() throws {
        let topology = try Self.topology()
        let document = AsyncAPIDocument(topology: topology).json
        let channels = try #require(document["channels"])
        let exchanges = ["jobs", "door", "changes"].map {
            channels[$0]?["bindings"]?["amqp"]?["exchange"]?["name"]?.string
        }
        #expect(exchanges == [topology.jobsExchange, topology.ingestExchange, topology.changesExchange])
        let arguments = channels["jobs"]?["x-flotilla-queues"]?["jobs.{platform}.{lane}"]
        #expect(arguments?["x-delivery-limit"]?.int64 == topology.specification.deliveryLimit)
        #expect(channels["jobs"]?["parameters"]?["lane"]?["enum"]?.array?.count == topology.specification.lanes.count)
        // Every reference leads somewhere.
        for reference in document.references {
            if reference.hasPrefix("#/") {
                let target = reference.dropFirst(2).split(separator: "/").reduce(Optional(document)) { $0?[String($1)] }
                #expect(target != nil, "\(reference)")
            } else {
                #expect(throws: Never.self) { try Schema.text("\(Self.root)/docs/\(reference)") }
            }
        }
    }
}

extension JSONValue {
    /// The object with a member replaced, added or taken away.
    fileprivate func with(_ key: String, _ value: JSONValue?) -> JSONValue {
        var members = object ?? []
        let place = members.firstIndex { $0.key == key }
        switch (place, value) {
        case (let place?, let value?): members[place].value = value
        case (let place?, nil): members.remove(at: place)
        case (nil, let value?): members.append(.init(key, value))
        case (nil, nil): break
        }
        return .object(members)
    }

    /// Every `$ref` in the document.
    fileprivate var references: [String] {
        switch self {
        case .object(let members):
            members.flatMap { $0.key == "$ref" ? [$0.value.string ?? ""] : $0.value.references }
        case .array(let elements): elements.flatMap(\.references)
        case .null, .bool, .number, .string: []
        }
    }
}
