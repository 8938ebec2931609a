public import JSON

extension TopologyDefinitions {
    /// RabbitMQ's own `definitions.json`: import it with `rabbitmqctl import_definitions`, with `load_definitions` at boot, or
    /// through the management page. Users and passwords are never part of it; rights are, when asked for, and then the import
    /// needs the users to exist.
    public func definitionsFile(virtualHost: String, permissions withPermissions: Bool = false) -> JSONValue {
        let host = JSONValue.string(virtualHost)
        var members: [JSONValue.Member] = [JSONValue.Member("vhosts", [["name": host]])]
        if withPermissions {
            members.append(JSONValue.Member("permissions", .array(permissions.map { $0.json(virtualHost: host) })))
        }
        members += [
            JSONValue.Member("policies", .array(policies.map { $0.json(virtualHost: host) })),
            JSONValue.Member("exchanges", .array(exchanges.map { $0.json(virtualHost: host) })),
            JSONValue.Member("queues", .array(queues.map { $0.json(virtualHost: host) })),
            JSONValue.Member("bindings", .array(bindings.map { $0.json(virtualHost: host) })),
        ]
        return .object(members)
    }

    /// Everything with its arguments spelled out, for people and other tools.
    public var json: JSONValue {
        [
            "exchanges": .array(exchanges.map { $0.json() }),
            "queues": .array(queues.map { $0.json() }),
            "bindings": .array(bindings.map { $0.json() }),
            "policies": .array(policies.map { $0.json() }),
            "permissions": .array(permissions.map { $0.json() }),
        ]
    }
}

extension ArgumentValue {
    /// The value as the management API takes and gives it.
    public var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .integer(let number): .number(.integer(number))
        case .boolean(let flag): .bool(flag)
        case .other(let text): (try? JSONValue(parsing: text)) ?? .string(text)
        }
    }

    public init(_ json: JSONValue) {
        switch json {
        case .string(let text): self = .string(text)
        case .bool(let flag): self = .boolean(flag)
        case .number, .null, .array, .object: self = json.int64.map { .integer($0) } ?? .other(json.description)
        }
    }
}

extension ExchangeDefinition {
    /// As the management API takes it; `virtualHost` where a definitions file wants it named.
    public func json(virtualHost: JSONValue? = nil) -> JSONValue {
        .object(
            named(name, in: virtualHost) + [
                JSONValue.Member("type", .string(type)), JSONValue.Member("durable", .bool(durable)),
                JSONValue.Member("auto_delete", false), JSONValue.Member("internal", false),
                JSONValue.Member("arguments", object(arguments)),
            ]
        )
    }
}

extension QueueDefinition {
    /// As the management API takes it; `virtualHost` where a definitions file wants it named.
    public func json(virtualHost: JSONValue? = nil) -> JSONValue {
        .object(
            named(name, in: virtualHost) + [
                JSONValue.Member("durable", .bool(durable)), JSONValue.Member("auto_delete", .bool(autoDelete)),
                JSONValue.Member("arguments", object(arguments)),
            ]
        )
    }
}

extension BindingDefinition {
    /// As the management API takes it; `virtualHost` where a definitions file wants it named.
    public func json(virtualHost: JSONValue? = nil) -> JSONValue {
        let isQueue = if case .queue = destination { true } else { false }
        let host = virtualHost.map { [JSONValue.Member("vhost", $0)] } ?? []
        return .object(
            [JSONValue.Member("source", .string(source))] + host + [
                JSONValue.Member("destination", .string(destination.name)),
                JSONValue.Member("destination_type", isQueue ? "queue" : "exchange"),
                JSONValue.Member("routing_key", .string(routingKey)), JSONValue.Member("arguments", object(arguments)),
            ]
        )
    }
}

extension PolicyDefinition {
    /// As the management API takes it; `virtualHost` where a definitions file wants it named.
    public func json(virtualHost: JSONValue? = nil) -> JSONValue {
        .object(
            named(name, in: virtualHost) + [
                JSONValue.Member("pattern", .string(pattern)), JSONValue.Member("apply-to", .string(appliesTo)),
                JSONValue.Member("priority", .number(.integer(priority))),
                JSONValue.Member("definition", object(definition)),
            ]
        )
    }
}

extension PermissionDefinition {
    /// As the management API takes it; `virtualHost` where a definitions file wants it named.
    public func json(virtualHost: JSONValue? = nil) -> JSONValue {
        let host = virtualHost.map { [JSONValue.Member("vhost", $0)] } ?? []
        return .object(
            [JSONValue.Member("user", .string(user))] + host + [
                JSONValue.Member("configure", .string(configure)), JSONValue.Member("write", .string(write)),
                JSONValue.Member("read", .string(read)),
            ]
        )
    }
}

private func named(_ name: String, in virtualHost: JSONValue?) -> [JSONValue.Member] {
    [JSONValue.Member("name", .string(name))] + (virtualHost.map { [JSONValue.Member("vhost", $0)] } ?? [])
}

/// In the order of the names, so that the same topology always gives the same text.
private func object(_ arguments: Arguments) -> JSONValue {
    .object(arguments.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, $0.value.json) })
}
