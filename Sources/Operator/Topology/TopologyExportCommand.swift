import Adapters
import Configuration
import FleetCore
import JSON

extension TopologyCommands {
    private enum Format: String, CaseIterable { case definitions, json, yaml }

    private static let format = Option(
        "format",
        ValueKind<Format>.choice,
        default: .definitions,
        help: "RabbitMQ's definitions.json, or the expanded topology as JSON or YAML."
    )
    private static let virtualHost = Option(
        "vhost",
        ValueKind<String>.text(longest: 255),
        help: "Virtual host in the definitions; that of the broker's address."
    ).optional
    private static let permissions = Option(
        "permissions",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Also the rights of each role's user; importing them needs the users to exist."
    )

    static let export = Command(
        "topology export",
        help: "Write the expanded topology. The broker is asked for its version unless --for-version names one.",
        example: "flotilla topology export --for-version 3.10 > definitions.json",
        options: [format, virtualHost, permissions, forVersion],
        exitCodes: [.notFound]
    ) { call in
        let topology = try topology(call)
        let version: BrokerVersion
        if let given = call[forVersion] {
            version = given
        } else {
            version = try await snapshot(try management(call), .topology).version
        }
        let definitions = topology.definitions(for: version)
        switch call[format] {
        case .definitions:
            let host = call[virtualHost] ?? brokersVirtualHost(call)
            call.output.print(
                definitions.definitionsFile(virtualHost: host, permissions: call[permissions]).pretty()
            )
        case .json: call.output.print(definitions.json.pretty())
        case .yaml: call.output.write(blockYAML(definitions.json))
        }
        return .ok
    }

    private static func brokersVirtualHost(_ call: CommandCall) -> String {
        let address = try? ManagementAddress(url: "http://localhost", broker: call.settings[broker]?.reveal())
        return address?.virtualHost ?? "/"
    }
}
