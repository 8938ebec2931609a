import Runtime
import Synchronization
import Testing

@Suite struct LoggerTests {
    private let capture = LogCapture()

    @Test func `a line has time, level, message, logger, facts and process id`() throws {
        let pipeline = capture.pipeline(clock: { (1_795_251_600_000_001, 0) })
        let logger = Logger(label: "amqp.publisher", pipeline: pipeline).with(["platform": "x"])
        logger.info(
            "job published",
            ["job": "j1", "attempt": .int(2), "share": 0.5, "last": true, "took": .duration(.microseconds(1500))]
        )
        let line = try #require(capture.lines.first)
        #expect(
            line.hasPrefix(
                #"{"time":"2026-11-21T09:00:00.000001Z","level":"info","msg":"job published","logger":"amqp.publisher","#
                    + #""job":"j1","attempt":2,"share":0.5,"last":true,"took_ms":1.500,"platform":"x","pid":"#
            )
        )
        #expect(line.hasSuffix("}"))
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_399_999_999, "2000-02-28T23:59:59.999999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_709_164_800_000_000, "2024-02-29T00:00:00.000000Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ] as [(Int64, String)]
    )
    func `times are right at the edges of the calendar`(microseconds: Int64, text: String) throws {
        Logger(label: "l", pipeline: capture.pipeline(clock: { (microseconds, 0) })).info("m")
        #expect(capture.lines[0].hasPrefix("{\"time\":\"\(text)\""))
    }

    @Test func `levels below the threshold are not written and their facts not evaluated`() {
        let pipeline = capture.pipeline(level: .warning)
        let logger = Logger(label: "l", pipeline: pipeline)
        func fact() -> LogValue {
            Issue.record("evaluated")
            return 1
        }
        logger.info("no", ["x": fact()])
        #expect(capture.lines.isEmpty)
        pipeline.configure(level: .debug)
        logger.debug("yes")
        #expect(capture.lines.count == 1)
        #expect(LogLevel(name: "ERROR") == .error)
        #expect(LogLevel(name: "loud") == nil)
    }

    @Test func `line ends, controls and direction marks cannot forge a line`() {
        let logger = Logger(label: "l", pipeline: capture.pipeline())
        logger.info("m", ["k\n": "a\r\n{\"level\":\"error\"}\u{1B}[2J\u{7F}\u{85}\u{2028}\u{202E}é"])
        let line = capture.lines[0]
        #expect(line.contains(#""k\n":"a\r\n{\"level\":\"error\"}\u001b[2J\u007f\u0085\u2028\u202eé""#))
        #expect(!line.unicodeScalars.contains { $0.value < 0x20 })
        let people = LogCapture()
        Logger(label: "l", pipeline: people.pipeline(format: .console)).error("m", ["k": "a\n\u{1B}[2Jb"])
        #expect(people.lines[0].hasSuffix(#"ERROR    m  l k="a\n\u001b[2Jb""#))
    }

    @Test func `a fact cannot take the place of a standard one`() {
        Logger(label: "l", pipeline: capture.pipeline()).info("m", ["level": "error", "msg": "x"])
        #expect(capture.lines[0].contains(#""fact.level":"error","fact.msg":"x""#))
    }

    @Test func `a line ends within what a pipe takes whole`() {
        let long = String(repeating: "x", count: 100_000)
        Logger(label: "l", pipeline: capture.pipeline()).info(
            "m",
            ["a": .string(long), "b": .string(long), "c": .string(long), "d": .string(long), "e": 1]
        )
        let line = capture.lines[0]
        #expect(line.utf8.count < 4096)
        #expect(line.contains(#""e":1,"cut":true,"pid":"#))
    }

    @Test func `more than ten lines a minute of one message become a count`() throws {
        let now = Mutex<Int64>(0)
        let pipeline = capture.pipeline(linesPerMinute: 10, clock: { (0, now.withLock { $0 }) })
        let logger = Logger(label: "l", pipeline: pipeline)
        for _ in 0..<25 { logger.warning("flood") }
        logger.warning("other")
        for _ in 0..<12 { logger.critical("never held back") }
        #expect(capture.lines.count == 10 + 1 + 12)
        now.withLock { $0 = 61_000_000_000 }
        logger.info("later")
        #expect(capture.lines[23].contains(#""msg":"flood","logger":"log","suppressed":15"#))
        for _ in 0..<25 { logger.warning("flood") }
        #expect(capture.lines.count == 23 + 2 + 10)
        pipeline.flush()
        #expect(capture.lines.last?.contains(#""suppressed":15"#) == true)
        pipeline.flush()
        #expect(capture.lines.count == 23 + 2 + 10 + 1)
    }
}

@Suite struct RedactionTests {
    @Test(arguments: [
        "password", "access_token", "AccessToken", "client-secret", "Authorization", "api_key", "X-API-Key",
        "Set-Cookie",
    ])
    func `a value under a secret key shows at most its last four`(key: String) {
        let capture = LogCapture()
        Logger(label: "l", pipeline: capture.pipeline()).info(
            "m",
            [key: "EAAB1234567890wxyz", "short_\(key)": "hunter2"]
        )
        #expect(capture.lines[0].contains("\"\(key)\":\"…wxyz\",\"short_\(key)\":\"…\""))
    }

    @Test(arguments: ["tokens_expiring", "token_state", "key", "routing_key", "job", "platform"])
    func `other keys are left alone`(key: String) { #expect(!Redaction.isSecretKey(key)) }

    @Test(arguments: [
        ("amqp://fleet:pa@ss@host:5672/v", "amqp://fleet:…@host:5672/v"),
        ("postgresql://u:secretsecretsecret@h/db?x=1 refused", "postgresql://u:…cret@h/db?x=1 refused"),
        ("GET /v1?access_token=EAABsbCS1234567890abcd&fields=a", "GET /v1?access_token=…abcd&fields=a"),
        (
            #"{"error":{"access_token": "EAABsbCS1234567890abcd","code":1}}"#,
            #"{"error":{"access_token": "…abcd","code":1}}"#
        ),
        ("Authorization: Bearer abcdefghijklmnopqrst", "Authorization: Bearer …qrst"),
        ("sent Bearer abcdefghijklmnopqrst, refused", "sent Bearer …qrst, refused"),
        ("password=hunter2 host=x", "password=… host=x"),
        ("http://host/path:with@odd", "http://host/path:with@odd"), ("the token expired", "the token expired"),
        ("bearer of news", "bearer of news"), ("ratio 3:4 é", "ratio 3:4 é"),
    ])
    func `shapes that betray a secret are masked and others are not`(text: String, expected: String) {
        #expect(Redaction.scrub(text) == expected)
    }

    @Test func `registered values are masked wherever they appear until they are forgotten`() {
        let secret = "canary-4711-abcdefgh"
        Redaction.register(secret)
        #expect(Redaction.scrub("curl said \(secret), twice \(secret)") == "curl said …efgh, twice …efgh")
        Redaction.forget(secret)
        #expect(Redaction.scrub(secret) == secret)
        Redaction.register("short")
        #expect(Redaction.scrub("short") == "short")
    }
}
