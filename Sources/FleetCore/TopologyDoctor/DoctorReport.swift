public import JSON

/// What the doctor found, ready to be shown.
public struct DoctorReport: Hashable, Sendable {
    public var version: BrokerVersion
    public var virtualHost: String
    /// Worst first.
    public var findings: [Finding]

    public init(version: BrokerVersion, virtualHost: String, findings: [Finding]) {
        self.version = version
        self.virtualHost = virtualHost
        self.findings = findings
    }

    /// Whether something is wrong; notes do not count.
    public var isClean: Bool { findings.allSatisfy { $0.severity == .note } }

    /// For people: each finding with the reason why it bites and how to put it right; the reason once per hazard.
    public var text: String {
        var lines: [String] = []
        var explained: Set<Hazard> = []
        for finding in findings {
            lines.append(
                "\(finding.severity.rawValue): \(finding.hazard.rawValue): \(finding.subject): \(finding.detail)"
            )
            if explained.insert(finding.hazard).inserted { lines.append("    why: \(finding.hazard.why)") }
            lines.append("    fix: \(finding.fix)")
        }
        lines.append(summary)
        return lines.joined(separator: "\n")
    }

    /// One line: `RabbitMQ 3.10.8, virtual host /: 1 critical, 2 warnings`.
    public var summary: String {
        let counts = [
            (Finding.Severity.critical, "critical", "critical"), (.warning, "warning", "warnings"),
            (.note, "note", "notes"),
        ]
        .compactMap { severity, one, many -> String? in
            let count = findings.count { $0.severity == severity }
            return count == 0 ? nil : "\(count) \(count == 1 ? one : many)"
        }
        return "RabbitMQ \(version), virtual host \(virtualHost): "
            + (counts.isEmpty ? "no hazard found" : counts.joined(separator: ", "))
    }

    /// For machines: `{"broker","virtual_host","clean","findings":[{"severity","hazard","subject","detail","why","fix"}]}`.
    public var json: JSONValue {
        [
            "broker": .string(version.description),
            "virtual_host": .string(virtualHost),
            "clean": .bool(isClean),
            "findings": .array(
                findings.map {
                    [
                        "severity": .string($0.severity.rawValue), "hazard": .string($0.hazard.rawValue),
                        "subject": .string($0.subject), "detail": .string($0.detail), "why": .string($0.hazard.why),
                        "fix": .string($0.fix),
                    ]
                }
            ),
        ]
    }
}
