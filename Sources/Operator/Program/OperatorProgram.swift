import Configuration
import FleetCore
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
            TopologyCommands.group, AccountsCommands.group, JobsCommands.group, RunsCommands.group,
            SchedulesCommands.group, MetricsCommands.group, DeadCommands.group,
        ],
        commands: [StatusCommand.command, AuditCommand.command, MigrateCommand.command] + TopologyCommands.all
            + AccountsCommands.all + JobsCommands.all + RunsCommands.all + SchedulesCommands.all + MetricsCommands.all
            + DeadCommands.all
    )

    static func main() async {
        ProcessSetup.prepare(name: program.name)
        LogPipeline.moveStandardToErrorOutput()
        await table.runAndExit()
    }
}
