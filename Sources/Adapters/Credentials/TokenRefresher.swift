internal import Crypto
public import FleetCore
internal import HTTPClient
public import Platforms
public import Postgres
public import Runtime

/// Renews credentials: takes the lease and writes the intent down, asks the platform, and stores the new pair before
/// anybody uses it. docs/decisions/0012 says what a kill at each point costs.
public struct TokenRefresher: Sendable {
    let store: RefreshStore
    let vault: CredentialVault
    let exchanger: TokenExchanger
    let settings: @Sendable (PlatformName) -> PlatformSettings
    let platform: @Sendable (PlatformName) -> Platform?
    private let spill: SpillFolder?
    private let holder: String
    private let logger: Logger

    /// - Parameters:
    ///   - settings: where and in which version each platform is called.
    ///   - spillFolder: where answers lie until the database has them; nil keeps them in memory alone.
    ///   - platform: the platforms that there are.
    public init(
        pool: Pool,
        vault: CredentialVault,
        exchanger: TokenExchanger,
        settings: @escaping @Sendable (PlatformName) -> PlatformSettings,
        spillFolder: String? = nil,
        platform: @escaping @Sendable (PlatformName) -> Platform? = { PlatformRegistry[$0] },
        logger: Logger
    ) {
        store = RefreshStore(pool: pool)
        self.vault = vault
        self.exchanger = exchanger
        self.settings = settings
        self.platform = platform
        spill = spillFolder.map { SpillFolder(path: $0) }
        var generator = SystemRandomNumberGenerator()
        holder = String(generator.next() as UInt64, radix: 16)
        self.logger = logger
    }

    /// Longer than any exchange and its store, so that nobody else begins meanwhile.
    private var lease: Duration { exchanger.deadline * 2 + .seconds(15) }

    /// Renews an account's credential if that is needed.
    /// - Parameters:
    ///   - seen: the generation that turned out to be too old; nil renews when it is due.
    ///   - forced: renews whatever the state, for an operator.
    public func refresh(_ account: Int64, seen: Int64? = nil, forced: Bool = false) async -> RefreshOutcome {
        let due = ProcessClock.isSimulated ? Instant(microseconds: ProcessClock.wallNow) : nil
        do {
            let verdict = try await store.begin(
                account,
                seen: seen,
                due: due,
                holder: holder,
                lease: lease,
                forced: forced
            )
            switch verdict {
            case .other(let outcome): return outcome
            case .go(let lease): return try await renew(account, lease, since: ProcessClock.monotonicNow)
            }
        } catch {
            return .failed("the database cannot be asked", wait: nil)
        }
    }

    /// Stores what an earlier process put aside and could not store. Returns how many pairs were kept.
    public func sweep() async -> Int {
        var kept = 0
        for pair in spill?.pairs() ?? [] {
            guard await keep(pair) else { continue }
            kept += 1
            logger.notice("a renewed credential was stored late", ["account": .int(pair.account)])
        }
        return kept
    }

    private func renew(_ account: Int64, _ lease: RefreshLease, since begun: Int64) async throws -> RefreshOutcome {
        let plan: Plan
        switch makePlan(account, lease) {
        case .failure(let problem):
            _ = try await store.fail(account, lease, reason: problem.reason, refused: false, answered: true)
            return .notRenewable(problem.reason)
        case .success(let made): plan = made
        }
        if let wait = plan.login.waitBeforeRenewal(issuedAt: lease.issuedAt, at: now(lease, since: begun)) {
            _ = try await store.fail(account, lease, reason: "too_young", refused: false, answered: true)
            return .failed("too_young", wait: wait)
        }
        for token in plan.tokens {
            switch await exchange(plan, token) {
            case .grant(let grant):
                let now = now(lease, since: begun)
                return try await keep(grant, plan, account, lease, at: now) ? .renewed : .fresh
            case .dead(let reason) where token == plan.tokens.last:
                return try await refused(account, lease, reason)
            case .dead: continue
            case .trouble(let reason, let wait, let answered):
                _ = try await store.fail(account, lease, reason: reason, refused: false, answered: answered)
                return .failed(reason, wait: wait)
            }
        }
        return .notRenewable("there is no token to renew with")
    }

    private func refused(_ account: Int64, _ lease: RefreshLease, _ reason: String) async throws -> RefreshOutcome {
        // The one case that physics leaves open: the platform gave a new token and nobody was there to take it.
        let reason = lease.isAgain ? "answer_lost" : reason
        let isNew = try await store.fail(account, lease, reason: reason, refused: true, answered: true)
        if isNew {
            logger.error(
                "an account must be reconnected",
                ["account": .int(account), "platform": .string(lease.platform), "reason": .string(reason)]
            )
        }
        return .refused(reason, isNew: isNew)
    }

    /// The database's time carried on by this machine's monotonic clock; in a simulated world, that world's time.
    private func now(_ lease: RefreshLease, since begun: Int64) -> Instant {
        if ProcessClock.isSimulated { return Instant(microseconds: ProcessClock.wallNow) }
        return lease.begunAt + .nanoseconds(ProcessClock.monotonicNow - begun)
    }

    // MARK: Keeping

    private func keep(
        _ grant: TokenGrant,
        _ plan: Plan,
        _ account: Int64,
        _ lease: RefreshLease,
        at now: Instant
    ) async throws -> Bool {
        let schedule = TokenSchedule(
            grant,
            plan.login,
            at: now,
            previousRefreshEnd: lease.refreshExpiresAt,
            account: account
        )
        let pair = RenewedPair(
            account: account,
            seen: lease.generation,
            sealed: try vault.seal(grant.accessToken, as: .accessToken(account: account)),
            sealedRefresh: try grant.refreshToken.map { try vault.seal($0, as: .refreshToken(account: account)) },
            tokenType: grant.tokenType,
            scopes: grant.scopes,
            issuedAt: now,
            expiresAt: schedule.expiresAt,
            refreshExpiresAt: schedule.refreshExpiresAt,
            refreshAt: schedule.refreshAt
        )
        do { try spill?.write(pair) } catch {
            logger.error("a renewed credential cannot be put aside", ["account": .int(account)])
        }
        return await keep(pair)
    }

    /// Stores a pair, trying again for as long as the process lives: there is no other copy.
    private func keep(_ pair: RenewedPair) async -> Bool {
        let backoff = Backoff(base: .milliseconds(100), cap: .seconds(5), floor: .milliseconds(20))
        var generator = SystemRandomNumberGenerator()
        for attempt in 1... {
            if let stored = try? await store.finish(pair) {
                spill?.remove(pair)
                return stored
            }
            if Task.isCancelled { break }
            logger.warning("a renewed credential cannot be stored, trying again", ["account": .int(pair.account)])
            try? await Task.sleep(for: backoff.delay(attempt: attempt, using: &generator))
        }
        return false
    }
}
