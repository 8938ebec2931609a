extension Topology {
    /// Least rights per role. A running process may declare nothing, so a stolen password cannot change the topology.
    public var permissions: [PermissionDefinition] {
        BrokerRole.allCases.compactMap { role in
            specification.users[role].map { permission(of: role, user: $0) }
        }
    }

    private func permission(of role: BrokerRole, user: String) -> PermissionDefinition {
        func rights(write: [String], read: [String]) -> PermissionDefinition {
            PermissionDefinition(user: user, configure: Self.nothing, write: Self.any(write), read: Self.any(read))
        }
        let jobs = Self.escaped(jobsExchange)
        switch role {
        case .dispatcher:
            return rights(write: [jobs, retryPattern, Self.escaped(ingestExchange)], read: [])
        case .worker:
            return rights(
                write: [Self.escaped(resultsExchange), retryPattern, Self.escaped(jobsDeadExchange)],
                read: [workQueuePattern, Self.escaped(suspectsQueue)]
            )
        case .aggregator:
            // The default exchange carries the answers to those who order jobs by message and wait for one.
            return rights(
                write: [changesExchange, resultsExchange, jobsDeadExchange, suspectsExchange, "amq.default"]
                    .map(Self.escaped),
                read: [resultQueuePattern] + [deadQueue, parkedQueue, ingestQueue].map(Self.escaped)
            )
        case .gateway:
            return rights(write: [jobs, Self.escaped(ingestExchange)], read: [Self.escaped(changesQueue)])
        case .topology:
            return PermissionDefinition(user: user, configure: ".*", write: ".*", read: ".*")
        case .auditor:
            return rights(write: [], read: [])
        }
    }

    var workQueuePattern: String {
        let platforms = specification.platforms.map(Self.escaped).joined(separator: "|")
        let lanes = specification.lanes.map { Self.escaped($0.name) }.joined(separator: "|")
        return "\(Self.escaped(jobsExchange))\\.(\(platforms))\\.(\(lanes))"
    }

    var retryPattern: String {
        let stem = Self.escaped(specification.prefix + specification.exchangeNames.retry)
        return "\(stem)\\.(\(retryLevels.map(\.label).joined(separator: "|")))"
    }

    var resultQueuePattern: String { "\(Self.escaped(resultsExchange))\\.[0-9]+" }

    private static let nothing = "^$"

    private static func any(_ patterns: [String]) -> String {
        patterns.isEmpty ? nothing : "^(\(patterns.joined(separator: "|")))$"
    }

    /// Names hold letters, digits, '.', '-' and '_'; of these only the dot means something in a regular expression.
    static func escaped(_ name: String) -> String {
        name.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "\\.")
    }
}
