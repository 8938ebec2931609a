import Monitoring
import Testing

@Suite struct DoctorTests {
    private func database(_ change: (inout FleetFacts.Database) -> Void) -> Doctor {
        var facts = FleetFacts()
        var database = FleetFacts.Database()
        database.hasLeader = true
        database.finishedLately = true
        change(&database)
        facts.database = database
        return Doctor(facts)
    }

    private func broker(_ change: (inout FleetFacts.Broker) -> Void) -> Doctor {
        var facts = FleetFacts()
        var broker = FleetFacts.Broker()
        broker.connections = ["dispatcher", "worker", "aggregator"].map {
            FleetFacts.Broker.Connection(role: $0, version: "1", isBlocked: false)
        }
        change(&broker)
        facts.broker = broker
        return Doctor(facts)
    }

    @Test func `a healthy fleet has nothing wrong`() {
        let (data, messages) = (database { _ in }, broker { _ in })
        for alert in Alert.allCases {
            #expect(!data.check(alert).isWrong, "\(alert)")
            #expect(!messages.check(alert).isWrong, "\(alert)")
        }
    }

    @Test func `nothing that was not asked is fine`() {
        let doctor = Doctor(FleetFacts())
        for alert in Alert.allCases where ![.budgetNearlySpent, .platformVersionEnds].contains(alert) {
            #expect(doctor.check(alert).word == "unknown", "\(alert)")
        }
    }

    @Test func `each trouble of the database is found by its own check and by no other`() {
        let troubles: [(Alert, (inout FleetFacts.Database) -> Void)] = [
            (.noLeader, { $0.hasLeader = false }),
            (.jobsTooOld, { $0.oldestJobs = [("interactive", 61), ("bulk", 61)] }),
            (.nothingFinishes, { ($0.finishedLately, $0.waitingJobs) = (false, 1) }),
            (.promiseBurns, { ($0.late, $0.ended) = (20, 100) }),
            (.deadLettersGrow, { $0.diedLately = 21 }),
            (.outboxOld, { ($0.outboxRows, $0.outboxOldest) = (3, 61) }),
            (.rollupsLag, { $0.rollupLag = 301 }),
            (.changesWait, { $0.changesOldest = 301 }),
            (.tokensBroken, { $0.brokenTokens = [("x", 0), ("instagram", 2)] }),
        ]
        for (alert, trouble) in troubles {
            let doctor = database(trouble)
            #expect(Alert.allCases.filter { doctor.check($0).isWrong } == [alert])
        }
    }

    @Test func `each trouble of the broker is found by its own check and by no other`() {
        let troubles: [(Alert, (inout FleetFacts.Broker) -> Void)] = [
            (.processMissing, { $0.connections.removeLast() }),
            (
                .versionSkew,
                { broker in
                    for (index, version) in ["1", "2", "3"].enumerated() { broker.connections[index].version = version }
                }
            ),
            (
                .queueWithoutConsumer,
                {
                    $0.queues = [
                        .init(name: "a", messages: 1, consumers: 0), .init(name: "b", messages: 1, consumers: 1),
                    ]
                }
            ),
            (.publishBlocked, { $0.connections[0].isBlocked = true }),
            (.brokerAlarm, { $0.nodes = [.init(name: "n", alarms: ["memory"], diskFree: nil, diskLimit: nil)] }),
            (.brokerDiskFills, { $0.nodes = [.init(name: "n", alarms: [], diskFree: 99, diskLimit: 50)] }),
        ]
        for (alert, trouble) in troubles {
            let doctor = broker(trouble)
            #expect(Alert.allCases.filter { doctor.check($0).isWrong } == [alert])
        }
    }

    @Test func `a promise at its bound is kept, and few jobs are no rate`() {
        #expect(
            !database { $0.oldestJobs = [("interactive", 60), ("normal", 3600), ("bulk", 86_400)] }.check(.jobsTooOld)
                .isWrong
        )
        #expect(!database { ($0.late, $0.ended) = (10, 10) }.check(.promiseBurns).isWrong)
        #expect(!database { ($0.late, $0.ended) = (14, 100) }.check(.promiseBurns).isWrong)
    }

    @Test func `what only Prometheus knows is decided by the rule`() {
        var facts = FleetFacts()
        facts.firing = [.seriesRefused: "instance a, 3"]
        #expect(Doctor(facts).check(.seriesRefused) == .wrong("Prometheus: the rule holds, instance a, 3"))
        #expect(Doctor(facts).check(.messagesReturned).word == "ok")
    }
}
