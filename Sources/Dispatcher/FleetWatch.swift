import Adapters
import FleetCore
import Postgres
import Runtime

/// Shows figures of the whole fleet while this process leads: they are the same for all, so one tells them.
struct FleetWatch: Service {
    let name = "watch"
    let pool: Pool
    let leadership: Leadership
    let logger: Logger

    private static let turn = Duration.seconds(10)

    @concurrent
    func run() async {
        let gauges = FleetGauges()
        while !Task.isCancelled {
            if leadership.epoch != nil {
                do { gauges.show(try await FleetFigures.read(from: pool)) } catch {
                    logger.warning("the fleet's figures could not be read", ["error.message": .string("\(error)")])
                }
            } else {
                gauges.hide()
            }
            try? await Task.sleep(for: Self.turn)
        }
    }
}
