import Runtime
import Testing

@testable import Configuration

private enum WorkerSettings {
    static let concurrency = Setting(
        "worker.concurrency",
        .integer(1...1000, unit: "jobs"),
        default: 16,
        help: "Jobs in flight at once."
    )
    static let lanes = Setting(
        "worker.lanes",
        ValueKind<String>.choice(["interactive", "normal", "bulk"]).list(),
        default: ["normal"],
        help: "Lanes to serve."
    )
    static let apiKey = Setting("worker.api-key", .secret, help: "A key.").optional
}

private func makeProgram(_ settings: [any DeclaredSetting] = []) -> Program {
    Program(
        "flotilla-worker",
        version: "1.2.3",
        purpose: "collects.",
        example: "flotilla-worker --concurrency 16",
        settings: [
            CommonSettings.amqp.optional, WorkerSettings.concurrency, WorkerSettings.lanes, WorkerSettings.apiKey,
        ]
            + settings
    )
}

private func makeInputs(
    _ arguments: [String] = [],
    _ environment: [String: String] = [:],
    files: [String: String] = [:],
    open: Set<String> = []
) -> ProcessInputs {
    ProcessInputs(arguments: arguments, environment: environment) { path, _, isSecret throws(FileError) in
        guard let text = files[path] else { throw .missing }
        if isSecret, open.contains(path) { throw .readableByOthers(mode: 0o644) }
        return Array(text.utf8)
    }
}

private func settings(_ inputs: ProcessInputs, _ program: Program = makeProgram()) -> ResolvedSettings? {
    guard case .run(let settings, _) = program.start(inputs) else { return nil }
    return settings
}

private func faults(_ inputs: ProcessInputs, _ program: Program = makeProgram()) -> [String] {
    guard case .refuse(let faults, _) = program.start(inputs) else { return [] }
    return faults.map(\.description)
}

@Suite("Settings of a program")
struct ProgramTests {
    @Test func `flags win over environment, environment over file, file over defaults`() {
        let file = ["/c.yaml": "worker:\n  concurrency: 3\n"]
        let variable = ["FLOTILLA_WORKER_CONCURRENCY": "5", "FLOTILLA_CONFIG": "/c.yaml"]
        #expect(settings(makeInputs())?[WorkerSettings.concurrency] == 16)
        #expect(settings(makeInputs(["--config", "/c.yaml"], files: file))?[WorkerSettings.concurrency] == 3)
        #expect(settings(makeInputs([], variable, files: file))?[WorkerSettings.concurrency] == 5)
        let all = settings(makeInputs(["--concurrency=7"], variable, files: file))
        #expect(all?[WorkerSettings.concurrency] == 7)
        #expect(all?.origin(of: WorkerSettings.concurrency) == .flag("--concurrency"))
    }

    @Test func `the default file is read when it is there`() {
        let file = ["/x/flotilla/config.yaml": "worker.concurrency: 4\n"]
        let found = settings(makeInputs([], ["XDG_CONFIG_HOME": "/x"], files: file))
        #expect(found?.origin(of: WorkerSettings.concurrency) == .file("/x/flotilla/config.yaml", line: 1))
        #expect(faults(makeInputs(["--config", "/none"])) == ["/none: the configuration file does not exist"])
    }

    @Test func `all faults come at once, each with its place`() {
        let file = ["/c.yaml": "worker:\n  lanes: [normal, bulc]\n  concurency: 3\n"]
        let inputs = makeInputs(
            ["stray", "--concurrency", "0", "--colour"],
            ["FLOTILLA_AMQP_URL": "http://broker", "FLOTILLA_CONFIG": "/c.yaml", "FLOTILLA_WORKER_API_KEY": ""],
            files: file
        )
        #expect(
            faults(inputs) == [
                "--colour: unknown flag",
                "stray: flotilla-worker takes flags, or `config show` or `config check`, and no other words",
                "/c.yaml:3:3: no setting is called `worker.concurency`; did you mean `worker.concurrency`?",
                "FLOTILLA_AMQP_URL: expects an address of the form amqp:// or amqps://…",
                "--concurrency: expects whole number, 1 to 1000 jobs, not `0`",
                "/c.yaml:2:10: expects one of interactive, normal, bulk, not `bulc`; did you mean `bulk`?",
                "FLOTILLA_WORKER_API_KEY: is empty; an empty secret protects nothing",
            ]
        )
    }

    @Test func `a required setting says how to set it`() {
        let program = Program(
            "flotilla-worker",
            version: "1",
            purpose: "",
            example: "",
            settings: [CommonSettings.amqp]
        )
        #expect(
            faults(makeInputs(), program) == [
                "amqp.url: is not set; set FLOTILLA_AMQP_URL, name a file that holds it in FLOTILLA_AMQP_URL_FILE, "
                    + "give --amqp or write `amqp.url` into the configuration file"
            ]
        )
    }

    @Test func `a file that cannot be read is one fault, not one per required setting`() {
        let program = Program(
            "flotilla-worker",
            version: "1",
            purpose: "",
            example: "",
            settings: [CommonSettings.amqp]
        )
        let found = faults(makeInputs(["--config", "/c.yaml"], files: ["/c.yaml": "a: ["]), program)
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("/c.yaml:2:1: not valid YAML"), "\(found)")
    }

    @Test func `secrets come from files and are refused when others can read them`() {
        let variable = ["FLOTILLA_WORKER_API_KEY_FILE": "/key"]
        let found = settings(makeInputs([], variable, files: ["/key": "s3cret\n"]))
        #expect(found?[WorkerSettings.apiKey]?.reveal() == "s3cret")
        let refused = faults(makeInputs([], variable, files: ["/key": "s3cret\n"], open: ["/key"]))
        #expect(
            refused == [
                "FLOTILLA_WORKER_API_KEY_FILE: /key is open to every user of this machine (mode 644); "
                    + "run chmod o-rwx on it"
            ]
        )
        let both = faults(
            makeInputs([], variable.merging(["FLOTILLA_WORKER_API_KEY": "x"]) { $1 }, files: ["/key": "y"])
        )
        #expect(both == ["FLOTILLA_WORKER_API_KEY_FILE: FLOTILLA_WORKER_API_KEY is set too; keep one of them"])
    }

    @Test func `a configuration file with a secret is refused when others can read it`() {
        let secret = makeInputs(["--config", "/c"], files: ["/c": "worker.api-key: hush\n"], open: ["/c"])
        #expect(faults(secret).count == 1)
        let harmless = makeInputs(["--config", "/c"], files: ["/c": "worker.concurrency: 2\n"], open: ["/c"])
        #expect(faults(harmless) == [])
    }

    @Test func `secrets have no flag, and passwords are refused as flags`() {
        #expect(WorkerSettings.apiKey.flag == nil)
        let found = faults(makeInputs(["--amqp", "amqp://user:hush@127.0.0.1/"]))
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("--amqp: a password on the command line"))
        #expect(!found[0].contains("hush"))
    }

    @Test func `no fault, listing or description repeats a secret`() throws {
        let environment = [
            "FLOTILLA_WORKER_API_KEY": "hush1", "FLOTILLA_AMQP_URL": "amqp://me:hush2@127.0.0.1/%2f?password=hush3",
        ]
        let found = try #require(settings(makeInputs([], environment)))
        var dumped = ""
        dump(found, to: &dumped)
        let shown = found.table + "\(found[WorkerSettings.apiKey] as Any) \(found[CommonSettings.amqp.optional] as Any)"
        for text in [shown, dumped] { #expect(!text.contains("hush"), "\(text)") }
        #expect(found.table.contains("worker.api-key      set"))
        #expect(found.table.contains("amqp://me@127.0.0.1/%2f?password=…"))

        let broken = faults(makeInputs([], ["FLOTILLA_AMQP_URL": "amqp//me:hush@127.0.0.1/"]))
        #expect(broken == ["FLOTILLA_AMQP_URL: expects an address of the form amqp:// or amqps://…"])
    }

    @Test func `unencrypted connections to other machines need consent`() {
        let remote = ["FLOTILLA_AMQP_URL": "amqp://broker.internal/"]
        #expect(
            faults(makeInputs([], remote)) == [
                "amqp.url (environment FLOTILLA_AMQP_URL): amqp:// to broker.internal is not encrypted; use amqps://, "
                    + "or accept the risk with --allow-plaintext"
            ]
        )
        #expect(settings(makeInputs(["--allow-plaintext"], remote)) != nil)
        #expect(settings(makeInputs([], ["FLOTILLA_AMQP_URL": "amqps://broker.internal/"])) != nil)
        #expect(settings(makeInputs([], ["FLOTILLA_AMQP_URL": "amqp://127.0.0.1/"])) != nil)
    }

    @Test func `misspelt variables are warned of, those of other programs are not`() {
        let environment = [
            "FLOTILLA_WORKER_CONCURENCY": "1", "FLOTILLA_DISPATCHER_LEASE": "5s", "FLOTILLA_TEST_AMQP": "x",
            "FLOTILLA_POSTGRES_URL": "x", "FLOTILLA_LOG_LEVLE": "debug", "FLOTILLA_CLOCK_FILE": "x",
        ]
        guard case .run(_, let warnings) = makeProgram().start(makeInputs([], environment)) else {
            return #expect(Bool(false))
        }
        #expect(
            warnings == [
                "FLOTILLA_LOG_LEVLE: no setting has this name; did you mean `FLOTILLA_LOG_LEVEL`?",
                "FLOTILLA_WORKER_CONCURENCY: no setting has this name; did you mean `FLOTILLA_WORKER_CONCURRENCY`?",
            ]
        )
    }

    @Test func `one file serves the whole fleet`() {
        let file = ["/c": "dispatcher:\n  lease: 5s\npostgres:\n  url: postgresql:///x\nworker:\n  concurrency: 2\n"]
        #expect(settings(makeInputs(["--config", "/c"], files: file))?[WorkerSettings.concurrency] == 2)
    }

    @Test func `lists are comma separated, repeated flags, or lists of the file`() {
        #expect(settings(makeInputs(["--lanes", "bulk,normal"]))?[WorkerSettings.lanes] == ["bulk", "normal"])
        #expect(settings(makeInputs(["--lanes=bulk", "--lanes=normal"]))?[WorkerSettings.lanes] == ["bulk", "normal"])
        let file = makeInputs(["--config", "/c"], files: ["/c": "worker:\n  lanes: [bulk]\n"])
        #expect(settings(file)?[WorkerSettings.lanes] == ["bulk"])
    }

    @Test func `help lists each setting with range, default and variable`() {
        guard case .show(let page) = makeProgram().start(makeInputs(["--nonsense", "-h"])) else {
            return #expect(Bool(false))
        }
        #expect(
            page.contains(
                "  --concurrency <whole number, 1 to 1000 jobs>\n      Jobs in flight at once. Default: 16.\n"
            )
        )
        #expect(page.contains("environment FLOTILLA_WORKER_CONCURRENCY, file key worker.concurrency\n"))
        #expect(page.contains("environment only: FLOTILLA_WORKER_API_KEY"))
    }

    @Test func `version and config show answer at once`() {
        guard case .show(let version) = makeProgram().start(makeInputs(["--version"])) else {
            return #expect(Bool(false))
        }
        #expect(version == "flotilla-worker 1.2.3\n")
        guard case .show(let table) = makeProgram().start(makeInputs(["config", "show", "--concurrency", "2"])) else {
            return #expect(Bool(false))
        }
        #expect(table.contains("worker.concurrency  2       flag --concurrency\n"), "\(table)")
    }

    @Test func `flags are told apart from words`() {
        #expect(
            faults(makeInputs(["--concurrency"])) == [
                "--concurrency: needs a value: --concurrency <value> or --concurrency=<value>"
            ]
        )
        #expect(
            faults(makeInputs(["--concurrency=1", "--concurrency=2"])) == ["--concurrency: is given twice; keep one"]
        )
        #expect(faults(makeInputs(["--concurency=1"])) == ["--concurency: unknown flag; did you mean `--concurrency`?"])
    }
}

private enum Mood: String, CaseIterable { case calm, busy }

@Suite("Kinds of settings")
struct KindTests {
    private static let mood = Setting("mood", .choice, default: Mood.calm, help: "How it feels.")
    private static let pause = Setting(
        "pause",
        .duration(.milliseconds(1) ... .seconds(60)),
        default: .seconds(5),
        help: "Between two looks."
    )
    private static let room = Setting("room", .size(0...1 << 30), default: 64 << 10, help: "Bytes to keep.")
    private static let share = Setting("share", .number(0...1), default: 0.5, help: "Of the budget.")
    private static let program = Program(
        "flotilla-simulator",
        version: "1",
        purpose: "pretends.",
        example: "flotilla-simulator",
        settings: [mood, pause, room, share, CommonSettings.adminListen, CommonSettings.logLevel]
    )

    @Test func `every kind is read and shown in the same form`() throws {
        let line = "--mood busy --pause 1m --room 2MiB --share 0.25 --admin-listen [::1]:80 --log-level error"
        let arguments = line.split(separator: " ").map { String($0) }
        let found = try #require(settings(makeInputs(arguments), Self.program))
        #expect(found[Self.mood] == .busy)
        #expect(found[Self.pause] == .seconds(60))
        #expect(found[Self.room] == 2 << 20)
        #expect(found[Self.share] == 0.25)
        #expect(found[CommonSettings.adminListen] == ListenAddress(host: "::1", port: 80))
        #expect(found[CommonSettings.logLevel] == LogLevel.error)
        #expect(found.listing.map(\.value) == ["busy", "1m", "2MiB", "0.25", "[::1]:80", "error"])
        #expect(
            try #require(settings(makeInputs(), Self.program)).listing.map(\.value)
                == ["calm", "5s", "64KiB", "0.5", "127.0.0.1:0", "info"]
        )
    }

    @Test func `every kind says what it expects`() {
        let line = "--mood bsuy --pause 2m --room 64 --share 1e9 --admin-listen 80 --log-level eror"
        #expect(
            faults(makeInputs(line.split(separator: " ").map { String($0) }), Self.program) == [
                "--mood: expects one of calm, busy, not `bsuy`; did you mean `busy`?",
                "--pause: expects duration, 1ms to 1m, not `2m`",
                "--room: expects size, 0 to 1GiB, not `64`",
                "--share: expects number, 0.0 to 1.0, not `1e9`",
                "--admin-listen: expects address and port, such as 127.0.0.1:9100 or *:9100, not `80`",
                "--log-level: expects one of debug, info, notice, warning, error, critical, not `eror`; "
                    + "did you mean `error`?",
            ]
        )
    }

    @Test func `a wrong command line ends the process with 2`() async {
        // The test runner's own arguments are no flags of this program.
        await #expect(processExitsWith: .exitCode(2)) {
            let program = Program("flotilla-x", version: "1", purpose: "", example: "", settings: [])
            _ = program.settingsOrExit()
        }
    }
}

@Suite("Addresses")
struct AddressTests {
    @Test(arguments: [
        ("amqp://localhost/", false), ("amqp://127.8.9.1:5672/v", false), ("amqp://[::1]:5672", false),
        ("amqp://10.0.0.1/", true), ("amqp://127.0.0.1.example.com/", true), ("amqps://10.0.0.1/", false),
        ("postgresql:///db", false), ("postgresql://%2Frun%2Fpg/db", false), ("postgresql:///db?host=/run/pg", false),
        ("postgresql:///db?host=10.1.1.1", true), ("postgresql://localhost/db?hostaddr=10.1.1.1", true),
        ("postgresql://localhost,db2/db", true), ("postgresql://db/x?sslmode=require", true),
        ("postgresql://db/x?sslmode=verify-full", false), ("postgres://db/x?sslmode=verify-full&sslmode=prefer", true),
        ("http://10.0.0.1:15672", true), ("https://10.0.0.1", false),
    ])
    func `plain text beyond this machine is seen`(text: String, isDangerous: Bool) throws {
        #expect((try #require(ServiceURL(text)).plaintextDanger != nil) == isDangerous)
    }

    @Test(arguments: ["", "amqp:/x", "://x", "amqp://a b/", "amqp://h:99999/", "amqp://h:x/", "amqp://[::1/", "9p://h"])
    func `what is not an address`(text: String) { #expect(ServiceURL(text) == nil) }

    @Test func `a password with an unencoded at sign stays hidden`() throws {
        let url = try #require(ServiceURL("amqp://me:a@b@host:5672/"))
        #expect("\(url)" == "amqp://me@host:5672/")
        #expect(url.hosts == ["host"])
        #expect(url.reveal() == "amqp://me:a@b@host:5672/")
    }

    @Test func `listen addresses`() {
        #expect(ListenAddress("127.0.0.1:0") == ListenAddress(host: "127.0.0.1", port: 0))
        #expect(ListenAddress("[::1]:9100")?.description == "[::1]:9100")
        #expect(ListenAddress("*:9100")?.isLoopback == false)
        for text in ["", "9100", ":9100", "::1:9100", "h:70000", "h:-1", "h:"] { #expect(ListenAddress(text) == nil) }
    }
}
