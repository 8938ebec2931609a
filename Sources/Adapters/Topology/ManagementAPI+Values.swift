internal import FleetCore
internal import JSON

// Values as the management API writes them. A field that is not there reads as the harmless case.

private func liveArguments(_ json: JSONValue?) -> Arguments {
    (json?.object ?? []).reduce(into: [:]) { $0[$1.key] = ArgumentValue($1.value) }
}

extension ExchangeDefinition {
    init(live json: JSONValue) {
        self.init(
            name: json["name"]?.string ?? "",
            type: json["type"]?.string ?? "",
            durable: json["durable"]?.bool ?? false,
            arguments: liveArguments(json["arguments"])
        )
    }

    /// Exchanges that every virtual host has from the start.
    var isPredeclared: Bool { name.isEmpty || name.hasPrefix("amq.") }
}

extension LiveQueue {
    init(live json: JSONValue) {
        var definition = QueueDefinition(
            name: json["name"]?.string ?? "",
            durable: json["durable"]?.bool ?? false,
            autoDelete: json["auto_delete"]?.bool ?? false,
            arguments: liveArguments(json["arguments"])
        )
        // A virtual host may have a default type, which the arguments then do not name.
        if definition.arguments["x-queue-type"] == nil, let type = json["type"]?.string, type != "classic" {
            definition.arguments["x-queue-type"] = .string(type)
        }
        self.init(definition: definition)
        state = json["state"]?.string
        members = (json["members"]?.array ?? []).compactMap(\.string)
        online = (json["online"]?.array ?? []).compactMap(\.string)
        leader = json["leader"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        messages = json["messages"]?.int64
        ready = json["messages_ready"]?.int64
        unacknowledged = json["messages_unacknowledged"]?.int64
        pendingDeadLetters = json["messages_dlx"]?.int64
        consumers = json["consumers"]?.int64
        exclusive = json["exclusive"]?.bool ?? (json["owner_pid_details"]?.object != nil)
        policy = json["policy"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        effectivePolicy = json["effective_policy_definition"].map(liveArguments)
    }
}

extension BindingDefinition {
    /// Nil for the bindings to the default exchange, which every queue has.
    init?(live json: JSONValue) {
        guard let source = json["source"]?.string, !source.isEmpty, let target = json["destination"]?.string else {
            return nil
        }
        self.init(
            source: source,
            destination: json["destination_type"]?.string == "exchange" ? .exchange(target) : .queue(target),
            routingKey: json["routing_key"]?.string ?? "",
            arguments: liveArguments(json["arguments"])
        )
    }
}

extension PolicyDefinition {
    init(live json: JSONValue) {
        self.init(
            name: json["name"]?.string ?? "",
            pattern: json["pattern"]?.string ?? "",
            appliesTo: json["apply-to"]?.string ?? "all",
            priority: json["priority"]?.int64 ?? 0,
            definition: liveArguments(json["definition"])
        )
    }
}

extension PermissionDefinition {
    init(live json: JSONValue) {
        self.init(
            user: json["user"]?.string ?? "",
            configure: json["configure"]?.string ?? "",
            write: json["write"]?.string ?? "",
            read: json["read"]?.string ?? ""
        )
    }
}

extension LiveNode {
    init(live json: JSONValue) {
        self.init(
            name: json["name"]?.string ?? "",
            running: json["running"]?.bool ?? false,
            memoryAlarm: json["mem_alarm"]?.bool ?? false,
            diskAlarm: json["disk_free_alarm"]?.bool ?? false,
            partitions: (json["partitions"]?.array ?? []).compactMap(\.string),
            diskFree: json["disk_free"]?.int64,
            diskLimit: json["disk_free_limit"]?.int64
        )
    }
}

extension LiveConsumer {
    init(live json: JSONValue) {
        self.init(
            queue: json["queue"]?["name"]?.string ?? "",
            tag: json["consumer_tag"]?.string ?? "",
            prefetch: json["prefetch_count"]?.int64 ?? 0,
            acknowledges: json["ack_required"]?.bool ?? true
        )
    }
}

extension LiveConnection {
    init(live json: JSONValue) {
        self.init(
            name: json["client_properties"]?["connection_name"]?.string ?? json["name"]?.string ?? "",
            state: json["state"]?.string ?? "",
            user: json["user"]?.string ?? "",
            version: json["client_properties"]?["version"]?.string ?? ""
        )
    }
}
