public import FleetCore
public import JSON

/// The doors as an AsyncAPI 3.0 document, made from `queues.yaml` and from the messages that the code reads.
public struct AsyncAPIDocument: Sendable {
    private let topology: Topology
    private let schemas: MessageSchemas

    /// Where the schemas' files lie, seen from the document.
    private static let folder = "../schemas/"

    public init(topology: Topology) {
        self.topology = topology
        schemas = MessageSchemas(topology: topology)
    }

    /// The whole document.
    public var json: JSONValue {
        [
            "asyncapi": "3.0.0",
            "info": [
                "title": "Flotilla", "version": .string(Flotilla.version),
                "description":
                    "The doors of the fleet. Made by `flotilla contract export`; docs/enqueue.md explains it.",
            ],
            "defaultContentType": "application/json",
            "servers": ["broker": ["host": "localhost:5672", "protocol": "amqp", "protocolVersion": "0.9.1"]],
            "channels": ["jobs": jobs, "door": door, "answers": answers, "changes": changes],
            "operations": [
                "takeJob": Self.operation("receive", "jobs", "Publish a job straight to its work queue."),
                "takeFromDoor": Self.operation(
                    "receive",
                    "door",
                    "Order jobs with a verdict, register posts, push readings.",
                    reply: "answers"
                ),
                "tellChange": Self.operation("send", "changes", "Every committed change of a bucket."),
            ],
            "components": [
                "messages": .object(schemas.all.map { .init(Self.key($0), message($0)) })
            ],
        ]
    }

    /// The document as YAML.
    public var yaml: String { blockYAML(json) }

    // MARK: Channels

    private var jobs: JSONValue {
        // The queues differ in nothing but their names.
        var specification = topology.specification
        specification.platforms = ["{platform}"]
        specification.lanes = [.init(name: "{lane}", prefetch: 1)]
        let template = Topology(specification)
        let queue = template.workQueue(platform: "{platform}", lane: "{lane}")
        return [
            "address": "{platform}.{lane}",
            "description": "A message that no queue takes is returned: publish with `mandatory`.",
            "parameters": [
                "platform": ["enum": Self.words(topology.specification.platforms)],
                "lane": ["enum": Self.words(topology.specification.lanes.map(\.name))],
            ],
            "messages": references(["job.v1", "job.v2"]),
            "bindings": exchange(topology.jobsExchange),
            "x-flotilla-queues": arguments([queue], of: template),
        ]
    }

    private var door: JSONValue {
        [
            "address": .string(Topology.ingestRoutingKey),
            "description": "Any routing key. The type property says what a message is; without one it holds readings.",
            "messages": references(["job.v1", "job.v2", "posts.v1", "readings.v1"]),
            "bindings": exchange(topology.ingestExchange),
            "x-flotilla-queues": arguments([topology.ingestQueue], of: topology),
        ]
    }

    private var answers: JSONValue {
        [
            "address": nil,
            "description":
                "Answers go to the queue of the message's `reply_to`, with its `correlation_id`. Direct reply-to works.",
            "messages": references(["answer.v1"]),
        ]
    }

    private var changes: JSONValue {
        [
            "address": "{workspace}.{platform}.{grain}.{scope}",
            "parameters": [
                "workspace": ["description": "The workspace's number."], "platform": ["description": "Or a source."],
                "grain": ["enum": Self.words(Grain.allCases.map(\.name))],
                "scope": ["enum": Self.words(StoredBucket.Scope.allCases.map(\.rawValue))],
            ],
            "messages": references(["metrics.updated.v1"]),
            "bindings": exchange(topology.changesExchange),
            "x-flotilla-queues": arguments([topology.changesQueue], of: topology),
        ]
    }

    private func exchange(_ name: String) -> JSONValue {
        let type = topology.definitions(for: BrokerVersion(3, 10)).exchanges.first { $0.name == name }?.type ?? "topic"
        return [
            "amqp": [
                "is": "routingKey",
                "exchange": [
                    "name": .string(name), "type": .string(type), "durable": true, "autoDelete": false, "vhost": "/",
                ],
                "bindingVersion": "0.3.0",
            ]
        ]
    }

    /// The arguments of queues, for which the AMQP binding has no place.
    private func arguments(_ names: [String], of topology: Topology) -> JSONValue {
        let queues = topology.definitions(for: BrokerVersion(3, 10)).queues.filter { names.contains($0.name) }
        return .object(
            queues.map { queue in
                let sorted = queue.arguments.sorted { $0.key < $1.key }
                return .init(queue.name, .object(sorted.map { .init($0.key, $0.value.json) }))
            }
        )
    }

    private func references(_ names: [String]) -> JSONValue {
        .object(
            schemas.all.filter { names.contains($0.name) }.map { message in
                let key = Self.key(message)
                return .init(key, ["$ref": .string("#/components/messages/\(key)")])
            }
        )
    }

    // MARK: Messages and operations

    /// `job.v1` as `jobV1`: keys of components hold no dots in many tools.
    private static func key(_ message: MessageSchemas.Message) -> String {
        let words = message.name.split(separator: ".")
        return words.dropFirst().reduce(into: String(words[0])) { $0 += $1.prefix(1).uppercased() + $1.dropFirst() }
    }

    private func message(_ message: MessageSchemas.Message) -> JSONValue {
        [
            "name": .string(message.type), "title": .string(message.title), "contentType": "application/json",
            "correlationId": ["location": "$message.header#/correlation_id"],
            "bindings": ["amqp": ["messageType": .string(message.type), "bindingVersion": "0.3.0"]],
            "payload": ["$ref": .string("\(Self.folder)\(message.name).json")],
            "examples": [["payload": message.example]],
        ]
    }

    private static func operation(
        _ action: String,
        _ channel: String,
        _ summary: String,
        reply: String? = nil
    ) -> JSONValue {
        let reference = JSONValue.string("#/channels/\(channel)")
        let answer: JSONValue? = reply.map {
            [
                "address": ["location": "$message.header#/reply_to"],
                "channel": ["$ref": .string("#/channels/\($0)")],
            ]
        }
        return SchemaWords.object([
            ("action", .string(action)), ("channel", ["$ref": reference]), ("summary", .string(summary)),
            ("reply", answer),
            (
                "bindings",
                ["amqp": ["deliveryMode": 2, "mandatory": true, "ack": true, "bindingVersion": "0.3.0"]]
            ),
        ])
    }

    private static func words(_ words: [String]) -> JSONValue { .array(words.map { .string($0) }) }
}
