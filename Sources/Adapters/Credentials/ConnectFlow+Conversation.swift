internal import FleetCore
internal import HTTPClient
internal import Platforms

extension ConnectFlow {
    /// What is said to a platform after a user came back.
    struct Conversation: Sendable {
        let flow: ConnectFlow
        let platform: Platform
        let login: Login
        let app: AppCredential

        private var settings: PlatformSettings { flow.settings(platform.name) }

        /// The token that a code gives, long-lived where there is such a thing.
        func exchange(_ code: SecretText, verifier: SecretText?, redirect: String) async throws(ConnectFault)
            -> TokenGrant
        {
            var inputs = TokenInputs(app: app, code: code, verifier: verifier, redirect: redirect)
            var grant: TokenGrant?
            for step in platform.stepsToConnect(login) {
                guard let request = platform.tokenRequest(step, login, inputs, settings) else { continue }
                switch platform.readToken(login, request, try await send(request)) {
                case .error(let error): throw .refused(error.reason ?? error.kind.rawValue)
                case .grant(let found): grant = grant.map { found.following($0) } ?? found
                }
                inputs.token = grant?.accessToken
            }
            guard let grant else { throw .refused("no_token") }
            return grant
        }

        /// The accounts behind a grant, each with the grant it is called with.
        func accounts(of grant: TokenGrant, at now: Instant) async throws(ConnectFault) -> [(String, TokenGrant)] {
            let inputs = TokenInputs(app: app, token: grant.accessToken)
            if let request = platform.pagesRequest(login, inputs, settings) {
                switch platform.readPages(login, request, try await send(request)) {
                // Some logins name the profile with the code already.
                case .failure where grant.subject != nil: break
                case .failure(let error): throw .refused(error.reason ?? error.kind.rawValue)
                case .success(let pages):
                    return pages.map { page in
                        let own = page.token.map { TokenGrant(accessToken: $0).derived(from: grant) }
                        return (page.id, own ?? grant)
                    }
                }
            }
            if let subject = grant.subject { return [(subject, grant)] }
            let (request, _) = platform.identityRequests(login, inputs, settings)
            var identity = TokenIdentity()
            guard identity.add(try await send(request), login, at: now), let subject = identity.subject else {
                throw .nothingToConnect
            }
            return [(subject, grant)]
        }

        private func send(_ request: TokenRequest) async throws(ConnectFault) -> PlatformResponse {
            do throws(HTTPError) {
                return try await flow.exchanger.send(request)
            } catch {
                throw .unreachable
            }
        }
    }
}

extension TokenGrant {
    /// A long-lived grant made from a short-lived one, whose scopes and owner only the first answer told.
    func following(_ first: TokenGrant) -> TokenGrant {
        var grant = self
        grant.scopes = grant.scopes ?? first.scopes
        grant.subject = grant.subject ?? first.subject
        return grant
    }
}
