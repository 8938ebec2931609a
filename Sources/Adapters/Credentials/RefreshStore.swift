internal import FleetCore
internal import Postgres

/// What is to be stored of a new pair: sealed already, so that it may lie in a file for a while.
struct RenewedPair: Sendable, Equatable {
    var account: Int64
    /// The generation that it was made from.
    var seen: Int64
    var sealed: [UInt8]
    /// Nil when the refresh token stays.
    var sealedRefresh: [UInt8]?
    var tokenType: String
    /// Nil when the platform did not say.
    var scopes: [String]?
    var issuedAt: Instant
    var expiresAt: Instant?
    var refreshExpiresAt: Instant?
    var refreshAt: Instant?
}

/// The lease on a credential and what its holder may know.
struct RefreshLease: Sendable {
    var epoch: Int64
    var generation: Int64
    /// The refresh token was sent before, and nobody knows what came of it.
    var isAgain: Bool
    var platform: String
    var externalID: String
    var login: String
    var sealed: [UInt8]
    var sealedRefresh: [UInt8]?
    var previousRefresh: [UInt8]?
    var refreshExpiresAt: Instant?
    var clientID: String?
    var sealedSecret: [UInt8]?
    /// The login that the application is kept under.
    var appLogin: String
    var issuedAt: Instant?
    /// The database's clock when the lease began.
    var begunAt: Instant
}

/// The functions in the database that renewing goes through.
struct RefreshStore: Sendable {
    enum Verdict: Sendable {
        case go(RefreshLease)
        case other(RefreshOutcome)
    }

    let pool: Pool

    /// Takes the lease and writes the intent down.
    func begin(
        _ account: Int64,
        seen: Int64?,
        due: Instant?,
        holder: String,
        lease: Duration,
        forced: Bool
    ) async throws -> Verdict {
        let rows = try await pool.query(
            """
            select verdict, epoch, generation, again, wait_milliseconds, platform, external_id, login, sealed,
                sealed_refresh, previous_refresh, refresh_expires_at, client_id, sealed_secret, app_login, issued_at, moment
            from flotilla.begin_refresh($1, $2, $3, $4, make_interval(secs => $5), $6)
            """,
            [
                .int8(account), seen.map { .int8($0) } ?? .null, due.map { .timestamp($0.microseconds) } ?? .null,
                .text(holder), .float8(Double(lease.wholeMilliseconds) / 1000), .bool(forced),
            ]
        )
        let row = try rows.only()
        switch try row.text(0) {
        case "go":
            return .go(
                RefreshLease(
                    epoch: try row.int8(1),
                    generation: try row.int8(2),
                    isAgain: try row.bool(3),
                    platform: try row.text(5),
                    externalID: try row.text(6),
                    login: try row.text(7),
                    sealed: try row.bytes(8),
                    sealedRefresh: try row.optionalBytes(9),
                    previousRefresh: try row.optionalBytes(10),
                    refreshExpiresAt: try row.optionalTimestamp(11).map { Instant(microseconds: $0) },
                    clientID: try row.optionalText(12),
                    sealedSecret: try row.optionalBytes(13),
                    appLogin: try row.optionalText(14) ?? "",
                    issuedAt: try row.optionalTimestamp(15).map { Instant(microseconds: $0) },
                    begunAt: Instant(microseconds: try row.timestamp(16))
                )
            )
        case "held": return .other(.held(.milliseconds(try row.optionalInt8(4) ?? 1000)))
        case "fresh": return .other(.fresh)
        case "inactive": return .other(.inactive)
        default: return .other(.missing)
        }
    }

    /// Stores a pair over the one that it was made from; false when somebody stored one before.
    func finish(_ pair: RenewedPair) async throws -> Bool {
        func time(_ instant: Instant?) -> Parameter { instant.map { .timestamp($0.microseconds) } ?? .null }
        let row = try await pool.query(
            "select flotilla.finish_refresh($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            [
                .int8(pair.account), .int8(pair.seen), .bytes(pair.sealed),
                pair.sealedRefresh.map { .bytes($0) } ?? .null, .text(pair.tokenType),
                pair.scopes.map { .textArray($0) } ?? .null, time(pair.issuedAt), time(pair.expiresAt),
                time(pair.refreshExpiresAt), time(pair.refreshAt),
            ]
        ).only()
        return try row.optionalInt8(0) != nil
    }

    /// Gives the lease up. True for the first who finds that only a new consent helps.
    func fail(
        _ account: Int64,
        _ lease: RefreshLease,
        reason: String,
        refused: Bool,
        answered: Bool
    ) async throws -> Bool {
        try await pool.query(
            "select flotilla.fail_refresh($1, $2, $3, $4, $5, $6)",
            [
                .int8(account), .int8(lease.generation), .int8(lease.epoch), .text(reason), .bool(refused),
                .bool(answered),
            ]
        ).only().bool(0)
    }
}
