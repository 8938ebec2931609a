public import FleetCore

/// How a platform's tokens are granted, exchanged and renewed: data, and pure functions from it to requests and from
/// answers to grants.
public struct TokenRules: Sendable {
    /// The ways to connect, the usual one first.
    public let logins: [Login]

    /// Rules of one or more logins.
    init(_ logins: Login...) {
        precondition(!logins.isEmpty, "a platform with tokens has a login")
        self.logins = logins
    }

    /// The login of a name; the usual one for an empty name, nil for an unknown one.
    public func login(named name: String) -> Login? {
        name.isEmpty ? logins[0] : logins.first { $0.name == name }
    }

    /// Marks requests to token endpoints, so that their answers are read here and not as metrics.
    public static let purpose: UInt8 = 255

    /// Whether a request that was written down goes to one of the platform's token endpoints.
    func isTokenEndpoint(_ request: PlatformRequest) -> Bool {
        logins.contains { login in login.calls.contains { $0.isAddress(of: request) } }
    }
}

extension Platform {
    /// One step on the way to a token that can be called with.
    public enum TokenStep: Sendable, Equatable {
        /// Gives a code, takes a token.
        case exchange
        /// Makes a short-lived token a long-lived one.
        case lengthen
        /// Renews.
        case renew
        /// Derives the token that is called with.
        case derive
    }

    /// The steps from a code to the token that is kept. Where pages have tokens of their own, those follow.
    public func stepsToConnect(_ login: Login) -> [TokenStep] {
        [.exchange] + (login.longLived == nil ? [] : [.lengthen])
    }

    /// The steps that renew a connection.
    public func stepsToRenew(_ login: Login) -> [TokenStep] {
        (login.renew == nil ? [] : [.renew]) + (login.derive == nil ? [] : [.derive])
    }

    /// The request of a step; nil when the login has no such step.
    public func tokenRequest(
        _ step: TokenStep,
        _ login: Login,
        _ inputs: TokenInputs,
        _ settings: PlatformSettings
    ) -> TokenRequest? {
        let call: TokenCall? =
            switch step {
            case .exchange: login.exchange
            case .lengthen: login.longLived
            case .renew: login.renew
            case .derive: login.derive
            }
        return call.map { TokenRequest($0, inputs, settings, version: settings.version ?? defaultVersion) }
    }

    /// What the answer to a token request means. Scopes come out under the names of ``scopes``.
    public func readToken(_ login: Login, _ request: TokenRequest, _ response: PlatformResponse) -> TokenAnswer {
        switch TokenReader.read(response, request: request.asPlatformRequest) {
        case .grant(var grant):
            grant.scopes = grant.scopes?.map(login.scopeName)
            return .grant(grant)
        case .error(let error): return .error(error)
        }
    }

    /// The requests that say whose a token is and what it may do; the second where the platform tells.
    public func identityRequests(
        _ login: Login,
        _ inputs: TokenInputs,
        _ settings: PlatformSettings
    ) -> (identity: TokenRequest, inspection: TokenRequest?) {
        let version = settings.version ?? defaultVersion
        return (
            TokenRequest(login.identity, inputs, settings, version: version),
            login.inspection.map { TokenRequest($0, inputs, settings, version: version) }
        )
    }

    /// Whether saying what a token may do needs the application's id and secret.
    public func needsApplication(_ login: Login) -> Bool {
        login.inspection?.fields.contains { $0.source == .clientSecret || $0.source == .appToken } ?? false
    }

    /// What an error in answer to an identity request means: as the platform's code reads it, where it knows the call.
    public func classify(
        _ response: PlatformResponse,
        to request: TokenRequest,
        account: String?,
        at now: Instant
    ) -> PlatformError {
        let plain = PlatformRequest(
            request.method,
            origin: request.origin,
            path: request.path,
            headers: request.headers
        )
        if let known = recognise(plain, account), case .error(let error) = read(known, response, now) { return error }
        switch TokenReader.read(response, request: request.asPlatformRequest) {
        case .error(let error): return error
        case .grant: return PlatformError(.unclassified)
        }
    }

    /// The permissions that a connection lacks, each with the metrics it would add; empty when nothing is missing or
    /// nobody knows what was granted. A permission without metrics is needed for everything.
    public func missingScopes(granted: [String]?, login: Login) -> [Scope] {
        guard let granted else { return [] }
        let needed = scopes.filter { login.scopes.contains($0.name) }
        let known = Set(needed.map(\.name))
        let all = needed + login.scopes.filter { !known.contains($0) && !$0.contains("offline") }.map { Scope($0) }
        return all.filter { !granted.contains($0.name) }
    }
}
