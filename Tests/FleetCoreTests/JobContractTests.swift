import FleetCore
import Testing

@Suite("The job contract")
struct JobContractTests {
    static let now = Instant("2026-11-21T09:00:00Z")!
    static let valid = """
        {"version":1,"id":"019aa5a0-0000-7000-8000-000000000007","platform":"instagram","account":12,\
        "collect":"account_daily","date":"2026-11-19","metrics":["views","reach"],"lane":"normal",\
        "run":"019aa5a0-0000-7000-8000-0000000000ff","reason":"daily","enqueued_at":"2026-11-21T08:59:59.5Z"}
        """

    /// The valid message with one part replaced.
    static func message(_ part: String, _ replacement: String) -> [UInt8] {
        precondition(valid.contains(part))
        let halves = valid.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false)
        return Array((halves[0] + replacement + halves[1]).utf8)
    }

    @Test("a valid message is read as it is, and written again as it was")
    func roundTrip() throws {
        let job = try JobContract().read(Array(Self.valid.utf8), now: Self.now)
        #expect(job.account == 12)
        #expect(job.metrics.map(\.name) == ["views", "reach"])
        #expect(job.run != nil)
        #expect(job.routingKey == "instagram.normal")
        #expect(try JobContract().read(job.encoded(), now: Self.now) == job)
    }

    @Test("unknown fields are passed over, optional ones may be absent or null")
    func tolerance() throws {
        let extra = Self.message("\"lane\"", "\"later\":{\"deep\":[1,{\"x\":null}]},\"lane\"")
        #expect(try JobContract().read(extra, now: Self.now).lane == .normal)
        let bare = Self.message("\"metrics\":[\"views\",\"reach\"],", "\"metrics\":null,")
        #expect(try JobContract().read(bare, now: Self.now).metrics.isEmpty)
    }

    static let broken: [(String, [UInt8], DeadCause)] = [
        ("nothing", [], .emptyBody),
        ("too much", Array(repeating: UInt8(ascii: " "), count: JobContract.maximumBytes + 1), .bodyTooLarge),
        ("text that is not JSON", Array("hello".utf8), .malformedJSON),
        ("half a message", Array(valid.utf8.prefix(100)), .malformedJSON),
        ("two messages", Array((valid + valid).utf8), .malformedJSON),
        ("an array", Array("[]".utf8), .notAnObject),
        ("a number", Array("1".utf8), .notAnObject),
        ("null", Array("null".utf8), .notAnObject),
        ("an empty object", Array("{}".utf8), .missingField),
        ("a byte that is not UTF-8", message("daily\",\"enq", "\u{1}").map { $0 == 1 ? 0xFF : $0 }, .invalidUTF8),
        ("a bare control character", message("\"daily\"", "\"da\u{2}ily\""), .malformedJSON),
        ("half a surrogate pair", message("\"daily\"", "\"\\ud800\""), .malformedJSON),
        ("an escaped NUL", message("\"daily\"", "\"\\u0000\""), .malformedJSON),
        ("nesting without end", Array(String(repeating: "[", count: 5000).utf8), .notAnObject),
        (
            "a deep unknown field",
            message(
                "\"lane\"",
                "\"x\":" + String(repeating: "[", count: 50) + String(repeating: "]", count: 50) + ",\"lane\""
            ), .tooDeep
        ),
        ("the same field twice", message("\"lane\"", "\"account\":13,\"lane\""), .duplicateField),
        ("no version", message("\"version\":1,", ""), .missingField),
        ("no id", message("\"id\":\"019aa5a0-0000-7000-8000-000000000007\",", ""), .missingField),
        ("no platform", message("\"platform\":\"instagram\",", ""), .missingField),
        ("no account", message("\"account\":12,", ""), .missingField),
        ("no date", message("\"date\":\"2026-11-19\",", ""), .missingField),
        ("no lane", message("\"lane\":\"normal\",", ""), .missingField),
        ("no time", message(",\"enqueued_at\":\"2026-11-21T08:59:59.5Z\"", ""), .missingField),
        ("version 3", message("\"version\":1", "\"version\":3"), .unknownVersion),
        ("version 0", message("\"version\":1", "\"version\":0"), .unknownVersion),
        ("version \"1\"", message("\"version\":1", "\"version\":\"1\""), .wrongType),
        ("an id that is no UUID", message("019aa5a0-0000-7000-8000-000000000007", "job-7"), .badID),
        (
            "an id of version 4",
            message("019aa5a0-0000-7000-8000-000000000007", "019aa5a0-0000-4000-8000-000000000007"), .badID
        ),
        (
            "an id from the future",
            message("019aa5a0-0000-7000-8000-000000000007", "01ffa5a0-0000-7000-8000-000000000007"), .idInFuture
        ),
        ("an id that is a number", message("\"019aa5a0-0000-7000-8000-000000000007\"", "7"), .wrongType),
        ("a run that is no UUID", message("019aa5a0-0000-7000-8000-0000000000ff", "yesterday"), .badRun),
        ("an unknown platform", message("\"instagram\"", "\"myspace\""), .unknownPlatform),
        ("a platform in capitals", message("\"instagram\"", "\"Instagram\""), .unknownPlatform),
        ("an account as text", message("\"account\":12", "\"account\":\"12\""), .wrongType),
        ("a negative account", message("\"account\":12", "\"account\":-12"), .badAccount),
        ("account zero", message("\"account\":12", "\"account\":0"), .badAccount),
        ("half an account", message("\"account\":12", "\"account\":12.5"), .wrongType),
        ("a huge account", message("\"account\":12", "\"account\":92233720368547758080"), .numberOutOfRange),
        ("an unknown collection", message("account_daily", "everything"), .unknownCollection),
        ("a date that is none", message("2026-11-19", "2026-02-30"), .badDate),
        ("a date with slashes", message("2026-11-19", "2026/11/19"), .badDate),
        ("a date to come", message("2026-11-19", "2026-11-23"), .dateInFuture),
        ("a date long gone", message("2026-11-19", "2019-01-01"), .dateTooOld),
        ("an unknown metric", message("\"views\"", "\"karma\""), .unknownMetric),
        ("a metric twice", message("\"views\"", "\"reach\""), .duplicateMetric),
        ("metrics as text", message("[\"views\",\"reach\"]", "\"views\""), .wrongType),
        ("a number among the metrics", message("\"views\"", "5"), .wrongType),
        ("an unknown lane", message("\"normal\"", "\"express\""), .unknownLane),
        ("a long reason", message("\"daily\"", "\"" + String(repeating: "x", count: 200) + "\""), .textTooLong),
        ("a time without zone", message("08:59:59.5Z", "08:59:59"), .badTime),
        ("a time as a number", message("\"2026-11-21T08:59:59.5Z\"", "1790000000"), .wrongType),
    ]

    @Test("a broken message dies with a named cause", arguments: broken.indices)
    func deaths(index: Int) {
        let (name, body, cause) = Self.broken[index]
        #expect(throws: Death.self, "\(name)") { try JobContract().read(body, now: Self.now) }
        do {
            _ = try JobContract().read(body, now: Self.now)
        } catch {
            #expect(error.cause == cause, "\(name): \(error.detail)")
            #expect(!error.detail.isEmpty && error.detail.utf8.count < 400)
        }
    }

    @Test("no prefix and no flipped bit of a valid message crashes the reader", arguments: 0..<8)
    func mutations(bit: Int) {
        let body = Array(Self.valid.utf8)
        var read = 0
        for position in body.indices {
            var flipped = body
            flipped[position] ^= 1 << UInt8(bit)
            if (try? JobContract().read(flipped, now: Self.now)) != nil { read += 1 }
            if (try? JobContract().read(Array(body.prefix(position)), now: Self.now)) != nil { read += 1 }
        }
        // Some flips give another valid message; a prefix never does.
        #expect(read < body.count / 2)
    }

    @Test("a result is read as it was written")
    func results() throws {
        var result = JobResult(
            job: UUID(high: 0x019A_A5A0_0000_7000, low: 0x8000_0000_0000_0007),
            run: UUID(high: 1, low: 2),
            platform: .instagram,
            account: 12,
            workspace: 3,
            attempt: 2,
            isPartial: true,
            enqueuedAt: Self.now,
            fetchedAt: Instant("2026-11-21T09:00:01.000001Z")!,
            apiVersion: "v25.0",
            requests: 3,
            skipped: [.init(metric: "replies", reason: "null")],
            readings: [
                Reading(
                    period: .day,
                    start: .date(CivilDate("2026-11-19")!),
                    metrics: [.views, .reach],
                    values: [.max, 0]
                ),
                Reading(period: .instant, start: .moment(Self.now), metrics: [.followers], values: [-1]),
            ]
        )
        #expect(try JobResult(message: result.encoded()) == result)
        result.dates = CivilDate("2026-11-17")!...CivilDate("2026-11-20")!
        #expect(try JobResult(message: result.encoded()) == result)
    }

    @Test("days in the wrong order are no trap")
    func crossedDays() throws {
        let body = """
            {"version":1,"job":"019aa5a0-0000-7000-8000-000000000007","platform":"instagram","account":1,"workspace":1,
            "collect":"account_daily","enqueued_at":"2026-11-21T09:00:00Z","fetched_at":"2026-11-21T09:00:00Z",
            "api_version":"v25.0","first_day":"2026-11-20","last_day":"2026-11-17","readings":[]}
            """
        let day = CivilDate("2026-11-17")!
        #expect(try JobResult(message: Array(body.utf8)).dates == day...day)
    }
}
