public import FleetCore
public import Postgres
public import Runtime
internal import Synchronization

/// Looks accounts up for a worker: many at once in one question to the database, kept for a minute. While the database is
/// away, callers wait: their jobs stay unacknowledged, and none is lost or burnt.
///
/// It also knows the database's time, since fetch times of different workers must not disagree.
public final class AccountDirectory: Service {
    public let name = "accounts"

    private struct Entry {
        var access: AccountAccess?
        var expires: Int64
    }

    private struct PostQuestion {
        var posts: [Int64]
        var continuation: CheckedContinuation<[PostAccess], any Error>
    }

    private struct State {
        var known: [Int64: Entry] = [:]
        var waiting: [Int64: [CheckedContinuation<AccountAccess?, any Error>]] = [:]
        var postQuestions: [PostQuestion] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let clockOffset = Atomic<Int64>(ProcessClock.wallNow &- ProcessClock.monotonicNow / 1000)
    private let wake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let pool: Pool
    private let logger: Logger
    private let lifetime: Int64
    private let capacity: Int

    /// - Parameters:
    ///   - lifetime: how long an answer is used before it is asked for again.
    ///   - capacity: the most accounts kept.
    public init(pool: Pool, lifetime: Duration = .seconds(60), capacity: Int = 20_000, logger: Logger) {
        self.pool = pool
        self.lifetime = lifetime.wholeNanoseconds
        self.capacity = capacity
        self.logger = logger
    }

    /// Now, by the database's clock carried on by this machine's monotonic one; in a simulated world, that world's time.
    public var now: Instant {
        if ProcessClock.isSimulated { return Instant(microseconds: ProcessClock.wallNow) }
        return Instant(microseconds: clockOffset.load(ordering: .relaxed) &+ ProcessClock.monotonicNow / 1000)
    }

    /// The account, or nil when there is none. Waits while the database is away; throws when the process stops.
    public func access(_ account: Int64) async throws -> AccountAccess? {
        let time = ProcessClock.monotonicNow
        if let entry = state.withLock({ $0.known[account] }), entry.expires > time { return entry.access }
        return try await withCheckedThrowingContinuation { continuation in
            let accepted = state.withLock { state in
                if !state.isClosed { state.waiting[account, default: []].append(continuation) }
                return !state.isClosed
            }
            if accepted { wake.continuation.yield() } else { continuation.resume(throwing: CancellationError()) }
        }
    }

    /// Those of the posts that belong to the account, in the order asked for. Nothing is kept: each job names others. Waits
    /// while the database is away; throws when the process stops.
    public func posts(_ posts: [Int64], of account: Int64) async throws -> [PostAccess] {
        if posts.isEmpty { return [] }
        let found = try await withCheckedThrowingContinuation { continuation in
            let accepted = state.withLock { state in
                if !state.isClosed {
                    state.postQuestions.append(PostQuestion(posts: posts, continuation: continuation))
                }
                return !state.isClosed
            }
            if accepted { wake.continuation.yield() } else { continuation.resume(throwing: CancellationError()) }
        }
        return found.filter { $0.account == account }
    }

    /// Forgets an account, after its token turned out to be wrong.
    public func forget(_ account: Int64) { state.withLock { $0.known[account] = nil } }

    /// What is known of an account whose token the platform refused.
    public enum Refusal: String, Sendable {
        /// This is the first time that anybody says so.
        case first
        /// It was said before.
        case known
        /// The token was replaced meanwhile.
        case fresh
    }

    /// Notes that the platform refused an account's token for good. Waits while the database is away.
    public func refuse(_ access: AccountAccess, reason: String) async throws -> Refusal {
        let rows = try await pool.withConnection(whenDown: .retry) { connection in
            try await connection.query(
                "select flotilla.refuse_credential($1, $2, $3)",
                [.int8(access.account), .int8(access.generation), .text(reason)]
            )
        }
        return Refusal(rawValue: try rows.only().text(0)) ?? .known
    }

    /// Whether this copy of a replayed job may run: of several that a crash has made, one may. Waits while the database is
    /// away; throws when the process stops.
    public func mayRun(_ ticket: ReplayTicket) async throws -> Bool {
        let rows = try await pool.withConnection(whenDown: .retry) { connection in
            try await connection.query(
                "select flotilla.take_replayed($1, $2, $3)",
                [.int8(ticket.selection), .int4(ticket.place), .uuid(ticket.copy.parameter)]
            )
        }
        return try rows.only().bool(0)
    }

    /// Answers questions until cancelled.
    @concurrent
    public func run() async {
        for await _ in wake.stream {
            while !Task.isCancelled {
                let (wanted, questions) = state.withLock { state in
                    (Array(state.waiting.keys.prefix(500)), Array(state.postQuestions.prefix(20)))
                }
                if wanted.isEmpty, questions.isEmpty { break }
                await answer(wanted, questions)
            }
        }
        let (waiting, questions) = state.withLock { state in
            state.isClosed = true
            defer { (state.waiting, state.postQuestions) = ([:], []) }
            return (state.waiting, state.postQuestions)
        }
        for continuations in waiting.values {
            for continuation in continuations { continuation.resume(throwing: CancellationError()) }
        }
        for question in questions { question.continuation.resume(throwing: CancellationError()) }
    }

    /// Answers the oldest questions; they stay where they are when the database does not answer.
    private func answer(_ accounts: [Int64], _ questions: [PostQuestion]) async {
        do {
            let asked = ProcessClock.monotonicNow
            let rows = try await pool.withConnection(whenDown: .retry) { connection in
                try await connection.pipeline(
                    [
                        Command("select clock_timestamp()"),
                        Command(
                            """
                            select account_id, workspace_id, platform, external_id, state, sealed, sandbox,
                                generation, expires_at, can_refresh
                            from flotilla.access_for($1)
                            """,
                            [.int8Array(accounts)]
                        ),
                    ] + (questions.isEmpty ? [] : [Self.find(questions)])
                )
            }
            let time = ProcessClock.monotonicNow
            // The answer was made half-way between question and answer, as far as anyone can tell.
            clockOffset.store(
                try rows[0].only().timestamp(0) &- (asked / 2 &+ time / 2) / 1000,
                ordering: .relaxed
            )
            var found: [Int64: AccountAccess] = [:]
            for row in rows[1] {
                let access = AccountAccess(
                    account: try row.int8(0),
                    workspace: try row.int8(1),
                    platform: try row.text(2),
                    externalID: try row.text(3),
                    isActive: try row.text(4) == "active",
                    sealed: try row.optionalBytes(5),
                    isSandbox: try row.bool(6),
                    generation: try row.optionalInt8(7) ?? 0,
                    expiresAt: try row.optionalTimestamp(8).map { Instant(microseconds: $0) },
                    canRefresh: try row.optionalBool(9) ?? false
                )
                found[access.account] = access
            }
            keep(found, for: accounts, at: time)
            if !questions.isEmpty { try hand(rows[2], to: questions) }
        } catch {
            logger.warning("accounts cannot be looked up", ["error.message": .string("\(error)")])
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    private func keep(_ found: [Int64: AccountAccess], for accounts: [Int64], at time: Int64) {
        let answered = state.withLock { state in
            if state.known.count + accounts.count > capacity { state.known.removeAll(keepingCapacity: true) }
            return accounts.map { account in
                // That an account is missing may change any moment: someone is adding it.
                let lifetime = found[account] == nil ? lifetime / 10 : lifetime
                state.known[account] = Entry(access: found[account], expires: time &+ lifetime)
                return (found[account], state.waiting.removeValue(forKey: account) ?? [])
            }
        }
        for (access, continuations) in answered {
            for continuation in continuations { continuation.resume(returning: access) }
        }
    }

    private static func find(_ questions: [PostQuestion]) -> Command {
        Command(
            "select post_id, account_id, external_id, kind, published_at from flotilla.posts_for($1)",
            [.int8Array(questions.flatMap(\.posts))]
        )
    }

    private func hand(_ rows: Rows, to questions: [PostQuestion]) throws {
        var found: [Int64: PostAccess] = [:]
        for row in rows {
            let access = PostAccess(
                post: try row.int8(0),
                account: try row.int8(1),
                externalID: try row.text(2),
                kind: PostKind(rawValue: try row.text(3)) ?? .post,
                publishedAt: try row.optionalTimestamp(4).map(Instant.init(microseconds:))
            )
            found[access.post] = access
        }
        state.withLock { $0.postQuestions.removeFirst(questions.count) }
        for question in questions {
            question.continuation.resume(returning: question.posts.compactMap { found[$0] })
        }
    }
}
