public import Configuration
public import FleetCore
internal import Runtime
internal import YAML

/// Reads `queues.yaml`. All faults are reported at once, each with its line and column; unknown keys with the nearest name.
public enum QueuesFile {
    /// The most bytes that the file may have.
    static let limit = 1 << 20

    /// Everything that is wrong with a file: one line each, `file:line:column: what is wrong and what to do`.
    public struct Faults: Error, Sendable, Hashable, CustomStringConvertible {
        public let lines: [String]

        public var description: String { lines.joined(separator: "\n") }
    }

    /// Reads the file at a path.
    public static func load(_ path: String) throws(Faults) -> TopologySpecification {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try readFile(path, limit: limit) } catch {
            throw Faults(lines: ["\(path): \(error); give its path with --topology"])
        }
        return try read(bytes, file: path)
    }

    /// What a program should use: the file that its settings name. Without one named, and with none in the working directory,
    /// the standard specification, which a test holds equal to the repository's file.
    public static func specification(_ settings: ResolvedSettings) throws(Faults) -> TopologySpecification {
        let path = settings[CommonSettings.topologyFile]
        if settings.origin(of: CommonSettings.topologyFile) == .fallback {
            do throws(FileError) { _ = try readFile(path, limit: limit) } catch {
                if error == .missing { return .standard }
            }
        }
        return try load(path)
    }

    /// Reads the text of a file; `file` is its name in messages.
    public static func read(_ bytes: [UInt8], file: String) throws(Faults) -> TopologySpecification {
        do throws(YAMLFaults) {
            let specification = try YAML.read(bytes, file: file, specification)
            let faults = specification.faults()
            if faults.isEmpty { return specification }
            // Each value is right by itself; what is wrong between them is told at the places of the second reading.
            return try YAML.read(bytes, file: file) { root in
                for fault in faults { root.value(at: fault.path).fault(fault.message) }
                return self.specification(root)
            }
        } catch {
            throw Faults(lines: error.faults.map(\.description))
        }
    }

    private static func specification(_ root: MappingReader) -> TopologySpecification {
        var result = TopologySpecification()
        result.version = root.integer("version", in: 1...Int.max)
        result.prefix = root.string("prefix", default: "")
        result.platforms = root.value("platforms").list { $0.string() }
        result.lanes = root.value("lanes").entries { name, lane in
            lane.mapping { TopologySpecification.Lane(name: name, prefetch: $0.integer("prefetch", in: 1...1000)) }
        }
        root.mapping("work") { work in
            result.deliveryLimit = Int64(work.integer("delivery_limit", in: 1...100))
            result.workBounds = bounds(work)
        }
        root.mapping("retry") { retry in
            result.retryDelays = retry.value("delays").list { $0.duration(in: .seconds(1) ... .seconds(366 * 86400)) }
            result.retryBounds = bounds(retry)
        }
        root.mapping("results") { results in
            result.resultShards = results.integer("shards", in: 1...256)
            result.resultPrefetch = results.integer("prefetch", in: 1...65535)
            result.resultBounds = bounds(results)
        }
        root.mapping("changes") { changes in
            result.changesMaximumAge = changes.duration("max_age", in: .seconds(1) ... .seconds(366 * 86400))
            result.changesMaximumBytes = Int64(changes.size("max_bytes", in: 1 << 20...1 << 50))
        }
        if let ingest = root.value(ifPresent: "ingest") {
            ingest.mapping { ingest in
                result.ingestPrefetch = ingest.integer("prefetch", in: 1...65535)
                result.ingestBounds = bounds(ingest)
            }
        }
        if let names = root.value(ifPresent: "exchanges") { result.exchangeNames = names.mapping(exchangeNames) }
        if let names = root.value(ifPresent: "queues") { result.queueNames = names.mapping(queueNames) }
        if let users = root.value(ifPresent: "users") { result.users = users.mapping(self.users) }
        if let budgets = root.value(ifPresent: "budgets") { result.budgets = self.budgets(budgets) }
        return result
    }

    private static func bounds(_ group: MappingReader) -> TopologySpecification.Bounds {
        TopologySpecification.Bounds(
            messages: Int64(group.integer("max_messages", in: 1...Int.max)),
            bytes: Int64(group.size("max_bytes", in: 1 << 20...1 << 50))
        )
    }

    private static func exchangeNames(_ section: MappingReader) -> TopologySpecification.ExchangeNames {
        var names = TopologySpecification.ExchangeNames()
        names.jobs = section.string("jobs", default: names.jobs)
        names.jobsBack = section.string("jobs_back", default: names.jobsBack)
        names.jobsDead = section.string("jobs_dead", default: names.jobsDead)
        names.retry = section.string("retry", default: names.retry)
        names.results = section.string("results", default: names.results)
        names.parked = section.string("parked", default: names.parked)
        names.changes = section.string("changes", default: names.changes)
        names.ingest = section.string("ingest", default: names.ingest)
        names.suspects = section.string("suspects", default: names.suspects)
        return names
    }

    private static func queueNames(_ section: MappingReader) -> TopologySpecification.QueueNames {
        var names = TopologySpecification.QueueNames()
        names.dead = section.string("dead", default: names.dead)
        names.parked = section.string("parked", default: names.parked)
        names.changes = section.string("changes", default: names.changes)
        names.ingest = section.string("ingest", default: names.ingest)
        names.suspects = section.string("suspects", default: names.suspects)
        return names
    }

    private static func users(_ section: MappingReader) -> [BrokerRole: String] {
        BrokerRole.allCases.reduce(into: TopologySpecification.standard.users) { users, role in
            users[role] = section.string(role.rawValue, default: users[role] ?? role.rawValue)
        }
    }
}

extension MappingReader {
    /// The value that a fault's path names, as deep as the file has it.
    fileprivate func value(at path: String) -> ValueReader {
        let words = path.split(separator: ".", maxSplits: 1)
        let value = value(String(words[0]))
        guard words.count > 1 else { return value }
        return value.child(at: String(words[1]))
    }
}

extension ValueReader {
    fileprivate func child(at path: String) -> ValueReader {
        let words = path.split(separator: ".", maxSplits: 1)
        var found = self
        for (name, reader) in entries({ ($0, $1) }) where name == words[0] { found = reader }
        return words.count > 1 && found !== self ? found.child(at: String(words[1])) : found
    }
}
