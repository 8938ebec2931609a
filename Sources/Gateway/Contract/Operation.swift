import Adapters
import Configuration
import FleetCore
import HTTPServer
import JSON

/// One thing that can be asked of the gateway. Route and description are made of this value, so that they cannot differ.
struct Operation: Sendable {
    typealias Work = @Sendable (Question) async throws -> JSONValue

    /// The name in the description; clients call their functions so.
    let name: String
    let method: ServerRequest.Method
    /// Such as `/v1/accounts/{account}`.
    let path: String
    let summary: String
    let role: AccessRole
    let fields: [any AnyField]
    /// What is answered.
    let schema: JSONValue
    let work: Work

    init(
        _ name: String,
        _ path: String,
        _ summary: String,
        method: ServerRequest.Method = .get,
        role: AccessRole = .viewer,
        fields: [any AnyField] = [],
        answers schema: JSONValue,
        work: @escaping Work
    ) {
        (self.name, self.method, self.path, self.summary, self.role) = (name, method, path, summary, role)
        (self.fields, self.schema, self.work) = (fields, schema, work)
    }

    /// Everything that is wrong with a request, at once.
    func faults(_ request: ServerRequest) -> [Refusal.Fault] {
        var faults: [Refusal.Fault] = []
        var seen: Set<String> = []
        for (name, text) in request.queryItems {
            guard let field = fields.first(where: { !$0.isInPath && $0.name == name }) else {
                faults.append(.init(place: "query/\(name.prefix(60))", detail: "is not known here"))
                continue
            }
            if !seen.insert(name).inserted {
                faults.append(.init(place: "query/\(name)", detail: "is given twice"))
            } else if let fault = field.fault(text) {
                faults.append(.init(place: "query/\(name)", detail: fault))
            }
        }
        for field in fields where field.isInPath {
            if let fault = field.fault(request.parameters[field.name] ?? "") {
                faults.append(.init(place: "path/\(field.name)", detail: fault))
            }
        }
        return faults
    }
}

/// A request that follows the contract, and who asks.
struct Question: Sendable {
    let request: ServerRequest
    let holder: KeyHolder
    let now: Instant
    let store: GatewayStore
    let cursors: CursorSeal

    /// The value of a field; nil when it was left out.
    subscript<Value>(_ field: Field<Value>) -> Value? {
        let text = field.isInPath ? request.parameters[field.name] : request.query(field.name)
        return text.flatMap { try? field.kind.parse($0) }
    }

    /// The number in the path.
    func number(_ field: Field<Int64>) throws -> Int64 {
        guard let number = self[field] else { throw Refusal(.notFound) }
        return number
    }

    var reader: FigureReader { FigureReader(pool: store.pool, workspace: holder.workspace) }
}
