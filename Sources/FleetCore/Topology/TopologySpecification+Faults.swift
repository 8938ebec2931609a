extension TopologySpecification {
    /// Something wrong in a specification: where (a path such as `lanes.bulk.prefetch`) and what.
    public struct Fault: Hashable, Sendable, CustomStringConvertible {
        public var path: String
        public var message: String

        public init(path: String, message: String) {
            self.path = path
            self.message = message
        }

        public var description: String { "\(path): \(message)" }
    }

    /// Every fault at once, in the order of the file; empty when the specification can be used.
    public func faults() -> [Fault] {
        var faults: [Fault] = []
        func check(_ holds: Bool, _ path: String, _ message: String) {
            if !holds { faults.append(Fault(path: path, message: message)) }
        }
        check(version == 1, "version", "is \(version), this program reads version 1")
        check(prefix.isEmpty || Self.isName(prefix), "prefix", "may hold letters, digits, '.', '-' and '_' only")
        check(!platforms.isEmpty, "platforms", "lists no platform")
        for platform in platforms {
            check(Self.isWord(platform), "platforms", "'\(platform)' is not a lower-case word without dots")
        }
        check(Set(platforms).count == platforms.count, "platforms", "names a platform twice")
        check(!lanes.isEmpty, "lanes", "lists no lane")
        for lane in lanes {
            check(Self.isWord(lane.name), "lanes.\(lane.name)", "is not a lower-case word without dots")
            check(
                (1...1000).contains(lane.prefetch),
                "lanes.\(lane.name).prefetch",
                "is \(lane.prefetch), allowed is 1 to 1000"
            )
        }
        check(Set(lanes.map(\.name)).count == lanes.count, "lanes", "names a lane twice")
        check(
            (1...100).contains(deliveryLimit),
            "work.delivery_limit",
            "is \(deliveryLimit), allowed is 1 to 100 (-1 destroys jobs on brokers before 4.0)"
        )
        faults += Self.faults(of: workBounds, at: "work") + retryFaults()
        check((1...256).contains(resultShards), "results.shards", "is \(resultShards), allowed is 1 to 256")
        check(
            (1...65535).contains(resultPrefetch),
            "results.prefetch",
            "is \(resultPrefetch), allowed is 1 to 65535"
        )
        faults += Self.faults(of: resultBounds, at: "results")
        check(
            (1...65535).contains(ingestPrefetch),
            "ingest.prefetch",
            "is \(ingestPrefetch), allowed is 1 to 65535"
        )
        faults += Self.faults(of: ingestBounds, at: "ingest")
        check(changesMaximumAge > .zero, "changes.max_age", "is not longer than zero")
        check(changesMaximumBytes >= 1 << 20, "changes.max_bytes", "is less than 1MiB")
        return faults + nameFaults()
    }

    private func retryFaults() -> [Fault] {
        var faults: [Fault] = []
        if retryDelays.isEmpty { faults.append(Fault(path: "retry.delays", message: "lists no delay")) }
        for (shorter, longer) in zip(retryDelays, retryDelays.dropFirst()) where shorter >= longer {
            faults.append(
                Fault(
                    path: "retry.delays",
                    message:
                        "\(DelayText.format(longer)) follows \(DelayText.format(shorter)); order them from short to long"
                )
            )
        }
        for delay in retryDelays where delay < .seconds(1) || delay.components.attoseconds != 0 {
            faults.append(Fault(path: "retry.delays", message: "\(delay) is not a whole number of seconds"))
        }
        return faults + Self.faults(of: retryBounds, at: "retry")
    }

    private func nameFaults() -> [Fault] {
        var faults: [Fault] = []
        let exchanges = [
            ("jobs", exchangeNames.jobs), ("jobs_back", exchangeNames.jobsBack), ("jobs_dead", exchangeNames.jobsDead),
            ("retry", exchangeNames.retry), ("results", exchangeNames.results), ("parked", exchangeNames.parked),
            ("changes", exchangeNames.changes), ("ingest", exchangeNames.ingest),
            ("suspects", exchangeNames.suspects),
        ]
        let queues = [
            ("dead", queueNames.dead), ("parked", queueNames.parked), ("changes", queueNames.changes),
            ("ingest", queueNames.ingest), ("suspects", queueNames.suspects),
        ]
        for (section, names) in [("exchanges", exchanges), ("queues", queues)] {
            var seen: [String: String] = [:]
            for (key, name) in names {
                let path = "\(section).\(key)"
                if !Self.isName(name) || name.hasPrefix("amq.") {
                    faults.append(Fault(path: path, message: "'\(name)' is not a name: letters, digits, '.', '-', '_'"))
                }
                if let other = seen.updateValue(key, forKey: name) {
                    faults.append(Fault(path: path, message: "'\(name)' is already the name of \(section).\(other)"))
                }
            }
        }
        for (role, user) in users.sorted(by: { $0.key < $1.key }) where user.isEmpty {
            faults.append(Fault(path: "users.\(role.rawValue)", message: "is empty"))
        }
        return faults
    }

    private static func faults(of bounds: Bounds, at path: String) -> [Fault] {
        var faults: [Fault] = []
        if bounds.messages < 1 { faults.append(Fault(path: "\(path).max_messages", message: "is less than 1")) }
        if bounds.bytes < 1 << 20 { faults.append(Fault(path: "\(path).max_bytes", message: "is less than 1MiB")) }
        return faults
    }

    /// A word that can be one part of a routing key.
    static func isWord(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 || $0 == 45 }
    }

    /// A name that needs no quoting in a shell or a URL.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 200
            && text.utf8.allSatisfy {
                (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || $0 == 46 || $0 == 95
                    || $0 == 45
            }
    }
}
