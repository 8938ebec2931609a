import Configuration
import FleetCore
import Glibc
import Platforms
import Runtime

/// `flotilla`: the operator's command.
@main
enum OperatorProgram {
    static let program = Program(
        "flotilla",
        version: Flotilla.version,
        purpose: "Sets the fleet up, orders work, shows what became of it, and proves that nothing is lost.",
        example: "flotilla status --postgres postgresql://localhost/flotilla",
        settings: OperatorSettings.all
    )

    static let table = CommandTable(
        program,
        groups: [
            TopologyCommands.group, AccountsCommands.group, CredentialsCommands.group, JobsCommands.group,
            RunsCommands.group,
            SchedulesCommands.group, CadenceCommands.group, MetricsCommands.group, CatalogueCommands.group,
            DeadCommands.group, BudgetsCommands.group, PostsCompareCommand.group, RetentionCommands.group,
            EraseCommands.group, ChangesCommands.group, ExportCommands.group, ImportCommands.group,
            SourcesCommands.group, MonitoringCommands.group, QueuesCommands.group, WorkersCommands.group,
            ContractCommands.group, KeysCommands.group,
        ],
        commands: [
            StatusCommand.command, DoctorCommand.command, AuditCommand.command, ExplainCommand.command,
            MigrateCommand.command,
            ReconcileCommand.command,
            AnomaliesCommand.command, PostsCompareCommand.command,
        ] + TopologyCommands.all + MonitoringCommands.all
            + CatalogueCommands.all + AccountsCommands.all + CredentialsCommands.all + JobsCommands.all
            + RunsCommands.all
            + SchedulesCommands.all
            + CadenceCommands.all + MetricsCommands.all + DeadCommands.all + BudgetsCommands.all
            + RetentionCommands.all + EraseCommands.all
            + ChangesCommands.all + ExportCommands.all + ImportCommands.all + SourcesCommands.all
            + QueuesCommands.all + WorkersCommands.all + ContractCommands.all + PostsRegisterCommands.all + [
                IngestCommand.command
            ] + AuditLogCommands.all + [TopCommand.command] + KeysCommands.all
    )

    static func main() async {
        ProcessSetup.prepare(name: program.name)
        PlatformRegistry.introduceAll()
        LogPipeline.moveStandardToErrorOutput()
        let signals = Signals()
        let command = Task { await table.run(.current, isTerminal: Terminal.outputIsTerminal) }
        // Ends with the process. The first Ctrl-C lets the command say how far it came, the second does not wait for that.
        Task {
            for await signal in signals where signal != .hangUp {
                if command.isCancelled { exit(ExitCode.interrupted.rawValue) }
                command.cancel()
            }
        }
        exit(await command.value.rawValue)
    }
}
