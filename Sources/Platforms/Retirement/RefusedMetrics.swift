public import FleetCore

/// The metrics that one version of a platform's interface refuses at present, by where it refuses them.
public struct RefusedMetrics: Hashable, Sendable {
    /// The platform's names by scope: a kind of post, or a family of calls.
    public var names: [String: Set<String>]

    /// None unless some are named.
    public init(_ names: [String: Set<String>] = [:]) {
        self.names = names
    }

    /// Whether nothing is refused.
    public var isEmpty: Bool { names.isEmpty }

    /// The names refused in a scope.
    public subscript(_ scope: String) -> Set<String> {
        get { names[scope] ?? [] }
        set { names[scope] = newValue.isEmpty ? nil : newValue }
    }
}

extension Assignment {
    /// The scope of a request of this assignment: the kind of the posts it asks about, where they are of one kind, else its
    /// family of calls.
    public func scope(of request: PlatformRequest) -> String {
        let asked = request.post.map { [$0] } ?? request.items
        guard !asked.isEmpty, !posts.isEmpty else { return request.endpoint }
        let kinds = Set(posts.lazy.filter { asked.contains($0.externalID) }.map(\.kind))
        guard kinds.count == 1, let kind = kinds.first else { return request.endpoint }
        return Assignment.scope(of: kind)
    }

    /// The scope of posts of a kind.
    public static func scope(of kind: PostKind) -> String { "posts/\(kind.rawValue)" }

    /// The same wish for some of its posts.
    public func asking(about posts: [Post]) -> Assignment {
        var part = self
        part.posts = posts
        return part
    }

    /// Parts whose posts are refused the same metrics, each with those left out.
    fileprivate func divided(by refused: RefusedMetrics) -> [Assignment] {
        if posts.isEmpty { return [self] }
        var parts: [Assignment] = []
        for post in posts {
            let names = refused[Assignment.scope(of: post.kind)].union(self.refused)
            if let index = parts.firstIndex(where: { $0.refused == names }) {
                parts[index].posts.append(post)
            } else {
                var part = asking(about: [post])
                part.refused = names
                parts.append(part)
            }
        }
        return parts
    }
}

/// The requests of an assignment, and what they leave out.
public struct RequestPlan: Sendable {
    /// What to send.
    public var requests: [PlatformRequest] = []
    /// The names that would have been asked for, were they not refused, by scope.
    public var leftOut = RefusedMetrics()
}

extension Platform {
    /// Plans an assignment without the metrics that are refused at present, each left out only where it is refused.
    public func plan(
        _ assignment: Assignment,
        _ settings: PlatformSettings,
        without refused: RefusedMetrics
    ) throws(Death) -> RequestPlan {
        var plan = RequestPlan()
        if refused.isEmpty {
            plan.requests = try requests(assignment, settings)
            return plan
        }
        for part in assignment.divided(by: refused) {
            let whole = try requests(part, settings)
            var affected: Set<String> = []
            for request in whole {
                let names = refused[request.endpoint].intersection(request.metrics)
                if !names.isEmpty {
                    affected.insert(request.endpoint)
                    plan.leftOut[request.endpoint].formUnion(names)
                }
            }
            plan.requests += whole.filter { !affected.contains($0.endpoint) }
            for endpoint in affected.sorted() {
                var without = part
                without.refused.formUnion(refused[endpoint])
                plan.requests += try requests(without, settings).filter { $0.endpoint == endpoint }
            }
        }
        try noteRefusedOfPosts(assignment, settings, refused, &plan)
        return plan
    }

    /// Notes what posts would have been asked for, by their kind.
    private func noteRefusedOfPosts(
        _ assignment: Assignment,
        _ settings: PlatformSettings,
        _ refused: RefusedMetrics,
        _ plan: inout RequestPlan
    ) throws(Death) {
        for kind in Set(assignment.posts.map(\.kind)) {
            let scope = Assignment.scope(of: kind)
            guard !refused[scope].isEmpty, let post = assignment.posts.first(where: { $0.kind == kind }) else {
                continue
            }
            let asked = try requests(assignment.asking(about: [post]), settings).flatMap(\.metrics)
            plan.leftOut[scope].formUnion(refused[scope].intersection(asked))
        }
    }

    /// The request of an assignment that asks the same as `request`, but for these metrics only; nil when the platform's code
    /// has no such request.
    public func narrowed(
        _ request: PlatformRequest,
        of assignment: Assignment,
        _ settings: PlatformSettings,
        to names: [String]
    ) -> PlatformRequest? {
        var part = assignment
        part.refused = Set(request.metrics).union(metrics.lazy.map(\.native)).subtracting(names)
        guard let requests = try? requests(part, settings) else { return nil }
        return requests.first { candidate in
            candidate.endpoint == request.endpoint && candidate.path == request.path
                && candidate.window == request.window && candidate.post == request.post
                && Set(candidate.items).isSubset(of: request.items) && candidate.metrics.count == names.count
                && Set(candidate.metrics) == Set(names)
        }
    }
}
