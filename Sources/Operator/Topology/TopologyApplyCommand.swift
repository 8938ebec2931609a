import Adapters
import Configuration
import FleetCore
import JSON
import Runtime

extension TopologyCommands {
    static let yes = Option(
        "yes",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Make changes that delete something without asking."
    )

    static let apply = Command(
        "topology apply",
        help: "Make the broker hold what queues.yaml says, then wait until new queues are settled. Running it again "
            + "changes nothing. Ends with 4 when something is left that cannot be changed in place.",
        example: "flotilla topology apply --amqp amqp://broker.example/fleet",
        options: [prune, recreate, userPermissions, yes],
        exitCodes: [.notFound, .refused]
    ) { call in
        let topology = try topology(call)
        let api = try management(call)
        let plan = TopologyPlanner(topology: topology, options: options(call)).plan(
            for: try await snapshot(api, .topology)
        )
        let destroyed = plan.possible.filter(\.destroys)
        if !destroyed.isEmpty, !call[yes] {
            throw CommandFailure(
                .refused,
                "would delete \(destroyed.map(\.object).joined(separator: ", ")); look with `flotilla topology plan`, then add --yes"
            )
        }
        do throws(ManagementError) { try await carryOut(plan, api, call.output) } catch { throw failure(error) }
        if call.output.format == .json { call.output.print(plan.json.pretty()) }
        return plan.impossible.isEmpty ? .ok : .refused
    }

    private static func carryOut(
        _ plan: TopologyPlan,
        _ api: ManagementAPI,
        _ output: CommandOutput
    ) async throws(ManagementError) {
        let applier = TopologyApplier(api)
        let machine = output.format != .table
        try await applier.apply(plan) { change in
            if output.format == .ndjson {
                let line: JSONValue = ["action": .string(change.action), "object": .string(change.object)]
                output.print(line.description)
            } else if !machine {
                output.print(colored(change, output))
            }
        }
        for change in plan.impossible where !machine { output.print(colored(change, output)) }
        let declared = plan.possible.count { $0.declaredQueue != nil }
        if declared > 0 {
            output.note(
                "waiting until \(declared) new queues have a leader and are \(TopologyApplier.settlingTime.components.seconds) s old: "
                    + "a younger one can lose confirmed messages when its broker is killed"
            )
            try await applier.settle(plan)
            output.note("the new queues are settled; jobs may flow")
        }
        if !machine { output.print(output.style(.strong, plan.isEmpty ? "nothing to do" : "done: \(plan.summary)")) }
    }
}
