import Adapters
import Configuration
import Crypto
import FleetCore
import HTTPServer
import Postgres
import Runtime

/// `flotilla-gateway`: serves what was collected.
@main
enum GatewayProgram {
    static let listen = Setting(
        "gateway.listen",
        .listenAddress,
        default: ListenAddress(host: "127.0.0.1", port: 8080),
        help: "Where callers are answered, without encryption: put a proxy that ends TLS in front of it."
    )
    static let rate = Setting(
        "gateway.rate",
        .integer(1...1_000_000, unit: "requests a minute"),
        default: 600,
        help: "How often one key may ask, at each gateway."
    )
    static let secret = Setting(
        "gateway.secret",
        .secret,
        help: "Signs the cursors of pages. Give all gateways the same; without it each makes up its own at its start."
    ).optional
    static let connections = Setting(
        "gateway.connections",
        .integer(1...500, unit: "connections"),
        default: 16,
        help: "Most connections to the database."
    )

    static let program = Program(
        "flotilla-gateway",
        version: Flotilla.version,
        purpose: "Serves accounts, posts and figures over HTTP to whoever has a key.",
        example: "flotilla-gateway --postgres postgresql://localhost/flotilla --listen 127.0.0.1:8080",
        settings: FleetSettings.withoutBroker + [listen, rate, secret, connections]
    )

    static func main() async {
        let process = FleetProcess(program)
        let settings = process.settings
        let address = process.database(role: "flotilla_gateway")
        let pool = Pool(address: address, size: settings[connections], name: "flotilla-gateway", logger: process.logger)
        let secret = settings[secret]?.reveal() ?? randomBytes(32).hexadecimal
        let gateway = Gateway(pool: pool, secret: secret, perMinute: settings[rate], logger: process.logger)
        let place = settings[listen]
        let server = process.orExit {
            try HTTPServer(HTTPServerOptions(address: place.host, port: place.port), router: gateway.router)
        }
        await process.run(
            [
                RunningService("gateway") { [logger = process.logger] in
                    logger.info("gateway open", ["port": .int(Int(server.port))])
                    await server.run(drain: .seconds(10))
                }, .keepingConnected(pool),
            ],
            checks: [FleetProcess.Check("database") { pool.occupancy.connections > 0 ? nil : "no connection yet" }]
        )
    }
}
