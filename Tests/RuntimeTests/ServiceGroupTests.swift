import Synchronization
import Testing

@testable import Runtime

@Suite struct ShutdownStateMachineTests {
    private var machine = ShutdownStateMachine(services: ["a", "b"], endingIsExpected: false)

    @Test mutating func `a signal drains, then cancels, then finishes when all have ended`() {
        #expect(machine.handle(.signal(.terminate)) == .drain(.signal(.terminate)))
        #expect(machine.handle(.serviceEnded(name: "a", error: nil)) == .none)
        #expect(machine.handle(.drained) == .cancel(late: false))
        #expect(machine.handle(.drainDeadlinePassed) == .none)
        #expect(machine.handle(.serviceEnded(name: "b", error: nil)) == .finish(.signal(.terminate)))
        #expect(machine.handle(.cancelDeadlinePassed) == .none)
    }

    @Test mutating func `past the deadline the services are cancelled and the drain is still awaited`() {
        _ = machine.handle(.signal(.interrupt))
        #expect(machine.handle(.drainDeadlinePassed) == .cancel(late: true))
        #expect(machine.handle(.serviceEnded(name: "a", error: nil)) == .none)
        #expect(machine.handle(.serviceEnded(name: "b", error: nil)) == .none)
        #expect(machine.handle(.drained) == .finish(.signal(.interrupt)))
    }

    @Test mutating func `services that do not stop are left behind and named`() {
        _ = machine.handle(.signal(.terminate))
        _ = machine.handle(.drained)
        _ = machine.handle(.serviceEnded(name: "a", error: nil))
        #expect(machine.handle(.cancelDeadlinePassed) == .exitNow(code: 1, unfinished: ["b"]))
    }

    @Test mutating func `the second interrupt means now and other repeated signals mean nothing`() {
        #expect(machine.handle(.signal(.hangUp)) == .none)
        _ = machine.handle(.signal(.interrupt))
        #expect(machine.handle(.signal(.terminate)) == .none)
        #expect(machine.handle(.signal(.interrupt)) == .exitNow(code: 130, unfinished: ["a", "b"]))
        var other = ShutdownStateMachine(services: ["a"], endingIsExpected: false)
        _ = other.handle(.signal(.terminate))
        #expect(other.handle(.signal(.terminate)) == .none)
    }

    @Test mutating func `a failing or returning service drains the others`() {
        #expect(
            machine.handle(.serviceEnded(name: "a", error: "no")) == .drain(.failed(service: "a", error: "no"))
        )
        #expect(machine.handle(.serviceEnded(name: "b", error: "too")) == .none)
        #expect(machine.handle(.drained) == .cancel(late: false))
        var other = ShutdownStateMachine(services: ["a", "b"], endingIsExpected: false)
        #expect(other.handle(.serviceEnded(name: "b", error: nil)) == .drain(.ended(service: "b")))
    }

    @Test func `where returning is expected the group ends with the last`() {
        var group = ShutdownStateMachine(services: ["a", "b"], endingIsExpected: true)
        #expect(group.handle(.serviceEnded(name: "a", error: nil)) == .none)
        #expect(group.handle(.serviceEnded(name: "b", error: nil)) == .finish(.finished))
    }
}

@Suite(.timeLimit(.minutes(1))) struct ServiceGroupTests {
    /// Runs until cancelled, or throws at once, and notes what happened to it.
    final class Fake: Drainable {
        let name: String
        let failure: JustBroken?
        let drainHangs: Bool
        let events = Mutex<[String]>([])
        private let started = AsyncStream.makeStream(of: Void.self)

        init(_ name: String, failure: JustBroken? = nil, drainHangs: Bool = false) {
            self.name = name
            self.failure = failure
            self.drainHangs = drainHangs
        }

        func hasStarted() async { for await _ in started.stream { return } }

        func run() async throws {
            note("run")
            started.continuation.yield()
            if let failure { throw failure }
            await untilCancelled()
            note("cancelled")
            throw CancellationError()
        }

        func drain() async {
            note("drain")
            if drainHangs { await untilCancelled() }
        }

        func handedBack() async -> [HandedBack] { [HandedBack(service: name, what: "deliveries", count: 2)] }

        private func note(_ event: String) { events.withLock { $0.append(event) } }
    }

    struct JustBroken: Error, CustomStringConvertible {
        let description = "broker says password=hunter2"
    }

    static func untilCancelled() async { for await _ in AsyncStream.makeStream(of: Never.self).stream {} }

    private let capture = LogCapture()

    private func group(
        _ services: [any Service],
        sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in
            await untilCancelled(); throw CancellationError()
        }
    ) -> ServiceGroup {
        ServiceGroup(
            services: services,
            drainDeadline: .seconds(25),
            cancelDeadline: .seconds(5),
            endingIsExpected: false,
            logger: Logger(label: "group", pipeline: capture.pipeline()),
            sleep: sleep,
            exit: { _ in }
        )
    }

    @Test func `a signal drains all, cancels all and reports what was handed back`() async {
        let services = [Fake("a"), Fake("b")]
        let (signals, sender) = AsyncStream.makeStream(of: Signals.Signal.self)
        async let ending = group(services).run(signals: signals)
        for service in services { await service.hasStarted() }
        sender.yield(.terminate)
        #expect(
            await ending
                == .init(
                    exitCode: 0,
                    handedBack: ["a", "b"].map { HandedBack(service: $0, what: "deliveries", count: 2) }
                )
        )
        for service in services { #expect(service.events.withLock { $0 } == ["run", "drain", "cancelled"]) }
        #expect(capture.lines.contains { $0.contains(#""msg":"draining","logger":"group","signal":"SIGTERM""#) })
    }

    @Test func `a failing service stops the others with one clear line and exit code 1`() async {
        let (broken, healthy) = (Fake("broken", failure: JustBroken()), Fake("healthy"))
        let signals = AsyncStream.makeStream(of: Signals.Signal.self)
        let ending = await group([broken, healthy]).run(signals: signals.stream)
        #expect(ending.exitCode == 1)
        #expect(healthy.events.withLock { $0 }.contains("drain"))
        let critical = capture.lines.filter { $0.contains("\"level\":\"critical\"") }
        #expect(critical.count == 1)
        #expect(critical[0].contains(#""service":"broken","error.message":"broker says password=…""#))
    }

    @Test func `a drain that hangs is cancelled at the deadline`() async {
        let service = Fake("slow", drainHangs: true)
        let (signals, sender) = AsyncStream.makeStream(of: Signals.Signal.self)
        sender.yield(.interrupt)
        let ending = await group([service]) { duration in
            guard duration == .seconds(25) else {
                await Self.untilCancelled()
                throw CancellationError()
            }
        }.run(signals: signals)
        #expect(ending.exitCode == 0)
        #expect(capture.lines.contains { $0.contains("drain deadline passed") })
    }
}

extension ServiceGroupTests.Fake {
    private func untilCancelled() async { await ServiceGroupTests.untilCancelled() }
}

@Suite struct StuckLoopDetectorTests {
    @Test func `only a silence of the whole limit counts as stuck`() {
        let detector = StuckLoopDetector(limit: .seconds(10), now: 0)
        #expect(detector.isAlive(now: 9_999_999_999))
        #expect(!detector.isAlive(now: 10_000_000_000))
        detector.turn(now: 20_000_000_000)
        #expect(detector.isAlive(now: 21_000_000_000))
        #expect(detector.silence(now: 21_000_000_000) == .seconds(1))
    }
}
