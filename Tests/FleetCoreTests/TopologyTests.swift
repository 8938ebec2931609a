import FleetCore
import JSON
import Testing

struct TopologyNamesTests {
    @Test func `names come from the specification and its prefix`() {
        var specification = TopologySpecification.standard
        specification.prefix = "flotilla."
        let topology = Topology(specification)
        #expect(topology.jobsExchange == "flotilla.jobs")
        #expect(topology.workQueue(platform: "instagram", lane: "bulk") == "flotilla.jobs.instagram.bulk")
        #expect(topology.resultQueue(shard: 1) == "flotilla.results.1")
        #expect(topology.retryExchange(for: .seconds(60)) == "flotilla.retry.1m")
        #expect(topology.deadQueue == "flotilla.dead")
        #expect(topology.routingKey(platform: "x", lane: "normal") == "x.normal")
    }

    @Test func `a delay takes the level that is long enough, and the longest beyond that`() {
        #expect(Lab.topology.retryLevel(for: .zero).label == "5s")
        #expect(Lab.topology.retryLevel(for: .milliseconds(5001)).label == "15s")
        #expect(Lab.topology.retryLevel(for: .seconds(3600)).label == "1h")
        #expect(Lab.topology.retryLevel(for: .seconds(7 * 86400)).label == "6h")
    }

    @Test func `an account always has the same shard`() {
        #expect(Lab.topology.resultShard(account: 12) == 0)
        #expect(Lab.topology.resultShard(account: 13) == 1)
        #expect(Lab.topology.resultShard(account: .min) == 0)
    }

    @Test func `ownership goes by the shape of a name`() {
        let topology = Lab.topology
        for name in ["dead", "parked", "suspects", "changes", "jobs.mastodon.normal", "retry.2h", "results.17"] {
            #expect(topology.owns(queue: name), "\(name)")
        }
        for name in [
            "jobs", "jobs.dead", "jobs.a.b.c", "retry.soon", "results.x", "results.", "orders", "flotilla.dead",
        ] {
            #expect(!topology.owns(queue: name), "\(name)")
        }
        #expect(topology.owns(exchange: "jobs.dead"))
        #expect(!topology.owns(exchange: "amq.topic"))
    }

    @Test(arguments: [("5s", 5), ("15m", 900), ("6h", 21600), ("2d", 172800)])
    func `delays read and write the same text`(text: String, seconds: Int) {
        #expect(DelayText.parse(text) == .seconds(seconds))
        #expect(DelayText.format(.seconds(seconds)) == text)
    }

    @Test(arguments: ["", "s", "5", "0s", "-5s", "5 s", "5ms", "+5s", "400d", "99999999999s", "٣s"])
    func `nonsense is no delay`(text: String) {
        #expect(DelayText.parse(text) == nil)
    }

    @Test func `sizes read and write the same text`() {
        for (text, bytes) in [("2GiB", 2 << 30), ("512KiB", 512 << 10), ("1000", 1000)] as [(String, Int64)] {
            #expect(DelayText.parseBytes(text) == bytes)
            #expect(DelayText.formatBytes(bytes) == text)
        }
        for text in ["", "0", "GiB", "-1MiB", "2 GiB", "2GB"] { #expect(DelayText.parseBytes(text) == nil) }
    }

    @Test func `broker versions compare and read what brokers say`() {
        #expect(BrokerVersion("3.10.8") == BrokerVersion(3, 10, 8))
        #expect(BrokerVersion("4.0.0-rc.1") == BrokerVersion(4, 0))
        #expect(BrokerVersion("3.13.7+dirty") == BrokerVersion(3, 13, 7))
        #expect(BrokerVersion("4.1") == BrokerVersion(4, 1))
        #expect(BrokerVersion("four") == nil)
        #expect(BrokerVersion("3.9.29")! < .oldestSupported)
        #expect(BrokerVersion("3.10.0")! >= .oldestSupported)
    }
}

struct TopologySpecificationTests {
    @Test func `the standard specification has no fault`() {
        #expect(TopologySpecification.standard.faults().isEmpty)
    }

    @Test func `all faults are told at once`() {
        var specification = TopologySpecification.standard
        specification.platforms = ["instagram", "You.Tube", "instagram"]
        specification.lanes = [.init(name: "normal", prefetch: 0)]
        specification.deliveryLimit = -1
        specification.retryDelays = [.seconds(15), .seconds(5), .milliseconds(5500)]
        specification.resultShards = 0
        specification.resultBounds.messages = 0
        specification.exchangeNames.parked = "jobs"
        specification.queueNames.dead = "amq.dead"
        specification.users[.worker] = ""
        let paths = Set(specification.faults().map(\.path))
        #expect(
            paths == [
                "platforms", "lanes.normal.prefetch", "work.delivery_limit", "retry.delays", "results.shards",
                "results.max_messages", "exchanges.parked", "queues.dead", "users.worker",
            ]
        )
    }
}

struct TopologyDefinitionsTests {
    let definitions = Lab.topology.definitions(for: Lab.old)

    func queue(_ name: String, _ version: BrokerVersion = Lab.old) throws -> Arguments {
        try #require(Lab.topology.definitions(for: version).queues.first { $0.name == name }).arguments
    }

    @Test func `work queues keep dead letters at least once`() throws {
        #expect(
            try queue("jobs.tiktok.normal") == [
                "x-queue-type": .string("quorum"), "x-queue-leader-locator": .string("balanced"),
                "x-overflow": .string("reject-publish"), "x-dead-letter-strategy": .string("at-least-once"),
                "x-delivery-limit": .integer(5), "x-dead-letter-exchange": .string("jobs.dead"),
                "x-dead-letter-routing-key": .string("tiktok.crashed"),
            ]
        )
    }

    @Test func `ladder queues have one fixed time and keep the routing key`() throws {
        let arguments = try queue("retry.15m")
        #expect(arguments["x-message-ttl"] == .integer(900_000))
        #expect(arguments["x-dead-letter-exchange"] == .string("jobs.back"))
        #expect(arguments["x-dead-letter-routing-key"] == nil)
        #expect(arguments["x-overflow"] == .string("reject-publish"))
    }

    @Test func `results, dead letters and parked messages have no delivery limit on any version`() throws {
        for name in ["results.0", "dead", "parked", "suspects", "retry.5s"] {
            #expect(try queue(name, Lab.old)["x-delivery-limit"] == nil)
            #expect(try queue(name, BrokerVersion(3, 13, 7))["x-delivery-limit"] == nil)
            #expect(try queue(name, Lab.new)["x-delivery-limit"] == .integer(-1))
        }
    }

    @Test func `the door for jobs has no alternate exchange, the dead-letter targets have one`() {
        let alternates = Dictionary(
            uniqueKeysWithValues: definitions.exchanges.map { ($0.name, $0.arguments["alternate-exchange"]) }
        )
        #expect(alternates["jobs"] == .some(nil))
        #expect(alternates["jobs.back"] == .string("parked"))
        #expect(alternates["jobs.dead"] == .string("parked"))
    }

    @Test func `jobs and jobs.back have the same bindings`() {
        func bindings(_ source: String) -> Set<String> {
            Set(definitions.bindings.filter { $0.source == source }.map { "\($0.routingKey) \($0.destination.name)" })
        }
        #expect(bindings("jobs") == bindings("jobs.back"))
        #expect(bindings("jobs").count == 24)
    }

    @Test func `a policy bounds every queue that keeps dead letters at least once`() throws {
        for queue in definitions.queues where queue.arguments["x-dead-letter-strategy"] != nil {
            let policies = try definitions.policies.filter { try queue.name.wholeMatch(of: Regex($0.pattern)) != nil }
            #expect(policies.count == 1, "\(queue.name)")
        }
        for name in ["dead", "parked", "changes"] {
            #expect(try definitions.policies.allSatisfy { try name.wholeMatch(of: Regex($0.pattern)) == nil })
        }
    }

    @Test func `each role may do what it does and nothing else`() throws {
        let rights = Dictionary(uniqueKeysWithValues: definitions.permissions.map { ($0.user, $0) })
        let worker = try #require(rights["flotilla_worker"])
        #expect(try may(worker.read, "jobs.instagram.normal"))
        #expect(try may(worker.write, "retry.15m") && may(worker.write, "results") && may(worker.write, "jobs.dead"))
        for name in ["jobs", "jobs.back", "parked", "retry.15m.x", "results.0"] {
            #expect(try !may(worker.write, name))
        }
        for name in ["dead", "results.0", "jobsxinstagramxnormal", "jobs.instagram.normal2", "other"] {
            #expect(try !may(worker.read, name))
        }
        let aggregator = try #require(rights["flotilla_aggregator"])
        #expect(
            try may(aggregator.read, "results.1") && may(aggregator.read, "dead") && may(aggregator.write, "changes")
        )
        #expect(try !may(aggregator.read, "jobs.instagram.normal"))
        let gateway = try #require(rights["flotilla_gateway"])
        #expect(try may(gateway.write, "jobs") && may(gateway.read, "changes"))
        for (user, right) in rights where user != "flotilla_topology" {
            for name in ["jobs", "dead", "anything", "jobs.instagram.normal"] {
                #expect(try !may(right.configure, name))
            }
        }
    }

    private func may(_ pattern: String, _ name: String) throws -> Bool {
        try name.firstMatch(of: Regex(pattern)) != nil
    }

    @Test func `an exported definitions file names the virtual host everywhere and no user`() throws {
        let file = definitions.definitionsFile(virtualHost: "fleet")
        #expect(file["permissions"] == nil && file["users"] == nil)
        for section in ["exchanges", "queues", "bindings", "policies"] {
            let entries = try #require(file[section]?.array)
            #expect(!entries.isEmpty && entries.allSatisfy { $0["vhost"] == "fleet" }, "\(section)")
        }
        #expect(definitions.definitionsFile(virtualHost: "/", permissions: true)["permissions"]?.array?.count == 6)
    }
}
