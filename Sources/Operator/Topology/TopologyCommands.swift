import Adapters
import Configuration
import FleetCore
import JSON
import Runtime

/// `flotilla topology plan | apply | doctor | export`.
enum TopologyCommands {
    static let group = CommandGroup("topology", help: "Compare the broker with queues.yaml, change it, examine it.")
    /// The broker's address is optional: `--management` alone, with user and password, is enough.
    static let broker = CommonSettings.amqp.optional
    /// What the commands read; list these in the program's table.
    static let settings: [any DeclaredSetting] = [
        broker, CommonSettings.amqpCertificates, CommonSettings.management, CommonSettings.topologyFile,
    ]
    static let all: [Command] = [plan, apply, doctor, export]

    static let prune = Option(
        "prune",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Delete parts of ours that queues.yaml no longer names; queues only when empty and unused."
    )
    static let recreate = Option(
        "recreate",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Delete and declare again what cannot change in place; queues only when empty and unused."
    )
    static let userPermissions = Option(
        "user-permissions",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Also set the rights of each role's broker user."
    )
    static let forVersion = Option(
        "for-version",
        ValueKind<BrokerVersion>(shape: "a version such as 4.1", parse: { BrokerVersion($0) }),
        help: "Take the broker for this version of RabbitMQ."
    ).optional

    /// The topology of the file that the settings name.
    static func topology(_ call: CommandCall) throws -> Topology {
        do throws(QueuesFile.Faults) { return Topology(try QueuesFile.specification(call.settings)) } catch {
            throw CommandFailure(.usage, error.description)
        }
    }

    static func management(_ call: CommandCall) throws -> ManagementAPI {
        do throws(ManagementError) {
            let address = try ManagementAddress(
                url: call.settings[CommonSettings.management]?.reveal(),
                broker: call.settings[broker]?.reveal()
            )
            return try ManagementAPI(address, certificateAuthorityFile: call.settings[CommonSettings.amqpCertificates])
        } catch {
            throw failure(error)
        }
    }

    static func snapshot(_ api: ManagementAPI, _ depth: ManagementAPI.Depth) async throws -> BrokerSnapshot {
        do throws(ManagementError) { return try await api.snapshot(depth) } catch { throw failure(error) }
    }

    static func options(_ call: CommandCall) -> TopologyPlanner.Options {
        TopologyPlanner.Options(prune: call[prune], recreate: call[recreate], userPermissions: call[userPermissions])
    }

    /// One line and an exit code of its own for what did not work.
    static func failure(_ error: ManagementError) -> CommandFailure {
        switch error.code {
        case .badAddress: CommandFailure(.usage, error.message)
        case .notFound: CommandFailure(.notFound, error.message)
        case .unreachable, .unauthorised, .forbidden, .refused, .malformed: CommandFailure(.failed, error.message)
        }
    }

    /// Each change in the colour of what it does.
    static func colored(_ change: TopologyChange, _ output: CommandOutput) -> String {
        switch change {
        case .createExchange, .createQueue, .bind: output.style(.good, change.description)
        case .setPolicy, .setPermissions, .recreateExchange, .recreateQueue: output.style(.warning, change.description)
        case .unbind, .deletePolicy, .deleteQueue, .deleteExchange, .cannotChange:
            output.style(.bad, change.description)
        }
    }
}
