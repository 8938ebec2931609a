import Adapters
import Configuration
import FleetCore
import JSON
import Runtime

extension TopologyCommands {
    static let plan = Command(
        "topology plan",
        help: "Show what would change on the broker. Ends with 0 when nothing would, 5 when something would, "
            + "and 4 when something cannot be changed in place.",
        example: "flotilla topology plan --amqp amqp://broker.example/fleet --topology queues.yaml",
        options: [prune, recreate, userPermissions],
        exitCodes: [.notFound, .refused, .partial]
    ) { call in
        let topology = try topology(call)
        let live = try await snapshot(try management(call), .topology)
        let plan = TopologyPlanner(topology: topology, options: options(call)).plan(for: live)
        show(plan, call.output)
        return exitCode(of: plan)
    }

    /// Whole plan on standard output.
    static func show(_ plan: TopologyPlan, _ output: CommandOutput) {
        switch output.format {
        case .json: output.print(plan.json.pretty())
        case .ndjson: for change in plan.json["changes"]?.array ?? [] { output.print(change.description) }
        case .table:
            for change in plan.changes { output.print(colored(change, output)) }
            for leftover in plan.leftovers {
                output.print("  \(leftover) is not in queues.yaml (kept; --prune removes it)")
            }
            output.print(output.style(.strong, plan.summary))
        }
    }

    static func exitCode(of plan: TopologyPlan) -> ExitCode {
        if !plan.impossible.isEmpty { return .refused }
        return plan.isEmpty ? .ok : .partial
    }
}
