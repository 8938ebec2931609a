import Adapters
import Configuration
import Runtime

/// What the operator's command reads. Addresses and keys are asked for only by the commands that need them.
enum OperatorSettings {
    static let amqp = CommonSettings.amqp.optional
    static let postgres = CommonSettings.postgres.optional
    static let platformOrigin = Setting(
        "worker.platform-origin",
        ValueKind<ServiceURL>.url(["http", "https"]).optional,
        default: nil,
        help: "Scheme, host and port that stand in for every platform: the simulator's."
    )
    static let logLevel = Setting(
        "log.level",
        .logLevel,
        default: LogLevel.warning,
        help: "Least important messages to log, to standard error."
    )

    static let all: [any DeclaredSetting] =
        TopologyCommands.settings + [
            postgres, CommonSettings.postgresCertificates, FleetSettings.postgresRole, FleetSettings.postgresPrepare,
            CommonSettings.keyringFile, FleetSettings.fernetKeysFile, platformOrigin, logLevel,
            DoctorCommand.prometheus,
        ]
}
