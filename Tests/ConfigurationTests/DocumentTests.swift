import Configuration
import Runtime
import Testing

@Suite("The documented configuration")
struct DocumentTests {
    private static let concurrency = Setting(
        "worker.concurrency",
        .integer(1...1000, unit: "jobs"),
        default: 1,
        help: "Jobs in flight at once."
    )
    private static let document =
        #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
        + "/docs/configuration.md"

    /// The first block of the document that is marked as YAML.
    private func example() throws -> [UInt8] {
        let text = String(decoding: try readFile(Self.document, limit: 64 * 1024), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).drop { $0 != "```yaml" }.dropFirst()
        return Array(lines.prefix { $0 != "```" }.joined(separator: "\n").utf8)
    }

    @Test func `its example file is valid for every program`() throws {
        let file = try example()
        let inputs = ProcessInputs(arguments: ["--config", "/c.yaml"]) { _, _, _ throws(FileError) in file }
        for name in ["flotilla-worker", "flotilla-dispatcher"] {
            let own: [any DeclaredSetting] = name == "flotilla-worker" ? [Self.concurrency] : []
            let program = Program(
                name,
                version: "1",
                purpose: "",
                example: "",
                settings: CommonSettings.process + CommonSettings.broker + CommonSettings.database + own
            )
            guard case .run(let settings, _) = program.start(inputs) else {
                Issue.record("\(program.start(inputs))")
                continue
            }
            #expect(settings[CommonSettings.amqp].scheme == "amqps")
            if !own.isEmpty { #expect(settings[Self.concurrency] == 16) }
        }
    }

    @Test func `its exit codes are the ones programs use`() throws {
        let text = String(decoding: try readFile(Self.document, limit: 64 * 1024), as: UTF8.self)
        for code in ExitCode.allCases { #expect(text.contains("`\(code.rawValue)` ")) }
    }
}
