import Adapters
import FleetCore
import Platforms
import Runtime
import Synchronization

/// Says aloud when a version of a platform's interface that this worker calls is about to end: 90, 30 and 7 days before, and
/// when it is over.
final class VersionWatch: Service {
    let name = "version watch"
    private let desks: [PlatformDesk]
    private let directory: AccountDirectory
    private let interval: Duration
    private let logger: Logger
    private let said = Mutex<[PlatformName: VersionNotice.Level]>([:])

    init(
        desks: [PlatformName: PlatformDesk],
        directory: AccountDirectory,
        interval: Duration = .seconds(3600),
        logger: Logger
    ) {
        self.desks = desks.values.sorted { $0.platform.name.rawValue < $1.platform.name.rawValue }
        self.directory = directory
        self.interval = interval
        self.logger = logger
    }

    @concurrent
    func run() async {
        while !Task.isCancelled {
            look(directory.now.utcDate)
            try? await Task.sleep(for: ProcessClock.waiting(interval))
        }
    }

    /// Looks at every version that is called; each level is said once.
    func look(_ today: CivilDate) {
        for desk in desks {
            guard let notice = desk.platform.notice(of: desk.apiVersion, on: today) else { continue }
            desk.metrics.versionEnds(inDays: notice.daysLeft)
            guard let level = notice.level else { continue }
            let isNew = said.withLock { said in
                defer { said[desk.platform.name] = level }
                return said[desk.platform.name] != level
            }
            if isNew { say(notice, level, desk) }
        }
    }

    private func say(_ notice: VersionNotice, _ level: VersionNotice.Level, _ desk: PlatformDesk) {
        let facts: KeyValuePairs<String, LogValue> = [
            "platform": .string(desk.platform.name.rawValue), "version": .string(notice.version.name),
            "days": .int(notice.daysLeft), "sunset": .string(notice.version.sunset?.description ?? ""),
        ]
        switch level {
        case .planned: logger.notice("the version of a platform's interface ends within 90 days", facts)
        case .soon: logger.warning("the version of a platform's interface ends within 30 days", facts)
        case .urgent: logger.error("the version of a platform's interface ends within a week", facts)
        case .ended: logger.error("the version of a platform's interface is over", facts)
        }
    }
}
