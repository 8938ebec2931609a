public import JSON

extension TopologyPlan {
    /// The plan for machines: `{"changes":[{"action","object","differences"?,"advice"?}],"leftovers":[…],"pending","impossible"}`.
    public var json: JSONValue {
        [
            "changes": .array(changes.map(\.json)),
            "leftovers": .array(leftovers.map { .string($0.description) }),
            "pending": .number(.integer(Int64(possible.count))),
            "impossible": .number(.integer(Int64(impossible.count))),
        ]
    }
}

extension TopologyChange {
    /// What happens: `create`, `recreate`, `set`, `bind`, `unbind`, `delete` or `impossible`.
    public var action: String {
        switch self {
        case .createExchange, .createQueue: "create"
        case .recreateExchange, .recreateQueue: "recreate"
        case .setPolicy, .setPermissions: "set"
        case .bind: "bind"
        case .unbind: "unbind"
        case .deletePolicy, .deleteQueue, .deleteExchange: "delete"
        case .cannotChange: "impossible"
        }
    }

    /// To what it happens: `queue dead`.
    public var object: String { asDrift.subject }

    var json: JSONValue {
        var members = [JSONValue.Member("action", .string(action)), JSONValue.Member("object", .string(object))]
        switch self {
        case .recreateExchange(_, let differences), .recreateQueue(_, let differences), .setPolicy(_, let differences),
            .setPermissions(_, let differences):
            members.append(JSONValue.Member("differences", .array(differences.map(\.json))))
        case .cannotChange(_, let differences, let advice):
            members.append(JSONValue.Member("differences", .array(differences.map(\.json))))
            members.append(JSONValue.Member("advice", .string(advice)))
        case .createExchange, .createQueue, .bind, .unbind, .deletePolicy, .deleteQueue, .deleteExchange: break
        }
        return .object(members)
    }
}

extension TopologyDifference {
    var json: JSONValue {
        ["name": .string(name), "live": live?.json ?? .null, "wanted": wanted?.json ?? .null]
    }
}
