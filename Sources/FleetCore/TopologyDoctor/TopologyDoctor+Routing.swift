extension TopologyDoctor {
    /// The door for jobs must return what it cannot route.
    func unnoticedRoutes() -> [Finding] {
        guard let alternate = graph.alternateExchange(of: topology.jobsExchange) else { return [] }
        return [
            Finding(
                .critical,
                .unroutableUnnoticed,
                at: "exchange \(topology.jobsExchange)",
                "has the alternate exchange '\(alternate)'",
                fix: exchange(topology.jobsExchange)?.arguments["alternate-exchange"] == nil
                    ? "rabbitmqctl list_policies\(inVirtualHost), then clear the one with alternate-exchange"
                    : "flotilla topology apply --recreate"
            )
        ]
    }

    func droppedUnroutable() -> [Finding] {
        guard let count = live.droppedUnroutable, count > 0 else { return [] }
        return [
            Finding(
                .warning,
                .unroutableDropped,
                at: "virtual host \(live.virtualHost)",
                "\(count) messages had no route and were dropped since the statistics began",
                fix: "find the publisher in the management page (channels, 'unroutable') and set `mandatory`"
            )
        ]
    }

    /// Queues of others on exchanges that carry jobs and results. Reading `changes` is what it is for.
    func foreignBindings() -> [Finding] {
        live.bindings.sorted(by: BindingDefinition.inOrder).compactMap { binding -> Finding? in
            guard topology.owns(exchange: binding.source), binding.source != topology.changesExchange else {
                return nil
            }
            switch binding.destination {
            case .queue(let name) where topology.owns(queue: name): return nil
            case .exchange(let name) where topology.owns(exchange: name): return nil
            case .queue, .exchange:
                return Finding(
                    .note,
                    .foreignBinding,
                    at: "binding \(binding)",
                    "its destination is not in queues.yaml",
                    fix: "remove it in the management page if nobody needs it"
                )
            }
        }
    }
}
