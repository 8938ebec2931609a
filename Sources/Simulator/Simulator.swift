internal import Configuration
internal import FleetCore
internal import Glibc
internal import HTTPServer
internal import Platforms
internal import Runtime

/// Reads the settings, builds the simulated world and serves it until a signal comes.
@main
struct SimulatorProgram {
    static func main() async {
        ProcessSetup.prepare(name: "flotilla-simulator")
        PlatformRegistry.introduceAll()
        let settings = SimulatorSettings.program.settingsOrExit()
        let clockFile = followClock(settings)
        LogPipeline.standard.configure(level: settings[CommonSettings.logLevel])
        let logger = Logger(label: "simulator")
        let door = SimulatorDoor(
            service: SimulatedService(SimulatorSettings.options(settings)),
            clockFile: clockFile
        )
        var options = HTTPServerOptions()
        options.address = settings[SimulatorSettings.listen].host
        options.port = settings[SimulatorSettings.port].map { UInt16($0) } ?? settings[SimulatorSettings.listen].port
        options.maximumConnections = 4096
        options.maximumConnectionsPerAddress = 4096
        options.threadName = "simulator-http"
        do throws(HTTPServerError) {
            let server = try HTTPServer(options) { await door.respond(to: $0) }
            logger.info("serving simulated platforms", ["port": .int(server.port)])
            let ending = await ServiceGroup(
                services: [HTTPService(server: server)],
                drainDeadline: settings[CommonSettings.drainDeadline],
                logger: logger
            ).run()
            exit(ending.exitCode)
        } catch {
            logger.critical("cannot serve", ["error": .error(error)])
            exit(1)
        }
    }

    /// Makes the clock that the processes of this world share, and follows it.
    private static func followClock(_ settings: ResolvedSettings) -> String? {
        guard let path = settings[SimulatorSettings.clockFile] ?? ClockFile.followed else { return nil }
        let start = settings[SimulatorSettings.clockStart]
        if start != nil || !ClockFile.exists(path) {
            let now = start?.microseconds ?? ProcessClock.realNow
            guard ClockFile.write(path, now: now, rate: start == nil ? 1000 : 0) else {
                Terminal.writeError("flotilla-simulator: --clock-file: \(path) cannot be written\n")
                exit(1)
            }
        }
        ClockFile.follow(path)
        return path
    }
}

/// The server as a service of the process.
private struct HTTPService: Service {
    let name = "http"
    let server: HTTPServer

    func run() async { await server.run() }
}
