import Glibc
import Monitoring
import Runtime
import Testing

/// What the checkout holds against what the tables say.
@Suite struct CheckoutTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

    @Test func `files that are written from the tables are as the tables say`() throws {
        for (path, content) in MonitoringFiles.all {
            let found = String(decoding: try readFile("\(Self.root)/\(path)", limit: 1 << 20), as: UTF8.self)
            #expect(found == content, "\(path) differs: run `flotilla monitoring export`")
        }
    }

    @Test(arguments: Alert.allCases) func `every alert has a runbook that names it`(alert: Alert) throws {
        let text = String(decoding: try readFile("\(Self.root)/\(alert.runbook)", limit: 1 << 20), as: UTF8.self)
        #expect(text.contains(alert.title) && text.contains("flotilla doctor \(alert.rawValue)"))
        for heading in ["## What it means", "## What to look at", "## What to do"] { #expect(text.contains(heading)) }
    }

    @Test func `the table has what programs declare, and nothing else`() throws {
        var declared: Set<String> = []
        for file in try swiftFiles("\(Self.root)/Sources") where !file.contains("/Sources/Monitoring/") {
            let text = String(decoding: try readFile(file, limit: 1 << 20), as: UTF8.self)
            guard text.contains("etrics") || text.contains("registry") else { continue }
            declared.formUnion(names(in: text))
        }
        let listed = Set(MetricTable.all.map(\.name))
        #expect(!declared.isEmpty)
        #expect(declared.subtracting(listed) == [], "declared and not in Sources/Monitoring/Metrics/MetricTable.swift")
        #expect(listed.subtracting(declared) == [], "in the table and declared nowhere")
    }

    /// Literals that are a metric's whole name: `"flotilla_…"`, `"process_…"`, `"messaging_…"` with a comma after them, but the
    /// roles of the database.
    private func names(in text: String) -> Set<String> {
        var found: Set<String> = []
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() where index % 2 == 1 && index + 1 < parts.count {
            guard ["flotilla_", "process_", "messaging_"].contains(where: part.hasPrefix), parts[index + 1].first == ","
            else {
                continue
            }
            guard part.utf8.allSatisfy({ $0 == 0x5F || (0x61...0x7A).contains($0) }) else { continue }
            if !Self.roles.contains(String(part)) { found.insert(String(part)) }
        }
        return found
    }

    private static let roles: Set<String> = Set(
        [
            "aggregator", "auditor", "dispatcher", "gateway", "operator", "publisher", "reader", "refresher", "worker",
            "outbox",
        ].map { "flotilla_\($0)" }
    )

    private func swiftFiles(_ folder: String) throws -> [String] {
        let handle = try #require(opendir(folder))
        defer { closedir(handle) }
        var found: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") { continue }
            if name.hasSuffix(".swift") { found.append("\(folder)/\(name)") }
            if entry.pointee.d_type == UInt8(DT_DIR) { found += try swiftFiles("\(folder)/\(name)") }
        }
        return found
    }
}
