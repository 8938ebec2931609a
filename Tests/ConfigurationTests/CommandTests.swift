import Runtime
import Synchronization
import Testing

@testable import Configuration

private enum Options {
    static let limit = Option("limit", .integer(1...1000, unit: "rows"), default: 50, help: "Most rows to show.")
    static let lane = Option(
        "lane",
        ValueKind<String>.choice(["interactive", "normal", "bulk"]).optional,
        default: nil,
        help: "One lane only."
    )
    static let yes = Option("yes", .toggle, default: false, help: "Do it without asking.")
    static let reason = Option("reason", .text(), help: "Why; kept in the audit log.")
    static let job = Argument("job", .text(), help: "The job's id.")
    static let queue = Argument("queue", .text(), help: "A queue.")
}

private final class Capture: Sendable {
    private let texts = Mutex<(output: String, error: String)>(("", ""))
    var output: String { texts.withLock { $0.output } }
    var error: String { texts.withLock { $0.error } }

    func sink(_ channel: CommandOutput.Channel, _ text: String) {
        texts.withLock { if channel == .output { $0.output += text } else { $0.error += text } }
    }
}

private let table = CommandTable(
    Program(
        "flotilla",
        version: "1.2.3",
        purpose: "steers the fleet.",
        example: "flotilla jobs list --limit 5",
        settings: [CommonSettings.amqp.optional, CommonSettings.logLevel]
    ),
    groups: [CommandGroup("jobs", help: "Jobs and their fate.")],
    commands: [
        Command(
            "jobs list",
            help: "List jobs.",
            example: "flotilla jobs list --limit 5",
            options: [Options.limit, Options.lane]
        ) { call in
            call.output.print("\(call[Options.limit]) \(call[Options.lane] ?? "all") \(call.output.format)")
            call.output.note("a note")
            return .ok
        },
        Command(
            "jobs show",
            help: "Show one job.",
            example: "flotilla jobs show 0197…",
            arguments: [Options.job],
            exitCodes: [.notFound]
        ) { call in
            throw CommandFailure(.notFound, "no job has the id \(call[Options.job]); see flotilla jobs list")
        },
        Command(
            "queues purge",
            help: "Empty queues.",
            example: "flotilla queues purge results.0 --yes --reason test",
            arguments: [Options.queue.repeated],
            options: [Options.yes, Options.reason],
            exitCodes: [.refused]
        ) { call in
            call.output.print("\(call[Options.queue.repeated]) \(call[Options.yes]) \(call[Options.reason])")
            return call[Options.yes] ? .ok : .refused
        },
        Command("status", help: "The fleet at a glance.", example: "flotilla status") { call in
            _ = try call.settings.required(CommonSettings.amqp.optional)
            return .ok
        },
    ]
)

private func run(
    _ line: String,
    _ environment: [String: String] = [:]
) async -> (code: ExitCode, output: String, error: String) {
    let capture = Capture()
    let arguments = line.split(separator: " ").map { String($0) }
    let inputs = ProcessInputs(arguments: arguments, environment: environment) { _, _, _ throws(FileError) in
        throw .missing
    }
    let code = await table.run(inputs, sink: capture.sink)
    return (code, capture.output, capture.error)
}

@Suite("Commands")
struct CommandTests {
    @Test func `a command gets its options, and its caller the exit code`() async {
        let plain = await run("jobs list")
        #expect(plain == (.ok, "50 all table\n", "a note\n"))
        let full = await run("--json jobs list --quiet --limit=7 --lane bulk --log-level debug")
        #expect(full == (.ok, "7 bulk json\n", ""))
        let early = await run("--log-level debug jobs --limit 3 list --ndjson --quiet")
        #expect(early == (.ok, "3 all ndjson\n", ""))
    }

    @Test func `a failure ends with its code and one line`() async {
        let (code, output, error) = await run("jobs show 42")
        #expect(code == .notFound)
        #expect(output.isEmpty)
        #expect(error == "flotilla: no job has the id 42; see flotilla jobs list\n")
    }

    @Test func `repeated arguments and switches`() async {
        #expect(await run("queues purge a b --reason test --yes") == (.ok, "[\"a\", \"b\"] true test\n", ""))
        #expect(await run("queues purge a --reason test").code == .refused)
    }

    @Test(arguments: [
        ("jbos list", "flotilla: jbos: no such command; did you mean `jobs`?\n"),
        ("jobs lits", "flotilla: jobs lits: no such command; did you mean `list`?\n"),
        ("jobs frobnicate", "flotilla: jobs frobnicate: no such command; there are list, show\n"),
        ("jobs", "flotilla: jobs: needs one of list, show after it\n"),
        ("statsu", "flotilla: statsu: no such command; did you mean `status`?\n"),
    ])
    func `an unknown word is told the nearest`(line: String, expected: String) async {
        let (code, output, error) = await run(line)
        #expect(code == .usage)
        #expect(output.isEmpty)
        #expect(error == expected + "flotilla: see flotilla --help\n")
    }

    @Test func `all faults of a command line come at once`() async {
        let (code, output, error) = await run("jobs list --limt 5 --limit 0 --lane bulc extra --log-level loud")
        #expect(code == .usage)
        #expect(output.isEmpty)
        #expect(
            error == """
                flotilla: --limt: unknown flag; did you mean `--limit`?
                flotilla: extra: is one word too many; usage: flotilla jobs list
                flotilla: --limit: expects whole number, 1 to 1000 rows, not `0`
                flotilla: --lane: expects one of interactive, normal, bulk, not `bulc`; did you mean `bulk`?
                flotilla: --log-level: expects one of debug, info, notice, warning, error, critical, not `loud`
                flotilla: see flotilla jobs list --help

                """
        )
    }

    @Test func `what is missing is named`() async {
        let (code, _, error) = await run("queues purge")
        #expect(code == .usage)
        #expect(error.contains("flotilla: <queue>: is missing; usage: flotilla queues purge <queue>…\n"))
        #expect(error.contains("flotilla: --reason: is missing; it takes text\n"))
    }

    @Test func `a command that needs a setting says how to set it`() async {
        let (code, _, error) = await run("status")
        #expect(code == .usage)
        #expect(error.hasPrefix("flotilla: `amqp.url` is not set; set FLOTILLA_AMQP_URL"))
        #expect(await run("status", ["FLOTILLA_AMQP_URL": "amqp://localhost/"]).code == .ok)
    }

    @Test(arguments: [
        "--help", "-h", "", "help", "jobs --help", "help jobs", "jobs list -h", "help jobs list", "help settings",
    ])
    func `help is at every level, on standard output`(line: String) async {
        let (code, output, error) = await run(line)
        #expect(code == .ok)
        #expect(output.count > 100)
        #expect(error.isEmpty)
    }

    @Test func `a command's page has example, options and exit codes`() async {
        let page = await run("queues purge --help").output
        #expect(
            page.hasPrefix(
                """
                flotilla queues purge: Empty queues.

                Example:
                  flotilla queues purge results.0 --yes --reason test

                Usage:
                  flotilla queues purge <queue>… [options]

                Arguments:
                  <queue>…  A queue.

                Options:
                  --yes            Do it without asking.
                  --reason <text>  Why; kept in the audit log. Required.

                Exit codes:
                  0  done
                  1  failed
                  2  wrong command line or configuration
                  4  refused by a rule

                """
            ),
            "\(page)"
        )
    }

    @Test func `version and completion work with a broken configuration`() async {
        let broken = ["FLOTILLA_AMQP_URL": "nonsense"]
        #expect(await run("version", broken) == (.ok, "flotilla 1.2.3\n", ""))
        #expect(await run("--version", broken).output == "flotilla 1.2.3\n")
        for shell in ["bash", "zsh", "fish"] {
            let (code, output, _) = await run("completion \(shell)", broken)
            #expect(code == .ok)
            #expect(output.contains("purge") && output.contains("limit"))
        }
        #expect(await run("completion tcsh").code == .usage)
    }

    @Test func `config show hides secrets`() async {
        let (code, output, _) = await run("config show", ["FLOTILLA_AMQP_URL": "amqp://me:hush@localhost/"])
        #expect(code == .ok)
        #expect(output.contains("amqp://me@localhost/"))
        #expect(!output.contains("hush"))
        let json = await run("config show --json", ["FLOTILLA_LOG_LEVEL": "debug"])
        #expect(
            json.output == #"[{"setting":"amqp.url","value":"none","from":"default"},"#
                + #"{"setting":"log.level","value":"debug","from":"environment FLOTILLA_LOG_LEVEL"},"#
                + #"{"setting":"allow.plaintext","value":"false","from":"default"}]"# + "\n"
        )
    }

    @Test func `what follows an unknown flag may be a secret and is not repeated`() async {
        let (code, _, error) = await run("jobs list --api-key hush")
        #expect(code == .usage)
        #expect(error == "flotilla: --api-key: unknown flag\nflotilla: see flotilla jobs list --help\n")
    }

    @Test func `a failure cannot forge lines or steer the terminal`() async {
        let (_, _, error) = await run("jobs show \u{1B}[2J\r\u{202E}x")
        #expect(error == "flotilla: no job has the id ?[2J??x; see flotilla jobs list\n")
    }

    @Test func `exit codes are what they are documented to be`() {
        #expect(ExitCode.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 130])
    }
}
