internal import FleetCore
internal import Platforms

/// Every token that was ever issued and how it stands. Accounts that nothing happened to need no memory.
struct CredentialBook: Sendable {
    /// What happened to an account's connection.
    struct Entry: Sendable {
        /// The generation of the newest access token.
        var generation = 0
        /// When access tokens run out, by generation; a generation that is absent does not.
        var expiries: [Int: Instant] = [:]
        /// When they were issued.
        var issued: [Int: Instant] = [:]
        /// Access tokens below it are dead.
        var firstAlive = 0
        /// Refresh tokens below it are dead.
        var firstRefresh = 0
        /// The newest refresh token and when it runs out.
        var refreshGeneration = 0
        var refreshExpiry: Instant?
        /// When the refresh token before the newest was used.
        var lastRefresh: Instant?
        /// The user took the permission back.
        var isRevoked = false
        /// The generation of the next code that is accepted.
        var nextCode = 0
        var removedScopes: Set<String> = []
    }

    /// Fresh tokens.
    struct Grant: Sendable, Equatable {
        var access: SimulatedToken
        var refresh: SimulatedToken?
        /// Seconds until the access token runs out; nil when it does not.
        var expiresIn: Int64?
        var refreshExpiresIn: Int64?
        var scopes: [String]
    }

    /// Why a token or a code is not taken.
    enum Refusal: Error, Sendable {
        case unknown, expired, revoked, used, tooYoung
    }

    private(set) var entries: [SimulatedAccount: Entry] = [:]
    /// By place of the platform.
    var lives = PlatformName.allCases.map { TokenLife($0) }

    // MARK: Asking

    /// What a token opens.
    func access(_ text: String, at now: Instant) -> Access {
        guard !text.isEmpty else { return Access() }
        guard let token = SimulatedToken(text), token.kind == .access else { return Access(standing: .unknown) }
        let entry = entries[token.account]
        return Access(
            standing: standing(token, entry, at: now),
            token: token,
            removedScopes: entry?.removedScopes ?? []
        )
    }

    /// How a token of any kind stands.
    func standing(_ token: SimulatedToken, at now: Instant) -> Access.Standing {
        standing(token, entries[token.account], at: now)
    }

    private func standing(_ token: SimulatedToken, _ entry: Entry?, at now: Instant) -> Access.Standing {
        let life = lives[token.account.platform.place]
        guard let entry else {
            guard token.generation == 0, token.kind != .code else { return .unknown }
            guard token.kind == .access else { return .good }
            return life.firstExpiry.map { $0 <= now } ?? false ? .expired : .good
        }
        guard !entry.isRevoked else { return .revoked }
        switch token.kind {
        case .access:
            guard token.generation <= entry.generation else { return .unknown }
            guard token.generation >= entry.firstAlive else { return .revoked }
            let expiry = entry.expiries[token.generation] ?? (token.generation == 0 ? life.firstExpiry : nil)
            return expiry.map { $0 <= now } ?? false ? .expired : .good
        case .refresh, .user:
            guard token.generation <= entry.refreshGeneration else { return .unknown }
            guard token.generation >= entry.firstRefresh else { return .revoked }
            return entry.refreshExpiry.map { $0 <= now } ?? false ? .expired : .good
        case .code: return .unknown
        }
    }

    // MARK: Issuing

    /// Fresh tokens for a refresh token, or for the access token itself where that is what renews. An access token younger
    /// than `minimumAge` is not renewed.
    mutating func renew(
        _ token: SimulatedToken,
        minimumAge: Duration = .zero,
        at now: Instant
    ) throws(Refusal) -> Grant {
        let account = token.account
        let life = lives[account.platform.place]
        var entry = entries[account] ?? Entry()
        switch standing(token, entries[account], at: now) {
        case .good: break
        case .expired: throw .expired
        case .revoked: throw .revoked
        case .absent, .unknown: throw .unknown
        }
        if token.kind == .access, let issued = entry.issued[token.generation], now < issued + minimumAge {
            throw .tooYoung
        }
        if life.rotates, token.kind == .refresh, token.generation < entry.refreshGeneration {
            let isRepeat = entry.lastRefresh.map { now < $0 + life.grace } ?? false
            if isRepeat && token.generation == entry.refreshGeneration - 1 { return grant(account, entry, life, now) }
            if life.isSingleUse { throw .used }
        }
        if token.kind != .user { issue(&entry, life.access, now) }
        if token.kind != .access && life.rotates {
            entry.refreshGeneration += 1
            entry.lastRefresh = now
            if life.renews { entry.refreshExpiry = life.refresh.map { now + $0 } }
        }
        entries[account] = entry
        return grant(account, entry, life, now)
    }

    /// Fresh tokens for an authorization code: a new consent, which heals whatever was wrong. The access token, or the user
    /// token at Facebook, lives so long when a life is given.
    mutating func exchange(_ code: SimulatedToken, life given: Duration? = nil, at now: Instant) throws(Refusal)
        -> Grant
    {
        guard code.kind == .code else { throw .unknown }
        let life = lives[code.account.platform.place]
        var entry = entries[code.account] ?? Entry()
        guard code.generation >= entry.nextCode else { throw .used }
        entry.nextCode = code.generation + 1
        entry.isRevoked = false
        entry.removedScopes = []
        let isPage = code.account.platform == .facebook
        issue(&entry, isPage ? nil : given ?? life.access, now)
        entry.refreshGeneration += 1
        entry.refreshExpiry = (isPage ? given ?? life.refresh : life.refresh).map { now + $0 }
        entries[code.account] = entry
        return grant(code.account, entry, life, now)
    }

    /// The code that the next consent of an account gives.
    func nextCode(_ account: SimulatedAccount) -> SimulatedToken {
        SimulatedToken(.code, account, generation: entries[account]?.nextCode ?? 0)
    }

    /// The token that a page is called with at present.
    func pageToken(_ page: SimulatedAccount) -> SimulatedToken {
        SimulatedToken(.access, page, generation: entries[page]?.generation ?? 0)
    }

    /// When a token runs out; nil when it does not.
    func expiry(_ token: SimulatedToken) -> Instant? {
        let entry = entries[token.account]
        guard token.kind == .access else { return entry?.refreshExpiry }
        let first = token.generation == 0 ? lives[token.account.platform.place].firstExpiry : nil
        return entry?.expiries[token.generation] ?? first
    }

    private func issue(_ entry: inout Entry, _ life: Duration?, _ now: Instant) {
        entry.generation += 1
        entry.issued[entry.generation] = now
        entry.expiries[entry.generation] = life.map { now + $0 }
        // Older ones have run out or will not be asked for.
        entry.issued[entry.generation - 8] = nil
        if entry.generation > 8 { entry.firstAlive = max(entry.firstAlive, entry.generation - 8) }
    }

    private func grant(_ account: SimulatedAccount, _ entry: Entry, _ life: TokenLife, _ now: Instant) -> Grant {
        let kind: SimulatedToken.Kind = account.platform == .facebook ? .user : .refresh
        let hasRefresh = account.platform != .instagram && account.platform != .threads
        func seconds(_ expiry: Instant?) -> Int64? { expiry.map { ($0.microseconds - now.microseconds) / 1_000_000 } }
        return Grant(
            access: SimulatedToken(.access, account, generation: entry.generation),
            refresh: hasRefresh ? SimulatedToken(kind, account, generation: entry.refreshGeneration) : nil,
            expiresIn: seconds(entry.expiries[entry.generation]),
            refreshExpiresIn: seconds(entry.refreshExpiry ?? life.refresh.map { now + $0 }),
            scopes: account.platform.simulatedScopes.filter { !entry.removedScopes.contains($0) }
        )
    }

    // MARK: Commands

    /// The user takes the permission back; only a new consent heals it.
    mutating func revoke(_ account: SimulatedAccount) {
        var entry = entries[account] ?? Entry()
        entry.isRevoked = true
        entry.firstAlive = entry.generation + 1
        entry.firstRefresh = entry.refreshGeneration + 1
        entries[account] = entry
    }

    /// The access tokens issued so far run out at an instant.
    mutating func expire(_ account: SimulatedAccount, at instant: Instant) {
        let generation = entries[account]?.generation ?? 0
        for generation in max(0, generation - 8)...generation {
            entries[account, default: Entry()].expiries[generation] = instant
        }
    }

    /// The refresh tokens issued so far run out at an instant.
    mutating func expireRefresh(_ account: SimulatedAccount, at instant: Instant) {
        entries[account, default: Entry()].refreshExpiry = instant
    }

    /// Scopes that the user has taken out of the consent, or given back.
    mutating func setRemovedScopes(_ account: SimulatedAccount, _ scopes: Set<String>) {
        entries[account, default: Entry()].removedScopes = scopes
    }

    /// Forgets what happened to an account, or to all.
    mutating func forget(_ account: SimulatedAccount?) {
        if let account { entries[account] = nil } else { entries.removeAll() }
    }
}
