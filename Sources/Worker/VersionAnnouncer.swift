import Adapters
import FleetCore
import Runtime

/// Says now and then which versions of the job message this worker reads, so that jobs which wait for it are released.
struct VersionAnnouncer: Service {
    let name = "versions"
    let store: WaitingStore
    let platforms: [String]
    let logger: Logger

    /// Well below the two minutes after which a worker counts as gone.
    private static let turn = Duration.seconds(30)

    @concurrent
    func run() async {
        var attempt = 0
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            do {
                try await store.announce(platforms)
                attempt = 0
                try? await Task.sleep(for: Self.turn)
            } catch {
                attempt += 1
                logger.debug("versions could not be announced", ["error.message": .string("\(error)")])
                try? await Task.sleep(for: Backoff.connection.delay(attempt: attempt, using: &generator))
            }
        }
    }
}
