internal import Crypto
internal import Postgres

extension CredentialStore {
    /// How many values are sealed under each key; `fernet` stands for tokens that older software wrote.
    public func valuesByKey() async throws -> [(key: String, values: Int64)] {
        try await pool.query("select key_id, count(*) from flotilla.sealed_values group by key_id order by key_id")
            .map { (try $0.text(0), try $0.int8(1)) }
    }

    /// What a batch of sealing anew came to.
    public struct Rewrap: Sendable, Equatable {
        /// Values that are under the primary key now.
        public var done = 0
        /// Values that no key of the ring opens, by table, column and row; pass them on to the next batch.
        public var unreadable: Set<String> = []

        /// Nothing yet.
        public init() {}
    }

    /// Seals up to `limit` values anew that are not under the primary key; call it until nothing is done. Runs beside a
    /// working fleet: rows that somebody is writing are left for the next batch.
    public func rewrap(_ limit: Int, passingOver unreadable: Set<String> = []) async throws -> Rewrap {
        var whole = Rewrap()
        whole.unreadable = unreadable
        for column in SealedColumn.all where whole.done < limit {
            try await rewrap(column, limit - whole.done, &whole)
        }
        return whole
    }

    private func rewrap(_ column: SealedColumn, _ limit: Int, _ whole: inout Rewrap) async throws {
        let known = whole.unreadable
        let (done, bad) = try await pool.withTransaction { session in
            let rows = try await session.query(
                Statement(
                    dynamic: """
                        select \(column.key), \(column.column) from \(column.table)
                        where \(column.column) is not null and flotilla.key_of(\(column.column)) <> $1
                            and not (\(column.key) = any ($2))
                        order by 1 limit $3 for update skip locked
                        """
                ),
                [
                    .text(vault.keyring.primaryID),
                    .textArray(
                        known.filter { $0.hasPrefix(column.name) }.map { String($0.dropFirst(column.name.count)) }
                    ),
                    .int8(Int64(limit)),
                ]
            )
            var (done, bad) = (0, Set<String>())
            for row in rows {
                let key = try row.text(0)
                guard let place = column.place(key), let secret = try? vault.open(try row.bytes(1), as: place) else {
                    bad.insert(column.name + key)
                    continue
                }
                try await session.query(
                    Statement(dynamic: "update \(column.table) set \(column.column) = $2 where \(column.key) = $1"),
                    [.text(key), .bytes(try vault.seal(secret, as: place))]
                )
                done += 1
            }
            return (done, bad)
        }
        whole.done += done
        whole.unreadable.formUnion(bad)
    }
}

/// A column that holds sealed values, and whose each of them is.
struct SealedColumn: Sendable {
    let table: String
    let column: String
    /// An expression that names the row, as text.
    let key: String
    let place: @Sendable (String) -> SealedPlace?

    /// Before the keys of its rows in lists.
    var name: String { "\(table).\(column) " }

    static let all = [
        SealedColumn(table: "flotilla.credentials", column: "sealed", key: "account_id::text") {
            Int64($0).map { .accessToken(account: $0) }
        },
        SealedColumn(table: "flotilla.credentials", column: "sealed_refresh", key: "account_id::text") {
            Int64($0).map { .refreshToken(account: $0) }
        },
        SealedColumn(table: "flotilla.credentials", column: "previous_refresh", key: "account_id::text") {
            Int64($0).map { .refreshToken(account: $0) }
        },
        SealedColumn(table: "flotilla.app_credentials", column: "sealed_secret", key: "platform || '/' || login") {
            let parts = $0.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return parts.count == 2 ? .appSecret(platform: parts[0], login: parts[1]) : nil
        },
        SealedColumn(table: "flotilla.connect_states", column: "sealed_verifier", key: "encode(digest, 'base64')") {
            Base64.decode($0).map { .verifier(digest: $0) }
        },
    ]
}
