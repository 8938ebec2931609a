import Adapters
import FleetCore
import TestSupport
import Testing

struct QueuesFileTests {
    /// The file that is shipped.
    static let path = Fixtures.root.split(separator: "/").dropLast(2).map { "/\($0)" }.joined() + "/queues.yaml"

    private func faults(_ change: (String) -> String) throws -> [String] {
        let text = String(decoding: try #require(Fixtures.read(Self.path)), as: UTF8.self)
        let changed = change(text)
        #expect(changed != text, "the change found nothing to change")
        do throws(QueuesFile.Faults) {
            _ = try QueuesFile.read(Array(changed.utf8), file: "queues.yaml")
            return []
        } catch { return error.lines }
    }

    private func replacing(_ old: String, by new: String) throws -> [String] {
        try faults { text in
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            if let index = lines.firstIndex(where: { $0.hasPrefix(old) }) { lines[index] = new }
            return lines.joined(separator: "\n")
        }
    }

    @Test func `queues.yaml and the standard specification say the same`() throws {
        #expect(try QueuesFile.load(Self.path) == .standard)
    }

    @Test func `an unknown key is told with its place and the nearest name`() throws {
        let faults = try replacing("  delivery_limit: 5", by: "  delivery_limit: 5\n  max_mesages: 1")
        #expect(faults.count == 1)
        #expect(faults.first?.contains("work.max_mesages") == true)
        #expect(faults.first?.contains("max_messages") == true)
        #expect(faults.first?.hasPrefix("queues.yaml:") == true)
    }

    @Test func `a delivery limit of -1 is refused at its line`() throws {
        let faults = try replacing("  delivery_limit: 5", by: "  delivery_limit: -1")
        #expect(faults.count == 1)
        #expect(faults.first?.contains("work.delivery_limit") == true)
    }

    @Test func `faults between values are told at the place of the values`() throws {
        let faults = try replacing("  delays:", by: "  delays: [15s, 5s]")
        #expect(faults.count == 1)
        #expect(faults.first?.contains("order them from short to long") == true)
        #expect(faults.first?.contains(":1:1:") == false)
    }

    @Test func `two names that are the same are told`() throws {
        let faults = try replacing("  jobs_dead:", by: "  jobs_dead: jobs")
        #expect(faults.first?.contains("already the name of exchanges.jobs") == true)
    }

    @Test func `several faults are told at once`() throws {
        let faults = try faults {
            $0.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.hasPrefix("  shards:")
                    ? "  shards: many" : line.hasPrefix("  max_age:") ? "  max_age: forever" : String(line)
            }.joined(separator: "\n")
        }
        #expect(faults.count == 2)
    }

    @Test func `a prefix is read and names and users may be left out`() throws {
        let faults = try replacing("prefix:", by: "prefix: test.")
        #expect(faults.isEmpty)
        let text = """
            version: 1
            platforms: [x]
            lanes: { normal: { prefetch: 1 } }
            work: { delivery_limit: 5, max_messages: 1000, max_bytes: 1MiB }
            retry: { delays: [5s], max_messages: 1000, max_bytes: 1MiB }
            results: { shards: 1, prefetch: 10, max_messages: 1000, max_bytes: 1MiB }
            changes: { max_age: 1h, max_bytes: 1MiB }
            """
        let specification = try QueuesFile.read(Array(text.utf8), file: "small.yaml")
        #expect(specification.platforms == ["x"])
        #expect(specification.exchangeNames == TopologySpecification.standard.exchangeNames)
        #expect(specification.users == TopologySpecification.standard.users)
    }

    @Test func `a file that is not there is said in one line`() {
        #expect(throws: QueuesFile.Faults.self) { try QueuesFile.load("/nowhere/queues.yaml") }
    }
}
