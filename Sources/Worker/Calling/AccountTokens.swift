import Adapters
import Crypto
import FleetCore
import Platforms
import Runtime

/// Opens the tokens of accounts and has them renewed. A token lives in memory for one attempt and goes nowhere but into
/// its request.
struct AccountTokens: Sendable {
    let directory: AccountDirectory
    let vault: CredentialVault
    /// Renews an account's credential: when it is due, or when the generation given turned out to be too old.
    let refresh: @Sendable (_ account: Int64, _ seen: Int64?) async -> RefreshOutcome
    let logger: Logger

    /// What is known of an account after its token was refused or ran out.
    enum Renewal {
        /// There is another token: try with it.
        case another(AccountAccess)
        /// The attempt ends so.
        case over(JobOutcome)
    }

    /// The token for one attempt. Throws why there is none.
    func token(of access: AccountAccess) throws(Death) -> String {
        guard let sealed = access.sealed else {
            throw Death(.noCredential, "account \(access.account) has no credential")
        }
        do throws(CryptoError) {
            return try vault.open(sealed, as: .accessToken(account: access.account)).reveal()
        } catch {
            directory.forget(access.account)
            throw Death(
                .unreadableCredential,
                "the credential of account \(access.account) cannot be opened: \(error)"
            )
        }
    }

    /// The account as it can be called for now: a token that ends within seconds is renewed first, and an attempt that
    /// comes while that fails uses the old one as long as it lives.
    func ready(_ access: AccountAccess) async throws -> AccountAccess {
        guard access.canRefresh, TokenSchedule.mustRenewFirst(end: access.expiresAt, at: directory.now) else {
            return access
        }
        switch await refresh(access.account, access.generation) {
        case .renewed, .fresh: return try await anew(access) ?? access
        case .refused(let reason, _):
            throw Death(.authInvalid, "the connection cannot be renewed (\(reason)); reconnect the account")
        case .held, .inactive, .missing, .notRenewable, .failed: return access
        }
    }

    /// What follows from a refusal.
    func renewal(after refusal: TokenRefusal, _ access: AccountAccess) async throws -> Renewal {
        refusal.mayRenew ? try await expired(access, refusal.death) : try await refused(access, refusal.death)
    }

    /// After the platform said that the token ran out: one renewal by one holder, others wait or come back.
    private func expired(_ access: AccountAccess, _ death: Death) async throws -> Renewal {
        guard access.canRefresh else { return try await refused(access, death) }
        return switch await refresh(access.account, access.generation) {
        case .renewed, .fresh: try await another(access, death)
        case .held(let wait): .over(.snooze(.authExpired, detail: "the token is being renewed", wait: wait))
        case .refused(let reason, _):
            .over(.dead(Death(.authInvalid, "the connection cannot be renewed (\(reason)); reconnect the account")))
        case .failed(let reason, let wait):
            .over(.retry(.authExpired, detail: "the token could not be renewed yet (\(reason))", wait: wait))
        case .notRenewable, .inactive, .missing: try await refused(access, death)
        }
    }

    /// After the platform refused the token for good: the account needs its user, and one alert says so. Had somebody
    /// renewed it meanwhile, there is another to try with.
    private func refused(_ access: AccountAccess, _ death: Death) async throws -> Renewal {
        switch try await directory.refuse(access, reason: death.cause.rawValue) {
        case .fresh: return try await another(access, death)
        case .first:
            logger.error(
                "an account must be reconnected",
                [
                    "account": .int(access.account), "platform": .string(access.platform),
                    "reason": .string(death.cause.rawValue),
                ]
            )
        case .known: break
        }
        directory.forget(access.account)
        return .over(.dead(Death(.authInvalid, death.detail)))
    }

    /// A job that renews a credential.
    func renew(_ access: AccountAccess) async -> Result<Bool, RenewalTrouble> {
        let outcome = await refresh(access.account, nil)
        if outcome == .renewed || outcome == .fresh { directory.forget(access.account) }
        return switch outcome {
        case .renewed: .success(true)
        case .fresh: .success(false)
        case .held(let wait): .failure(RenewalTrouble(.snooze(.authExpired, detail: "it is being renewed", wait: wait)))
        case .inactive:
            .failure(RenewalTrouble(.dead(Death(.accountNotActive, "account \(access.account) is not active"))))
        case .missing:
            .failure(RenewalTrouble(.dead(Death(.noCredential, "account \(access.account) has no credential"))))
        case .notRenewable(let reason):
            .failure(RenewalTrouble(.dead(Death(.authExpired, "the connection cannot be renewed: \(reason)"))))
        case .refused(let reason, _):
            .failure(
                RenewalTrouble(
                    .dead(Death(.authInvalid, "the platform refused to renew (\(reason)); reconnect the account"))
                )
            )
        case .failed(let reason, let wait):
            .failure(RenewalTrouble(.retry(.authExpired, detail: "renewing failed: \(reason)", wait: wait)))
        }
    }

    private func another(_ access: AccountAccess, _ death: Death) async throws -> Renewal {
        guard let fresh = try await anew(access), fresh.generation != access.generation, fresh.isActive else {
            return .over(.retry(death.cause, detail: death.detail, wait: nil))
        }
        return .another(fresh)
    }

    private func anew(_ access: AccountAccess) async throws -> AccountAccess? {
        directory.forget(access.account)
        return try await directory.access(access.account)
    }
}

/// That a platform did not take the token of an attempt.
struct TokenRefusal: Sendable {
    /// How the job ends if nothing helps.
    let death: Death
    /// Whether another token may be had without the user.
    let mayRenew: Bool
}

/// How an attempt ends whose renewal did not work.
struct RenewalTrouble: Error {
    let outcome: JobOutcome
    init(_ outcome: JobOutcome) { self.outcome = outcome }
}
