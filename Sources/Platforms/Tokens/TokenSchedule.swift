public import FleetCore

/// When tokens end and when they are renewed: at half of their life, so that weeks are left when the first tries fail.
public struct TokenSchedule: Sendable, Equatable {
    /// When the access token ends; nil when it does not end by itself.
    public var expiresAt: Instant?
    /// When the refresh token ends; nil when it does not, or there is none.
    public var refreshExpiresAt: Instant?
    /// When to renew; nil when nothing has to be, or nothing can be.
    public var refreshAt: Instant?

    /// The schedule of a grant that came at `now`.
    /// - Parameters:
    ///   - previousRefreshEnd: when the refresh token in hand ends, for platforms that do not prolong it.
    ///   - account: spreads accounts that were connected together, so that they are not renewed together.
    public init(
        _ grant: TokenGrant,
        _ login: Login,
        at now: Instant,
        previousRefreshEnd: Instant? = nil,
        account: Int64
    ) {
        let lifetime = grant.expiresIn ?? login.lifetime
        expiresAt = lifetime.map { now + .seconds($0) }
        if login.renewal == .refreshToken {
            let stated = grant.refreshExpiresIn ?? (grant.refreshToken == nil ? nil : login.refreshLifetime)
            refreshExpiresAt = stated.map { now + .seconds($0) } ?? previousRefreshEnd
        }
        guard login.renewal != .none else { return }
        // Where the access token does not end, what it derives from does.
        let ends = expiresAt ?? refreshExpiresAt
        refreshAt = ends.map { end in
            let life = (end - now).wholeMicroseconds
            // Between 45 and 55 hundredths of the life, by the account's number.
            let share =
                45_000 + Int64(truncatingIfNeeded: UInt64(bitPattern: account) &* 0x9E37_79B9_7F4A_7C15 >> 32) % 10_001
            let half = Instant(microseconds: now.microseconds + life / 100_000 * share)
            return max(half, now + .seconds(login.minimumAge))
        }
    }

    /// How long before its end a token is not used any more but renewed first.
    public static let margin = Duration.seconds(30)

    /// Whether a token that ends at `end` must be renewed before a call.
    public static func mustRenewFirst(end: Instant?, at now: Instant) -> Bool {
        end.map { $0 - now <= margin } ?? false
    }

    /// How long to wait after so many failed tries: a minute, doubled each time, at most six hours.
    public static func wait(afterFailures failures: Int) -> Duration {
        .seconds(min(60 << min(max(failures, 1) - 1, 10), 6 * 3600))
    }
}

extension Login {
    /// How long a token that was issued then must still wait before it can be renewed; nil when it can be now.
    public func waitBeforeRenewal(issuedAt: Instant?, at now: Instant) -> Duration? {
        guard let issuedAt, minimumAge > 0 else { return nil }
        let wait = issuedAt + .seconds(minimumAge) - now
        return wait > .zero ? wait : nil
    }
}

private func max(_ left: Instant, _ right: Instant) -> Instant { left < right ? right : left }
