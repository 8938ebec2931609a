import Adapters
import FleetCore
import Glibc
import JSON
import Postgres
import Runtime
import TestSupport
import Testing

/// Every example of `examples/` whose tool is on this machine, against a broker and a database.
@Suite(.enabled(if: FeedLab.isAvailable)) struct ExampleTests {
    private static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/")

    /// Whether a shell command ends well.
    private static func works(_ command: String) async -> Bool {
        (try? await Subprocess.run("sh", "-c", "\(command) >/dev/null 2>&1")) != nil
    }

    /// The Python that has the library: not every one on the path does.
    private static func python() async -> String? {
        for name in ["python3", "/usr/bin/python3"] where await works("\(name) -c 'import pika'") { return name }
        return nil
    }

    private static let nodePath = "NODE_PATH=\(root)/.local/node/usr/share/nodejs:${NODE_PATH:-}"
    private static let goPath = "GO111MODULE=off GOFLAGS= GOPATH=${GOPATH:-/usr/share/gocode} GOCACHE=\(root)/.local/go"

    /// Where the programs of this build lie: beside the tests.
    private static var programs: String {
        let words = CommandLine.arguments
        guard let place = words.firstIndex(of: "--test-bundle-path"), place + 1 < words.count else {
            return "\(root)/.build/debug"
        }
        let bundle = words[place + 1].split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        return bundle.prefix { !$0.hasSuffix(".xctest") }.joined(separator: "/")
    }

    /// A broker and a database with account 1, and what an example says there.
    private static func filled(_ body: @escaping (FeedLab, (String) async throws -> String) async throws -> Void)
        async throws
    {
        try await FeedLab.run { lab in
            _ = try await lab.pool.query("insert into flotilla.workspaces (name) values ('acme')")
            _ = try await lab.pool.query(
                "insert into flotilla.accounts (id, workspace_id, platform, external_id) values (1, 1, 'x', 'a')"
            )
            _ = try await lab.pool.query("select setval('flotilla.subject_ids', 100)")
            try await body(lab) { command in
                let environment =
                    "FLOTILLA_AMQP_URL='\(lab.amqp)' FLOTILLA_POSTGRES_URL='\(lab.database.url)' PYTHONDONTWRITEBYTECODE=1"
                return try await Subprocess.run(
                    "sh",
                    "-c",
                    "cd '\(root)/examples' && export \(environment); \(command)"
                )
            }
        }
    }

    /// Takes the message that an example said was accepted from its work queue, and holds it against the contract.
    private static func check(_ said: String, _ lab: FeedLab) async throws {
        let words = said.split(whereSeparator: \.isWhitespace)
        #expect(words.first == "accepted", "\(said)")
        let message = try await lab.broker.message(in: lab.topology.workQueue(platform: "x", lane: "bulk"), .take)
        let body = Array(try #require(message["payload"]?.string).utf8)
        let job = try JobContract().read(body, now: Instant(microseconds: ProcessClock.wallNow))
        #expect(job.id.description == words.last.map { String($0) })
        #expect(job.account == 1 && job.lane == .bulk)
        let properties = message["properties"]
        #expect(properties?["type"]?.string == "flotilla.job.v1" && properties?["delivery_mode"]?.int64 == 2)
        #expect(properties?["message_id"]?.string == job.id.description)
    }

    @Test(.enabled("needs pika") { await python() != nil })
    func `Python orders by AMQP, once under a key, and hears of what no queue takes`() async throws {
        let python = await Self.python() ?? "python3"
        try await Self.filled { lab, run in
            try await Self.check(try await run("\(python) python/enqueue.py x 1 bulk"), lab)
            let first = try await run("\(python) python/enqueue.py x 1 bulk key")
            try await Self.check(first, lab)
            #expect(try await run("\(python) python/enqueue.py x 1 bulk key") == first)
            #expect(try await run("\(python) python/enqueue.py x 1 normal || true").hasPrefix("refused "))
        }
    }

    @Test(.enabled("needs pika") { await python() != nil })
    func `Python orders at the door that answers`() async throws {
        let python = await Self.python() ?? "python3"
        try await Self.filled { lab, run in
            try await lab.aggregating { _ in
                let lines = try await run("\(python) python/order.py x 1 bulk post-77").split(separator: "\n")
                let answers = try lines.map { try JSONValue(parsing: String($0)) }
                #expect(answers.count == 4)
                #expect(answers.first?["posts"]?[0]?["verdict"]?.string == "new")
                #expect(answers.dropFirst().map { $0["verdict"]?.string } == ["new", "same", nil])
                #expect(answers.last?["outcome"]?.string == "refused" && answers.last?["path"]?.string == "/metrics/1")
            }
            #expect(try await lab.count("outbox") == 1)
            #expect(try await lab.count("posts") == 1)
        }
    }

    @Test(.enabled("needs Go and its AMQP library") { await works("\(goPath) go list github.com/rabbitmq/amqp091-go") })
    func `Go orders by AMQP, and hears of what no queue takes`() async throws {
        try await Self.filled { lab, run in
            let program = "/tmp/flotilla-example-\(UInt32.random(in: 0 ... .max))"
            _ = try await run("\(Self.goPath) go build -o \(program) go/enqueue.go")
            defer { unlink(program) }
            try await Self.check(try await run("\(program) x 1 bulk"), lab)
            #expect(try await run("\(program) x 1 normal 2>/dev/null || true").hasPrefix("refused "))
        }
    }

    @Test func `Swift orders by AMQP, and hears of what no queue takes`() async throws {
        try await Self.filled { lab, run in
            try await Self.check(try await run("'\(Self.programs)/EnqueueExample' x 1 bulk"), lab)
            #expect(try await run("'\(Self.programs)/EnqueueExample' x 1 normal || true").hasPrefix("refused "))
        }
    }

    @Test(.enabled("needs Node and pg") { await works("env \(nodePath) node -e 'require(\"pg\")'") })
    func `Node orders in a transaction of its own`() async throws {
        try await Self.filled { lab, run in
            let said = try await run(
                "export \(Self.nodePath); node node/enqueue.js x 1 key; node node/enqueue.js x 1 key"
            )
            let words = said.split(whereSeparator: \.isWhitespace)
            #expect(words.count == 4 && words[0] == "new" && words[2] == "same" && words[1] == words[3], "\(said)")
            let refused = try await run("export \(Self.nodePath); node node/enqueue.js x 77 key || true")
            #expect(refused.hasPrefix("refused /account "), "\(refused)")
            #expect(try await lab.count("outbox") == 1)
        }
    }

    @Test(.enabled("needs psql") { await works("psql --version") })
    func `plain SQL registers a post and orders in one transaction`() async throws {
        try await Self.filled { lab, run in
            let command =
                "psql \"$FLOTILLA_POSTGRES_URL\" -q -t -A -v account=1 -v platform=x -v key=post-77 -f sql/enqueue.sql"
            let first = try await run(command).split(separator: "\n")
            let second = try await run(command).split(separator: "\n")
            #expect(first.map { $0.prefix { $0 != "|" } } == ["new", "new", "3"], "\(first)")
            #expect(second.map { $0.prefix { $0 != "|" } } == ["same", "same", "3"], "\(second)")
            #expect(try await lab.count("external_refs") == 1)
            #expect(try await lab.count("outbox") == 7)
        }
    }

    @Test func `the shell orders one, many and those of a query`() async throws {
        try await Self.filled { lab, run in
            let said = try await run("FLOTILLA='\(Self.programs)/flotilla' shell/enqueue.sh x 1 bulk")
            #expect(said.hasPrefix("accepted "), "\(said)")
            #expect(said.contains(#""verdict":"new""#) && said.contains(#""verdict":"same""#), "\(said)")
            #expect(said.contains("unknown_metric: /metrics/1: "), "\(said)")
            let queue = lab.topology.workQueue(platform: "x", lane: "bulk")
            #expect(try await lab.rest(of: queue) == 3)
            #expect(try await lab.count("outbox") == 2)
        }
    }
}
