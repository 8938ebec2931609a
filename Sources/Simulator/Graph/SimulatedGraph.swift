internal import FleetCore
internal import JSON
internal import Platforms

/// What a path of Graph names.
enum GraphObject: Sendable {
    case account(SimulatedAccount)
    case post(TruePost)

    var account: SimulatedAccount {
        switch self {
        case .account(let account): account
        case .post(let post): post.id.account
        }
    }
}

/// A platform behind the Graph interface: objects with fields and edges, insights, lists of posts in pages. What differs is
/// what the fields and metrics are, and how a platform words its errors.
protocol SimulatedGraph: SimulatedPlatform {
    /// The scheme and host that the paging links begin with.
    var host: String { get }
    /// The name of the use case in the usage headers.
    var useCase: String { get }
    /// What is said when the account's limit is reached.
    var tooManyCalls: GraphFault { get }
    /// The status of an answer to a token that is not accepted.
    var tokenStatus: Int { get }
    /// The edge that states metrics of an account.
    var accountInsights: String { get }
    /// The edges that list posts.
    var lists: Set<String> { get }
    /// What an insights edge serves of a post.
    var postMetrics: [GraphPostMetric] { get }

    /// Writes the value of a field of an account, its key included.
    func write(_ field: GraphField, of account: SimulatedAccount, _ page: GraphPage, _ writer: inout JSONWriter)
        throws(GraphFault)
    /// Writes the value of a field of a post, its key included.
    func write(_ field: GraphField, of post: TruePost, _ page: GraphPage, _ writer: inout JSONWriter) throws(GraphFault)
    /// The whole answer of an account's insights edge.
    func insights(of account: SimulatedAccount, _ page: GraphPage) throws(GraphFault) -> [UInt8]
    /// The posts that an edge lists, newest first, below a number.
    func posts(of account: SimulatedAccount, _ edge: String, before: Int?, limit: Int, _ page: GraphPage) -> [TruePost]
    /// What is said of a metric that nobody knows, or that is not served any more.
    func unknownMetric(_ name: String, at position: Int, known: [String]) -> GraphFault
    /// What is said when the insights of a post may not be read; nil when they may.
    func floor(of post: TruePost, _ page: GraphPage) -> GraphFault?
}

/// What an answer is worked out from.
struct GraphPage {
    let call: SimulatedCall
    let world: World
    let truth: PlatformTruth

    var now: Instant { call.now }
}

extension SimulatedGraph {
    func plan(_ call: SimulatedCall, _ world: World) -> CallPlan {
        let owner = call.access.owner
        let page = GraphPage(call: call, world: world, truth: world[name])
        let parts = GraphServing.segments(call).map(String.init)
        let object = parts.count <= 2 ? parts.first.flatMap { self.object($0, owner, page) } : nil
        let edge = parts.count == 2 ? parts[1] : nil
        let isKnown = edge.map { $0 == "insights" || $0 == accountInsights || lists.contains($0) } ?? false
        return CallPlan(isKnown ? (edge == accountInsights ? "insights" : edge!) : "node", owner) {
            do throws(GraphFault) {
                if var fault = GraphServing.fault(call.access) {
                    fault.status = tokenStatus
                    throw fault
                }
                guard let object else { throw .unknownObject(parts.first ?? "") }
                return .json(try answer(object, edge, page))
            } catch {
                return error.reply(trace: GraphServing.trace(call, world))
            }
        }
    }

    /// The account or post that a path names, when it is the token's own.
    private func object(_ id: String, _ owner: SimulatedAccount?, _ page: GraphPage) -> GraphObject? {
        let object =
            id == "me"
            ? owner.map { .account($0) }
            : page.world.account(name, id).map { GraphObject.account($0) }
                ?? page.world.post(name, id, at: page.now).map { .post($0) }
        return owner == nil || object?.account == owner ? object : nil
    }

    private func answer(_ object: GraphObject, _ edge: String?, _ page: GraphPage) throws(GraphFault) -> [UInt8] {
        switch (object, edge) {
        case (_, nil):
            var writer = JSONWriter(capacity: 256)
            let fields = GraphField.list(page.call.value("fields") ?? "id")
            switch object {
            case .account(let account): try writeNode(account, fields, page, &writer)
            case .post(let post): try writeNode(post, fields, page, &writer)
            }
            return writer.finish()
        case (.account(let account), accountInsights?): return try insights(of: account, page)
        case (.post(let post), "insights"?):
            var writer = JSONWriter(capacity: 1024)
            let names = page.call.list("metric")
            guard !names.isEmpty else { throw .noMetric }
            try writeInsights(of: post, names, page, &writer)
            return writer.finish()
        case (.account(let account), let edge?) where lists.contains(edge):
            return try list(of: account, edge, page)
        case (_, let edge?): throw .unknownEdge(edge)
        }
    }

    private func writeNode(
        _ account: SimulatedAccount,
        _ fields: [GraphField],
        _ page: GraphPage,
        _ writer: inout JSONWriter
    ) throws(GraphFault) {
        writer.beginObject()
        for field in fields where field.name != "id" { try write(field, of: account, page, &writer) }
        writer.field("id", account.externalID)
        writer.endObject()
    }

    private func writeNode(
        _ post: TruePost,
        _ fields: [GraphField],
        _ page: GraphPage,
        _ writer: inout JSONWriter
    ) throws(GraphFault) {
        writer.beginObject()
        for field in fields where field.name != "id" {
            if field.name == "insights" {
                writer.key("insights")
                let names = field.arguments["metric"]?.split(separator: ",").map(String.init) ?? []
                try writeInsights(of: post, names, page, &writer)
            } else {
                try write(field, of: post, page, &writer)
            }
        }
        writer.field("id", post.id.externalID)
        writer.endObject()
    }

    /// A page of posts. Pages may be shorter than was asked for and still not be the last.
    private func list(of account: SimulatedAccount, _ edge: String, _ page: GraphPage) throws(GraphFault) -> [UInt8] {
        let call = page.call
        let most = call.value("limit").flatMap { Int($0) } ?? 25
        guard (1...100).contains(most) else { throw .invalidParameter("limit must be between 1 and 100") }
        var before: Int?
        if let after = call.value("after") {
            guard let number = GraphServing.number(cursor: after) else { throw .invalidParameter("Invalid cursor") }
            before = number
        }
        let limit = most > 4 && (before ?? 0) % 5 == 2 ? most - 1 : most
        let posts = posts(of: account, edge, before: before, limit: limit, page)
        let fields = GraphField.list(call.value("fields") ?? "id")
        var writer = JSONWriter(capacity: 512 * (posts.count + 1))
        writer.beginObject()
        writer.key("data")
        writer.beginArray()
        for post in posts { try writeNode(post, fields, page, &writer) }
        writer.endArray()
        if let last = posts.last {
            let more = !self.posts(of: account, edge, before: last.id.number, limit: 1, page).isEmpty
            let cursor = GraphServing.cursor(last.id.number)
            GraphServing.writePaging(&writer, call, host: host, after: cursor, hasNext: more)
        }
        writer.endObject()
        return writer.finish()
    }

    // MARK: Insights of posts

    private func writeInsights(
        of post: TruePost,
        _ names: [String],
        _ page: GraphPage,
        _ writer: inout JSONWriter
    ) throws(GraphFault) {
        let metrics = try known(names, for: post, page)
        if let floor = floor(of: post, page) { throw floor }
        writer.beginObject()
        writer.key("data")
        writer.beginArray()
        // A repost of someone else's post has no figures.
        for metric in metrics where post.kind != .repost { metric.write(post, page, &writer) }
        writer.endArray()
        writer.endObject()
    }

    private func known(
        _ names: [String],
        for post: TruePost,
        _ page: GraphPage
    ) throws(GraphFault) -> [GraphPostMetric] {
        var found: [GraphPostMetric] = []
        for (position, name) in names.enumerated() {
            guard let metric = postMetrics.first(where: { $0.native == name }),
                !page.world.isRetired(self.name, name, at: page.now)
            else { throw unknownMetric(name, at: position, known: postMetrics.map(\.native)) }
            guard metric.kinds?.contains(post.kind) ?? true else { throw .unsupportedMetric(name) }
            found.append(metric)
        }
        return found
    }

    // MARK: What every platform says

    func floor(of post: TruePost, _ page: GraphPage) -> GraphFault? { nil }

    func posts(
        of account: SimulatedAccount,
        _ edge: String,
        before: Int?,
        limit: Int,
        _ page: GraphPage
    ) -> [TruePost] {
        page.truth.posts(account, before: before, limit: limit, at: page.now)
    }

    func refusal(_ call: SimulatedCall, _ full: LimitStanding, _ world: World) -> SimulatedReply {
        let fault: GraphFault = full.rule.subject == .app ? .tooManyCallsOfApp : tooManyCalls
        return fault.reply(trace: GraphServing.trace(call, world))
    }

    func headers(
        _ call: SimulatedCall,
        _ plan: CallPlan,
        _ standings: [LimitStanding],
        _ world: World
    ) -> [Field] {
        GraphServing.headers(useCase, plan.account, standings, world, at: call.now)
    }

    func trouble(_ call: SimulatedCall, _ chance: UInt64) -> SimulatedReply {
        GraphFault.unavailable.reply(trace: chance)
    }

    func disguise(_ call: SimulatedCall) -> SimulatedReply {
        GraphFault.unknownObject(GraphServing.segments(call).first ?? "").reply(trace: 7)
    }
}
