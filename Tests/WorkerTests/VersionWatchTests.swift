import Adapters
import Beacon
import FleetCore
import Platforms
import Postgres
import Runtime
import Testing

@testable import Worker

@Suite("The end of a version")
struct VersionWatchTests {
    @Test(
        arguments: [
            ("2027-03-01", nil), ("2027-04-01", .planned), ("2027-05-31", .soon), ("2027-06-23", .urgent),
            ("2027-06-30", .ended), ("2028-01-01", .ended),
        ] as [(String, VersionNotice.Level?)]
    )
    func `is said 90, 30 and 7 days before, and when it is over`(day: String, level: VersionNotice.Level?) throws {
        let notice = try #require(Platform.beacon.notice(of: "1", on: CivilDate(day)!))
        #expect(notice.level == level)
        #expect(Platform.beacon.notice(of: "2", on: CivilDate(day)!) == nil)
    }

    @Test func `is said once a level`() throws {
        let log = LogCapture()
        let logger = Logger(label: "test", pipeline: log.pipeline())
        let address = try PostgresAddress(url: "postgresql://127.0.0.1:1/none")
        let pool = Pool(address: address, size: 1, name: "none", logger: logger)
        let desk = PlatformDesk(.beacon, PlatformSettings(version: "1"))
        let watch = VersionWatch(
            desks: [.beacon: desk],
            directory: AccountDirectory(pool: pool, logger: logger),
            logger: logger
        )
        for day in ["2027-01-01", "2027-04-05", "2027-04-06", "2027-06-10", "2027-06-11", "2027-06-25", "2027-07-02"] {
            watch.look(CivilDate(day)!)
        }
        #expect(log.lines.count == 4, "\(log.lines)")
    }

    @Test func `a worker with a simulated clock asks no real platform`() {
        #expect(throws: SimulatedTimeRefused.self) {
            try WorkerProgram.refuseSimulatedTime(isSimulated: true, origin: nil)
        }
        #expect(throws: Never.self) {
            try WorkerProgram.refuseSimulatedTime(isSimulated: true, origin: "http://127.0.0.1:1")
            try WorkerProgram.refuseSimulatedTime(isSimulated: false, origin: nil)
        }
    }
}
