import Adapters
import Postgres
import Runtime

/// Carries out the replays that operators began, as long as this process leads.
struct ReplayKeeper: Service {
    let name = "replays"
    let runner: ReplayRunner
    let leadership: Leadership
    let logger: Logger

    /// Between looks where nothing is to be done.
    private static let rest = Duration.seconds(1)
    /// Between turns of a replay: what its rate gives in that time is sent at once.
    private static let turn = Duration.milliseconds(100)

    @concurrent
    func run() async {
        var runner = runner
        while !Task.isCancelled {
            var isBusy = false
            if let epoch = leadership.epoch {
                let fence = Command("select flotilla.require_lease($1, $2)", [.text(Leadership.lease), .int8(epoch)])
                do { isBusy = try await runner.turn(fence: fence) } catch {
                    logger.warning("a replay could not go on, trying again", ["error.message": .string("\(error)")])
                }
            }
            try? await Task.sleep(for: isBusy ? Self.turn : Self.rest)
        }
    }
}
