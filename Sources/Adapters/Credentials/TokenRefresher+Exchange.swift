internal import Crypto
internal import FleetCore
internal import HTTPClient
internal import Platforms

extension TokenRefresher {
    /// All that an exchange needs, opened.
    struct Plan: Sendable {
        let platform: Platform
        let login: Login
        let settings: PlatformSettings
        let app: AppCredential
        let account: String
        /// The tokens to renew with, one after the other: the second only where a platform still takes an older one.
        let tokens: [SecretText]
    }

    struct Problem: Error {
        let reason: String
    }

    /// What came of asking the platform.
    enum Exchanged {
        case grant(TokenGrant)
        /// The platform no longer takes this token.
        case dead(String)
        case trouble(String, wait: Duration?, answered: Bool)
    }

    func makePlan(_ account: Int64, _ lease: RefreshLease) -> Result<Plan, Problem> {
        guard let platform = PlatformName(rawValue: lease.platform).flatMap(platform),
            let login = platform.tokens?.login(named: lease.login), login.renewal != .none
        else { return .failure(Problem(reason: "not_renewable")) }
        do {
            let app = try lease.sealedSecret.map {
                try vault.open($0, as: .appSecret(platform: lease.platform, login: lease.appLogin))
            }
            var tokens: [SecretText] = []
            switch login.renewal {
            case .none: break
            case .accessToken: tokens = [try vault.open(lease.sealed, as: .accessToken(account: account))]
            case .refreshToken:
                let kept = [lease.sealedRefresh, login.isSingleUse ? nil : lease.previousRefresh].compactMap(\.self)
                for sealed in kept { tokens.append(try vault.open(sealed, as: .refreshToken(account: account))) }
            }
            guard !tokens.isEmpty else { return .failure(Problem(reason: "no_refresh_token")) }
            guard let client = lease.clientID ?? (login.renewal == .accessToken ? "" : nil) else {
                return .failure(Problem(reason: "no_application"))
            }
            return .success(
                Plan(
                    platform: platform,
                    login: login,
                    settings: settings(platform.name),
                    app: AppCredential(id: client, secret: app),
                    account: lease.externalID,
                    tokens: tokens
                )
            )
        } catch {
            return .failure(Problem(reason: "unreadable_credential"))
        }
    }

    /// Goes through the steps of renewal. Where pages have tokens of their own, the granted token becomes the one to renew
    /// with, and the page's the one to call with.
    func exchange(_ plan: Plan, _ token: SecretText) async -> Exchanged {
        var inputs = TokenInputs(app: plan.app, token: token, account: plan.account)
        var grant: TokenGrant?
        for step in plan.platform.stepsToRenew(plan.login) {
            guard let request = plan.platform.tokenRequest(step, plan.login, inputs, plan.settings) else { continue }
            let response: PlatformResponse
            do throws(HTTPError) {
                response = try await exchanger.send(request)
            } catch {
                return .trouble("no_answer_\(error.code.rawValue)", wait: nil, answered: error.neverArrived)
            }
            switch plan.platform.readToken(plan.login, request, response) {
            case .grant(let found): grant = grant.map { found.derived(from: $0) } ?? found
            case .error(let error): return Self.meaning(of: error)
            }
            inputs.token = grant?.accessToken
        }
        return grant.map { .grant($0) } ?? .trouble("no_steps", wait: nil, answered: true)
    }

    private static func meaning(of error: PlatformError) -> Exchanged {
        let reason = error.reason ?? error.kind.rawValue
        let wait = error.retryAfter.map { Duration.seconds($0) }
        switch error.kind {
        case .authInvalid, .authExpired:
            // Graph's 100 calls the request wrong, for instance because the token is too young: the token is none the worse.
            if error.code == 100 { return .trouble("request_\(reason)", wait: .seconds(6 * 3600), answered: true) }
            // A wrong application is an operator's matter: no account has to be reconnected for it.
            return error.scope == .app
                ? .trouble("application_\(reason)", wait: .seconds(900), answered: true) : .dead(reason)
        case .rateLimited, .transient: return .trouble(reason, wait: wait, answered: true)
        case .malformed, .permission, .creditsExhausted, .notFound, .privacyFloor, .deprecatedMetric,
            .apiVersionSunset, .unclassified:
            // Perhaps the answer held a token that could not be read.
            return .trouble(reason, wait: wait, answered: false)
        }
    }
}

extension TokenGrant {
    /// A page's grant: what it derives from is kept to renew with.
    func derived(from user: TokenGrant) -> TokenGrant {
        TokenGrant(
            accessToken: accessToken,
            tokenType: tokenType,
            expiresIn: expiresIn,
            refreshToken: user.accessToken,
            refreshExpiresIn: user.expiresIn,
            scopes: scopes ?? user.scopes,
            subject: subject
        )
    }
}
