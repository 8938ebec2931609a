internal import FleetCore

/// What a request asks of the Graph interface, and so what its answer must be read as. The raw value is a request's purpose.
enum GraphForm: UInt8, Sendable {
    /// Fields of one object, perhaps with edges expanded under it.
    case node = 1
    /// Metrics of one object.
    case insights = 2
    /// The posts of an account.
    case list = 3
    /// Fields of several objects, `?ids=`.
    case nodes = 4
    /// Metrics of several objects, `/insights?ids=`.
    case insightsOfNodes = 5
    /// Several requests in one.
    case batch = 6
    /// Anything else: only its errors are understood.
    case other = 7

    /// Fills in what a written-down request asks for; nil when it is no request of the interface.
    static func recognise(
        _ request: PlatformRequest,
        account: String?,
        _ dialect: GraphDialect
    ) -> PlatformRequest? {
        recognise(request, dialect) { id in
            !GraphPath.isID(id) || id == account || (account == nil && GraphPath.isAccountID(id))
        }
    }

    /// As above; `isAccount` tells the account from its posts.
    static func recognise(
        _ request: PlatformRequest,
        _ dialect: GraphDialect,
        isAccount: (String) -> Bool
    ) -> PlatformRequest? {
        var request = request
        guard let path = GraphPath(request.path, edges: dialect.edges) else { return nil }
        if path.object == nil, path.edge == nil, GraphBatch.isBatch(request) {
            return GraphBatch.recognise(request, dialect, isAccount: isAccount)
        }
        guard request.method == .get else { return nil }
        let form = form(of: path, request, dialect)
        request.purpose = form.rawValue
        request.endpoint = form == .list || form == .other ? path.edge ?? "other" : form.endpoint
        request.metrics = metrics(of: request)
        if let object = path.object {
            let ofAccount =
                path.edge.map { dialect.lists.contains($0) || dialect.accountInsights.contains($0) } ?? false
            request.post = ofAccount || isAccount(object) ? nil : object
        }
        if let ids = request.queryValue("ids") {
            let ids = GraphFields.names(ids)
            request.items = ids.filter { !isAccount($0) }
            request.units = max(ids.count, 1)
        }
        return request
    }

    private static func form(of path: GraphPath, _ request: PlatformRequest, _ dialect: GraphDialect) -> GraphForm {
        guard let edge = path.edge else {
            if path.object != nil { return .node }
            return request.queryValue("ids") != nil ? .nodes : .other
        }
        if dialect.insights.contains(edge) || dialect.accountInsights.contains(edge) {
            return path.object == nil ? .insightsOfNodes : .insights
        }
        return dialect.lists.contains(edge) && path.object != nil ? .list : .other
    }

    /// The family of calls that a limit counts a form under.
    var endpoint: String {
        switch self {
        case .node, .nodes: "node"
        case .insights, .insightsOfNodes: "insights"
        case .batch: "batch"
        case .list, .other: "other"
        }
    }

    /// The metrics that a request names, in its order: those of an edge, or those of an edge expanded under its fields, or
    /// the fields.
    private static func metrics(of request: PlatformRequest) -> [String] {
        if let names = request.queryValue("metric") { return GraphFields.names(names) }
        let fields = GraphFields(request.queryValue("fields") ?? "").items
        let expanded = fields.flatMap { $0.metrics + $0.fields.items.flatMap(\.metrics) }
        return expanded.isEmpty ? fields.map(\.name) : expanded
    }
}
