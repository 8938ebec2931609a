internal import Glibc

/// Runs the services of a process together and stops them in two phases: drain until a deadline, then cancel.
///
/// SIGTERM or SIGINT starts the drain; a second SIGINT leaves at once. A service that fails stops all others the same
/// way, with exit code 1.
public struct ServiceGroup: Sendable {
    /// How the group ended.
    public struct Ending: Sendable, Equatable {
        /// 0 after a signal or an expected end, 1 after a failure.
        public let exitCode: Int32
        /// What services handed back unfinished.
        public let handedBack: [HandedBack]
    }

    private let services: [any Service]
    private let drainDeadline: Duration
    private let cancelDeadline: Duration
    private let endingIsExpected: Bool
    private let logger: Logger
    private let sleep: @Sendable (Duration) async throws -> Void
    private let exit: @Sendable (Int32) -> Void

    /// A group, not yet running.
    ///
    /// - Parameters:
    ///   - services: With different names.
    ///   - drainDeadline: How long the drain may take.
    ///   - cancelDeadline: How long cancelled services may take before the process is left without them.
    ///   - endingIsExpected: True where services may return by themselves; the group ends when all have.
    public init(
        services: [any Service],
        drainDeadline: Duration = .seconds(25),
        cancelDeadline: Duration = .seconds(5),
        endingIsExpected: Bool = false,
        logger: Logger
    ) {
        self.init(
            services: services,
            drainDeadline: drainDeadline,
            cancelDeadline: cancelDeadline,
            endingIsExpected: endingIsExpected,
            logger: logger,
            sleep: { try await Task.sleep(for: $0) },
            exit: { _exit($0) }
        )
    }

    package init(
        services: [any Service],
        drainDeadline: Duration,
        cancelDeadline: Duration,
        endingIsExpected: Bool,
        logger: Logger,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        exit: @escaping @Sendable (Int32) -> Void
    ) {
        precondition(Set(services.map(\.name)).count == services.count, "two services of a group have one name")
        self.services = services
        self.drainDeadline = drainDeadline
        self.cancelDeadline = cancelDeadline
        self.endingIsExpected = endingIsExpected
        self.logger = logger
        self.sleep = sleep
        self.exit = exit
    }

    /// Runs until all services ended. Never throws: the ending says what happened, and so does the log.
    public func run() async -> Ending { await run(signals: Signals()) }

    package func run<Source: AsyncSequence & Sendable>(signals: Source) async -> Ending
    where Source.Element == Signals.Signal, Source.Failure == Never {
        let (events, feed) = AsyncStream.makeStream(of: ShutdownStateMachine.Event.self)
        // Two gates, because a stream has one reader: both close when the services are to be cancelled.
        let (stop, stopper) = AsyncStream.makeStream(of: Never.self)
        let (halt, halter) = AsyncStream.makeStream(of: Never.self)
        var machine = ShutdownStateMachine(services: services.map(\.name), endingIsExpected: endingIsExpected)
        let cause = await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await runServices(until: stop, feed) }
            tasks.addTask { for await signal in signals { feed.yield(.signal(signal)) } }
            defer { tasks.cancelAll() }
            for await event in events {
                switch machine.handle(event) {
                case .none: break
                case .drain(let cause):
                    announce(cause)
                    tasks.addTask {
                        await drain(until: halt)
                        feed.yield(.drained)
                    }
                    after(drainDeadline, .drainDeadlinePassed, feed, &tasks)
                case .cancel(let late):
                    if late { logger.warning("drain deadline passed", ["deadline": .duration(drainDeadline)]) }
                    stopper.finish()
                    halter.finish()
                    after(cancelDeadline, .cancelDeadlinePassed, feed, &tasks)
                case .exitNow(let code, let unfinished):
                    logger.critical("leaving without waiting", ["services": .string(unfinished.joined(separator: ","))])
                    exit(code)
                case .finish(let cause): return cause
                }
            }
            return .finished
        }
        return await end(cause)
    }

    private func runServices(
        until stop: AsyncStream<Never>,
        _ feed: AsyncStream<ShutdownStateMachine.Event>.Continuation
    ) async {
        await withTaskGroup(of: Void.self) { tasks in
            for service in services {
                tasks.addTask {
                    let error = await Self.failure(of: service)
                    feed.yield(.serviceEnded(name: service.name, error: error))
                }
            }
            for await _ in stop {}
            tasks.cancelAll()
        }
    }

    /// Runs a service to its end; nil unless it failed for another reason than its cancellation.
    private static func failure(of service: any Service) async -> String? {
        do {
            try await service.run()
            return nil
        } catch {
            return error is CancellationError && Task.isCancelled ? nil : Redaction.scrub("\(error)")
        }
    }

    /// Drains all services at once, and cancels what is left of that when the gate closes.
    private func drain(until halt: AsyncStream<Never>) async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                await withTaskGroup(of: Void.self) { drains in
                    for case let service as any Drainable in services { drains.addTask { await service.drain() } }
                }
            }
            tasks.addTask { for await _ in halt {} }
            await tasks.next()
            tasks.cancelAll()
        }
    }

    private func after(
        _ duration: Duration,
        _ event: ShutdownStateMachine.Event,
        _ feed: AsyncStream<ShutdownStateMachine.Event>.Continuation,
        _ tasks: inout TaskGroup<Void>
    ) {
        tasks.addTask {
            guard (try? await sleep(duration)) != nil else { return }
            feed.yield(event)
        }
    }

    private func announce(_ cause: ShutdownStateMachine.Cause) {
        switch cause {
        case .signal(let signal): logger.notice("draining", ["signal": .string(signal.name)])
        case .failed(let service, let error):
            logger.critical("service failed, stopping", ["service": .string(service), "error.message": .string(error)])
        case .ended(let service):
            logger.critical("service ended by itself, stopping", ["service": .string(service)])
        case .finished: break
        }
    }

    private func end(_ cause: ShutdownStateMachine.Cause) async -> Ending {
        var handedBack: [HandedBack] = []
        for service in services {
            guard let service = service as? any Drainable else { continue }
            handedBack += await service.handedBack()
        }
        for item in handedBack {
            logger.notice(
                "handed back",
                ["service": .string(item.service), "what": .string(item.what), "count": .int(item.count)]
            )
        }
        let failed =
            switch cause {
            case .signal, .finished: false
            case .failed, .ended: true
            }
        logger.notice("stopped", ["exit_code": .int(failed ? 1 : 0)])
        LogPipeline.standard.flush()
        return Ending(exitCode: failed ? 1 : 0, handedBack: handedBack)
    }
}
