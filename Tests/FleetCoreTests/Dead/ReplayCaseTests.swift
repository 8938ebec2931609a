import FleetCore
import Testing

@Suite struct ReplayCaseTests {
    private static let now = Instant("2026-11-26T12:00:00Z")!

    private static func job(_ collect: CollectionKind = .accountDaily, day: String = "2026-11-20") -> Job {
        Job(
            id: UUID(high: 0x01A1_FE12_82E6_7000, low: 0x8000_0000_0000_0001),
            platform: .x,
            account: 7,
            collect: collect,
            date: CivilDate(day)!,
            reason: "test",
            enqueuedAt: Instant("2026-11-21T09:00:00Z")!
        )
    }

    private func reason(
        of job: Result<Job, Death> = .success(job()),
        allowing: Set<ReplayRefusal> = [],
        _ change: (inout ReplayCase) -> Void = { _ in }
    ) -> ReplayRefusal? {
        var replayCase = ReplayCase(job: job)
        change(&replayCase)
        return replayCase.refusal(allowing: allowing, now: Self.now)?.reason
    }

    @Test func `a job against which nothing speaks is sent`() {
        #expect(reason() == nil)
        #expect(reason { $0.letterState = .archived } == nil)
        #expect(reason { $0.ledgerState = "dead" } == nil)
    }

    @Test func `every refusal has its own cause`() {
        #expect(reason { $0.ledgerState = "partial" } == .alreadyDone)
        #expect(reason { $0.hasNewerReadings = true } == .newerSuccess)
        #expect(reason(of: .failure(Death(.unknownVersion, "version 9"))) == .breaksContract)
        #expect(reason(of: .failure(Death(.dateTooOld, "long ago"))) == .noLongerAvailable)
        #expect(reason { $0.isJob = false } == .notAJob)
        #expect(reason { $0.historyDays = 5 } == .noLongerAvailable)
        #expect(reason(of: .success(Self.job(.stories))) == .noLongerAvailable)
        #expect(reason { $0.accountState = nil } == .accountGone)
        #expect(reason { $0.accountState = "needs_reconnect" } == .accountGone)
        #expect(reason { $0.hasMoney = false } == .budgetSpent)
        #expect(reason { $0.isRepeated = true } == .twice)
        #expect(reason { $0.replays = 3 } == .loop)
        #expect(reason { $0.letterState = .replaying } == .changed)
    }

    @Test func `an operator overrules advice, and no fault`() {
        let all = Set(ReplayRefusal.allCases)
        #expect(reason(allowing: all) { $0.replays = 9 } == nil)
        #expect(reason(allowing: [.loop]) { ($0.replays, $0.hasMoney) = (9, false) } == .budgetSpent)
        #expect(reason(allowing: all) { $0.ledgerState = "done" } == .alreadyDone)
        #expect(reason(of: .failure(Death(.badDate, "no day")), allowing: all) == .breaksContract)
        #expect(reason(allowing: all) { $0.isRepeated = true } == .twice)
    }

    @Test func `a day that the platform still answers for is asked for`() {
        #expect(reason { $0.historyDays = 6 } == nil)
        #expect(reason(of: .success(Self.job(.posts))) { $0.historyDays = 1 } == nil)
    }
}

@Suite struct JobEditTests {
    private static let now = Instant("2026-11-26T12:00:00Z")!
    private static let body = """
        {"version":1,"id":"01a1fe12-82e6-7000-8000-000000000001","platform":"x","account":7,"collect":"account_daily",\
        "date":"2026/11/20","lane":"bulk","reason":"test","enqueued_at":"2026-11-21T09:00:00Z"}
        """

    private func edit(_ values: [(field: String, value: String)], of text: String = body, isKnown: Bool = true)
        throws(JobEdit.Fault) -> JobEdit
    {
        try JobEdit(of: Array(text.utf8), setting: values, isKnown: isKnown, now: Self.now)
    }

    @Test func `what is changed is shown as it was and as it is`() throws {
        let made = try edit([
            ("date", "2026-11-20"), ("metrics", #"["views"]"#), ("reason", "null"), ("reason", "again"),
        ])
        #expect(
            made.changes == [
                .init(field: "date", before: #""2026/11/20""#, after: #""2026-11-20""#),
                .init(field: "reason", before: #""test""#, after: #""again""#),
                .init(field: "metrics", before: nil, after: #"["views"]"#),
            ]
        )
        #expect(made.job.date == CivilDate("2026-11-20") && made.job.reason == "again")
        #expect(try JobContract().read(made.body, now: Self.now) == made.job)
    }

    @Test func `an edit that breaks the contract is refused with its cause`() {
        #expect(
            throws: JobEdit.Fault(
                message: "the contract refuses it: bad_date: /date: must be a day such as 2026-11-19"
            )
        ) {
            try edit([("lane", "normal")])
        }
        #expect(throws: JobEdit.Fault.self) { try edit([("date", "2026-11-20"), ("lane", "express")]) }
        #expect(throws: JobEdit.Fault.self) { try edit([]) }
    }

    @Test(arguments: ["id", "run", "account"])
    func `a job that is known keeps its place in the ledger`(field: String) {
        #expect(throws: JobEdit.Fault.self) { try edit([("date", "2026-11-20"), (field, "8")]) }
    }

    @Test func `a body that was no job becomes one when every field is given`() throws {
        let whole = [
            ("version", "1"), ("id", "01a1fe12-82e6-7000-8000-000000000002"), ("platform", "x"), ("account", "9"),
            ("collect", "posts"), ("date", "2026-11-20"), ("lane", "bulk"), ("enqueued_at", "2026-11-21T09:00:00Z"),
        ].map { (field: $0.0, value: $0.1) }
        let made = try edit(whole, of: "hello", isKnown: false)
        #expect(made.job.account == 9 && made.changes.count == 8 && made.changes.allSatisfy { $0.before == nil })
    }
}
