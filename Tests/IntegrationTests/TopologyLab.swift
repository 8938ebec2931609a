import Adapters
import FleetCore
import JSON
import Runtime
import Testing

/// A virtual host of its own on the test broker, for each test about the topology.
struct TopologyLab {
    /// Small, so that many virtual hosts fit on one broker.
    static let topology: Topology = {
        var specification = TopologySpecification.standard
        specification.platforms = ["x"]
        specification.lanes = [.init(name: "bulk", prefetch: 8)]
        specification.retryDelays = [.seconds(5), .seconds(60)]
        specification.resultShards = 1
        return Topology(specification)
    }()

    static let management = ProcessEnvironment["FLOTILLA_TEST_MANAGEMENT"]
    static let isRequired = ProcessEnvironment["FLOTILLA_TEST_REQUIRE"] == "1"
    /// Tests run when there is a broker; where one is required, they run and fail without it.
    static let isAvailable = management != nil || isRequired

    let api: ManagementAPI
    let virtualHost: String

    /// Makes the virtual host, lends it and takes it away again.
    static func run(applying: Bool = true, _ body: (TopologyLab) async throws -> Void) async throws {
        let url = try #require(management, "FLOTILLA_TEST_MANAGEMENT is not set")
        let broker = try #require(ProcessEnvironment["FLOTILLA_TEST_AMQP"], "FLOTILLA_TEST_AMQP is not set")
        let name = "topology-test-\(UInt64.random(in: 0 ... .max))"
        let server = broker.split(separator: "/", omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
        let address = try ManagementAddress(url: url, broker: "\(server)/\(name)")
        let lab = TopologyLab(api: try ManagementAPI(address), virtualHost: name)
        try await lab.api.put(["vhosts", name], [:])
        do {
            let me = try #require(try await lab.api.get(["whoami"])["name"]?.string)
            try await lab.api.put(["permissions", name, me], ["configure": ".*", "write": ".*", "read": ".*"])
            if applying { try await lab.apply() }
            try await body(lab)
        } catch {
            try await lab.api.delete(["vhosts", name])
            throw error
        }
        try await lab.api.delete(["vhosts", name])
    }

    func plan(_ options: TopologyPlanner.Options = .init()) async throws -> TopologyPlan {
        TopologyPlanner(topology: Self.topology, options: options).plan(for: try await api.snapshot(.topology))
    }

    func apply(_ options: TopologyPlanner.Options = .init()) async throws {
        try await TopologyApplier(api).apply(try await plan(options))
    }

    func examine() async throws -> [Finding] {
        TopologyDoctor(topology: Self.topology, live: try await api.snapshot(.everything)).examine()
    }

    /// Examines until the hazard shows, as severe as said, because the broker gathers some facts only every five
    /// seconds and counts grow on the way.
    func find(_ hazard: Hazard, at subject: String, severity: Finding.Severity? = nil) async throws -> Finding {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: .seconds(45))
        var findings: [Finding] = []
        while clock.now < deadline {
            findings = try await examine()
            let finding = findings.first { finding in
                finding.hazard == hazard && finding.subject == subject
                    && (severity == nil || finding.severity == severity)
            }
            if let finding { return finding }
            try await clock.sleep(for: .milliseconds(500))
        }
        return try #require(nil, "\(hazard.rawValue) at \(subject) is not among \(findings)")
    }

    // MARK: Damage

    /// Declares a queue anew with changed arguments; its bindings are gone, as after a careless hand.
    func redeclare(queue name: String, _ change: (inout Arguments) -> Void) async throws {
        let live = try await api.snapshot(.topology)
        var queue = try #require(live.queues.first { $0.name == name }).definition
        let bindings = live.bindings.filter { $0.destination == .queue(name) }
        change(&queue.arguments)
        try await api.delete(["queues", virtualHost, name])
        try await api.put(["queues", virtualHost, name], queue.json())
        for binding in bindings {
            try await api.post(["bindings", virtualHost, "e", binding.source, "q", name], binding.json())
        }
    }

    func redeclare(exchange name: String, _ arguments: Arguments) async throws {
        let live = try await api.snapshot(.topology)
        var exchange = try #require(live.exchanges.first { $0.name == name })
        let bindings = live.bindings.filter { $0.source == name }
        exchange.arguments = arguments
        try await api.delete(["exchanges", virtualHost, name])
        try await api.put(["exchanges", virtualHost, name], exchange.json())
        for binding in bindings {
            try await api.post(["bindings", virtualHost, "e", name, "q", binding.destination.name], binding.json())
        }
    }

    func setPolicy(_ pattern: String, on kind: String = "queues", _ definition: JSONValue) async throws {
        try await api.put(
            ["policies", virtualHost, "by-hand"],
            ["pattern": .string(pattern), "apply-to": .string(kind), "priority": 900, "definition": definition]
        )
    }

    func publish(to exchange: String, _ key: String, count: Int = 1) async throws {
        for _ in 0..<count {
            try await api.post(
                ["exchanges", virtualHost, exchange, "publish"],
                [
                    "properties": ["delivery_mode": 2], "routing_key": .string(key), "payload": "{}",
                    "payload_encoding": "string",
                ]
            )
        }
    }
}
