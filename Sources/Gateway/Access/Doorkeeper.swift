import Adapters
import FleetCore
import HTTPServer
import Runtime
import Synchronization

/// Lets requests in by their key, and no key in more often than it may.
final class Doorkeeper: Sendable {
    /// How long a key is believed without asking the database again: a revoked one is refused after this.
    static let trust: Duration = .seconds(5)
    /// More keys than any gateway serves: what is kept of them is thrown away then.
    private static let most = 10_000

    private struct Known {
        var holder: KeyHolder
        var until: Int64
        var bucket: RateBucket
    }

    private let keys: KeyStore
    private let sources: @Sendable (Int64) async throws -> Void
    private let perMinute: Int
    private let clock: @Sendable () -> Int64
    private let known = Mutex<[[UInt8]: Known]>([:])

    /// - Parameters:
    ///   - sources: makes a workspace's sources known.
    ///   - clock: microseconds that never go back.
    init(
        keys: KeyStore,
        perMinute: Int,
        clock: @escaping @Sendable () -> Int64,
        sources: @escaping @Sendable (Int64) async throws -> Void
    ) {
        (self.keys, self.perMinute, self.clock, self.sources) = (keys, perMinute, clock, sources)
    }

    /// Who asks, and what the bucket says; throws a ``Refusal`` for whoever has no key.
    func admit(_ request: ServerRequest) async throws -> (holder: KeyHolder, verdict: RateBucket.Verdict) {
        guard let key = Self.key(of: request) else { throw Refusal(.unauthenticated, Self.advice) }
        return try await admit(key)
    }

    /// The same of a key.
    func admit(_ key: APIKey) async throws -> (holder: KeyHolder, verdict: RateBucket.Verdict) {
        let digest = key.digest
        let now = clock()
        if let found = take(digest, now) { return found }
        guard let holder = try await keys.holder(of: key) else {
            known.withLock { _ = $0.removeValue(forKey: digest) }
            throw Refusal(.unauthenticated, "The key is unknown, revoked or expired.")
        }
        try await sources(holder.workspace)
        return known.withLock { known in
            if known.count >= Self.most { known.removeAll() }
            var entry =
                known[digest] ?? Known(holder: holder, until: 0, bucket: RateBucket(perMinute: perMinute, now: now))
            entry.holder = holder
            entry.until = now + Self.trust.wholeMicroseconds
            let verdict = entry.bucket.take(now: now)
            known[digest] = entry
            return (holder, verdict)
        }
    }

    private func take(_ digest: [UInt8], _ now: Int64) -> (KeyHolder, RateBucket.Verdict)? {
        known.withLock { known in
            guard let until = known[digest]?.until, until > now, let holder = known[digest]?.holder,
                let verdict = known[digest]?.bucket.take(now: now)
            else { return nil }
            return (holder, verdict)
        }
    }

    private static let advice =
        "Send `Authorization: Bearer` and a key; `flotilla keys create` makes one."

    private static func key(of request: ServerRequest) -> APIKey? {
        guard let text = request.headers["authorization"], text.utf8.count < 200 else { return nil }
        let parts = text.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return APIKey(String(parts[1]))
    }
}
