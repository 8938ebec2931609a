import FleetCore
import HTTPClient
import Synchronization
import Testing

@testable import Worker

@Suite struct RunningJobsTests {
    private let running = RunningJobs(executor: HTTPClient(HTTPClientOptions(userAgent: "tests")).executor)
    private static let job = UUID(high: 0x01A1_FE12_82E6_7000, low: 0x8000_0000_0000_0001)

    /// Runs work that says when it has begun and then waits to be stopped.
    private func waiting(
        _ job: UUID? = job,
        leaving value: Int? = nil,
        then order: @escaping @Sendable (RunningJobs) -> Void
    ) async -> RunningJobs.Ending<Int?> {
        let begun = AsyncStream.makeStream(of: Void.self)
        async let ending = running.run(job, isDone: { $0 != nil }) { () async throws -> Int? in
            begun.continuation.yield()
            for await _ in AsyncStream<Never>.makeStream().stream {}
            return value
        }
        for await _ in begun.stream { break }
        order(running)
        return await ending
    }

    private func word<Value>(_ ending: RunningJobs.Ending<Value>) -> String {
        switch ending {
        case .finished(let value): "finished \(value)"
        case .cancelled(let reason): "cancelled \(reason)"
        case .handBack: "handed back"
        case .stopped: "stopped"
        }
    }

    @Test func `a job ends as its work does`() async {
        #expect(word(await running.run(Self.job, isDone: { _ in true }) { 3 }) == "finished 3")
    }

    @Test func `only the job that nobody wants any more is cancelled`() async {
        let ending = await waiting { running in
            running.cancel { _ in nil }
            running.cancel { $0 == Self.job ? "mistake" : nil }
        }
        #expect(word(ending) == "cancelled mistake")
    }

    @Test func `a job without a known id is not cancelled by name`() async {
        let ending = await waiting(nil) { running in
            running.cancel { _ in "mistake" }
            running.handBackAll()
        }
        #expect(word(ending) == "handed back")
    }

    @Test func `what is unfinished when time is up is handed back, and nothing begins after it`() async {
        #expect(word(await waiting { $0.handBackAll() }) == "handed back")
        #expect(word(await running.run(Self.job, isDone: { _ in true }) { 3 }) == "handed back")
    }

    @Test func `what ended just when time was up counts as ended`() async {
        #expect(word(await waiting(leaving: 5) { $0.handBackAll() }) == "finished Optional(5)")
    }

    @Test func `a process that stops says so`() async {
        let task = Task { await waiting { _ in } }
        task.cancel()
        #expect(word(await task.value) == "stopped")
    }
}

@Suite struct SuspectOrderTests {
    @Test func `an order is the same after its way to the other process, whatever its body holds`() {
        let order = SuspectOrder(attempt: 3, doubt: .permission, key: "x.bulk", body: Array(0...255) + [10, 32, 0])
        #expect(SuspectOrder(line: order.line) == order)
        let plain = SuspectOrder(attempt: 1, doubt: nil, key: "x.bulk", body: [])
        #expect(SuspectOrder(line: plain.line) == plain)
        for line in ["", "1 - x.bulk", "one - x.bulk 00", "1 - x.bulk 0", "1 - x.bulk zz"] {
            #expect(SuspectOrder(line: line) == nil)
        }
    }

    @Test func `an answer is the same after its way back`() {
        let answers: [JobDisposal] = [
            .ladder(.seconds(60), attempt: 2, doubt: nil), .ladder(.seconds(5), attempt: 1, doubt: .notFound),
            .deadLetter(Death(.permission, "a detail with spaces\nand \"lines\"")),
        ]
        for answer in answers { #expect(SuspectAnswer.disposal(line: SuspectAnswer.line(answer)) == answer) }
        for line in ["", "result zz", "ladder 1", "dead nothing 00", "what"] {
            #expect(SuspectAnswer.disposal(line: line) == nil)
        }
    }
}
