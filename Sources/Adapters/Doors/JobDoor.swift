public import FleetCore
internal import JSON
public import Postgres

/// The database's door: jobs with a verdict, and posts that publishing services register.
public struct JobDoor: Sendable {
    /// What the door found.
    public enum Verdict: String, Sendable, CaseIterable {
        /// The order is new and was taken.
        case new
        /// The same was ordered before; that job's id is the answer, and nothing changed.
        case same
        /// Something else was ordered under this key or id before; that job's id is the answer, and nothing changed.
        case conflict
    }

    /// The door's answer to one order.
    public struct Answer: Sendable, Equatable {
        public var job: FleetCore.UUID
        public var verdict: Verdict
    }

    /// The door's answer to one post.
    public struct Registration: Sendable, Equatable {
        /// Our number of the post.
        public var post: Int64
        public var verdict: Verdict
        /// The job that collects its figures, if one was asked for.
        public var job: FleetCore.UUID?
    }

    /// Why the door took nothing: which part of the document is wrong, and how.
    public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        /// A JSON pointer.
        public var path: String
        /// One sentence that begins with the path.
        public var reason: String
        /// Whether the document names something that does not exist, rather than breaking the contract.
        public var isUnknown: Bool

        public var description: String { reason }

        /// Nil when the error is something else: no connection, no rights, a fault of the server.
        public init?(_ error: any Error) {
            guard let error = error as? PostgresError ?? (error as? TransactionError)?.postgres,
                let state = error.sqlState, ["23514", "23503", "22004"].contains(state), let path = error.detail
            else { return nil }
            self.path = path
            let stem = "flotilla: "
            reason = error.message.hasPrefix(stem) ? String(error.message.dropFirst(stem.count)) : error.message
            isUnknown = state == "23503"
        }
    }

    private let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// Orders the jobs in one transaction: all of them, or none when one is refused. A job is a document of the contract, in
    /// which what has a usual value may be missing.
    public func submit(_ jobs: [[UInt8]]) async throws -> [Answer] {
        if jobs.isEmpty { return [] }
        let texts = jobs.map { String(decoding: $0, as: UTF8.self) }
        let rows = try await pool.query(
            """
            select s.id, s.verdict from unnest($1::text[]) with ordinality j (job, place)
            cross join lateral flotilla.submit(j.job::jsonb) s order by j.place
            """,
            [.textArray(texts)]
        )
        return try rows.map { row in
            Answer(job: FleetCore.UUID(try row.uuid(0)), verdict: try Self.verdict(row, 1))
        }
    }

    /// Registers the posts in one transaction: all of them, or none when one is refused.
    public func register(_ posts: [PublishedPost]) async throws -> [Registration] {
        var body: [UInt8] = [UInt8(ascii: "[")]
        for (position, post) in posts.enumerated() {
            if position > 0 { body.append(UInt8(ascii: ",")) }
            body += post.encoded()
        }
        body.append(UInt8(ascii: "]"))
        let rows = try await pool.query(
            "select post_id, verdict, job from flotilla.register_posts($1) order by place",
            [.json(String(decoding: body, as: UTF8.self))]
        )
        return try rows.map { row in
            Registration(
                post: try row.int8(0),
                verdict: try Self.verdict(row, 1),
                job: try row.optionalUUID(2).map { FleetCore.UUID($0) }
            )
        }
    }

    private static func verdict(_ row: Row, _ column: Int) throws -> Verdict {
        let word = try row.text(column)
        guard let verdict = Verdict(rawValue: word) else { throw UnknownVerdict(word: word) }
        return verdict
    }

    private struct UnknownVerdict: Error, CustomStringConvertible {
        var word: String
        var description: String { "the database's door says `\(word)`, which this program does not know; upgrade it" }
    }
}
