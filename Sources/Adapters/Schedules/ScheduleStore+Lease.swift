internal import Postgres

extension ScheduleStore {
    /// Takes or keeps the lease; returns its epoch when it is ours until `time` from now.
    ///
    /// The database's clock may be set back: a lease that was renewed in what is now the future would then hold everybody up
    /// until that future comes. It counts as free. Its holder, if there is one, renews it within a quarter of its time, and if
    /// a spare is faster, the higher epoch keeps the former holder from writing.
    public func lease(_ name: String, holder: String, time: Duration) async throws -> Int64? {
        let rows = try await pool.query(
            """
            insert into flotilla.leases as l (name, holder, epoch, expires_at, renewed_at)
            values ($1, $2, 1, clock_timestamp() + make_interval(secs => $3), clock_timestamp())
            on conflict (name) do update
                set holder = excluded.holder, renewed_at = clock_timestamp(),
                    expires_at = clock_timestamp() + make_interval(secs => $3),
                    epoch = case when l.holder = excluded.holder then l.epoch else l.epoch + 1 end
                where l.holder = excluded.holder or l.expires_at < clock_timestamp()
                    or l.renewed_at > clock_timestamp() + interval '1 second'
            returning epoch
            """,
            [.text(name), .text(holder), .float8(time.inSeconds)]
        )
        return rows.isEmpty ? nil : try rows[0].int8(0)
    }

    /// Gives the lease up, so that another takes over at once.
    public func release(_ name: String, holder: String) async throws {
        _ = try await pool.query(
            """
            update flotilla.leases set expires_at = clock_timestamp() - interval '1 second', renewed_at = clock_timestamp()
            where name = $1 and holder = $2
            """,
            [.text(name), .text(holder)]
        )
    }

    /// Whether anybody holds the lease now.
    public func isHeld(_ name: String) async throws -> Bool {
        try await pool.query("select from flotilla.leases where name = $1 and expires_at > now()", [.text(name)]).first
            != nil
    }
}

extension Duration {
    /// Whole and fractional seconds.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
