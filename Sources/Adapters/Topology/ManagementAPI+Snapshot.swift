public import FleetCore
internal import JSON

extension ManagementAPI {
    /// How much of the broker to look at.
    public enum Depth: Sendable {
        /// What a plan needs: exchanges, queues, bindings, policies and rights.
        case topology
        /// Also what the doctor needs: nodes, connections, consumers, flags, counters.
        /// Tries whether `guest` logs in with its default password, which the broker's log will show.
        case everything
    }

    /// What the broker and the virtual host look like now.
    public func snapshot(_ depth: Depth) async throws(ManagementError) -> BrokerSnapshot {
        let overview = try await get(["overview"])
        guard let text = overview["rabbitmq_version"]?.string ?? overview["product_version"]?.string,
            let version = BrokerVersion(text)
        else { throw ManagementError(.malformed, "\(address.origin) does not tell the version of its broker") }
        let host = address.virtualHost
        do throws(ManagementError) { _ = try await get(["vhosts", host], columns: "name") } catch
            where error.code == .notFound
        {
            throw ManagementError(
                .notFound,
                "the broker has no virtual host '\(host)': create it with `rabbitmqctl add_vhost \(host)`"
            )
        }
        var live = BrokerSnapshot(version: version, virtualHost: host)
        live.exchanges = try await list(["exchanges", host]).map(ExchangeDefinition.init(live:)).filter {
            !$0.isPredeclared
        }
        live.queues = try await list(["queues", host]).map(LiveQueue.init(live:))
        live.bindings = try await list(["bindings", host]).compactMap(BindingDefinition.init(live:))
        live.policies = try await listIfAllowed(["policies", host]).map(PolicyDefinition.init(live:))
        live.permissions = try await listIfAllowed(["vhosts", host, "permissions"]).map(
            PermissionDefinition.init(live:)
        )
        live.users = try await getIfAllowed(["users"], columns: "name")?.array.map { users in
            Set(users.compactMap { $0["name"]?.string })
        }
        if case .everything = depth { try await addHealth(to: &live, overview) }
        return live
    }

    private func addHealth(to live: inout BrokerSnapshot, _ overview: JSONValue) async throws(ManagementError) {
        let host = address.virtualHost
        live.featureFlags = try await getIfAllowed(["feature-flags"])?.array.map { flags in
            Dictionary(
                flags.compactMap { flag in flag["name"]?.string.map { ($0, flag["state"]?.string == "enabled") } }
            ) { first, _ in first }
        }
        live.nodes = try await listIfAllowed(["nodes"]).map(LiveNode.init(live:))
        live.consumers = try await listIfAllowed(["consumers", host]).map(LiveConsumer.init(live:))
        live.connections = try await listIfAllowed(["vhosts", host, "connections"]).map(LiveConnection.init(live:))
        live.connectionsPerSecond = overview["churn_rates"]?["connection_created_details"]?["rate"]?.double
        live.droppedUnroutable = try await get(["vhosts", host])["message_stats"]?["drop_unroutable"]?.int64
        live.listenerAddresses = (overview["listeners"]?.array ?? [])
            .filter { $0["protocol"]?.string?.hasPrefix("amqp") == true }
            .compactMap { $0["ip_address"]?.string }
        live.reachedOverLoopback = TopologyDoctor.isLoopback(address.host)
        live.defaultPasswordWorks = try await logsIn(user: "guest", password: "guest")
    }

    private func list(_ path: [String]) async throws(ManagementError) -> [JSONValue] {
        guard let entries = try await get(path).array else {
            throw ManagementError(.malformed, "\(address.origin) gives no list for /\(path.joined(separator: "/"))")
        }
        return entries
    }

    private func listIfAllowed(_ path: [String]) async throws(ManagementError) -> [JSONValue] {
        try await getIfAllowed(path)?.array ?? []
    }
}
