internal import FleetCore
internal import JSON
internal import Platforms
internal import Synchronization

/// The token endpoints and consent pages of all platforms, each at its own path and in its own words.
struct TokenDoor {
    /// What is asked.
    enum Request {
        /// Tokens for a code or for a token.
        case tokens(TokenForm)
        /// A user token's pages, and one page's token.
        case pages
        case page(SimulatedAccount)
        /// What a token may do.
        case inspection(TokenForm)
        case revocation(TokenForm)
        /// The page on which a user agrees.
        case consent
    }

    let service: SimulatedService
    let call: SimulatedCall
    let platform: PlatformName
    let request: Request

    /// The question in a call, or nil when it is none about tokens.
    init?(_ service: SimulatedService, _ call: SimulatedCall, _ world: World) {
        self.service = service
        self.call = call
        let graph = GraphServing.segments(call)
        switch (graph.count, graph.first) {
        case (1, "token"?): (platform, request) = (.youtube, .tokens(.google))
        case (1, "tokeninfo"?): (platform, request) = (.youtube, .inspection(.google))
        case (1, "revoke"?): (platform, request) = (.youtube, .revocation(.google))
        case (1, "access_token"?), (1, "refresh_access_token"?):
            (platform, request) = (TokenDoor.platform(call) ?? .instagram, .tokens(.graph))
        case (1, "debug_token"?): (platform, request) = (TokenDoor.platform(call) ?? .facebook, .inspection(.graph))
        case (1, "oauth"?): (platform, request) = (.pinterest, .consent)
        case (1, let id?) where call.list("fields").contains("access_token"):
            guard let page = world.account(.facebook, id) else { return nil }
            (platform, request) = (.facebook, .page(page))
        case (2, "oauth"?):
            switch graph.last {
            case "access_token"?: (platform, request) = (TokenDoor.platform(call) ?? .facebook, .tokens(.graph))
            case "authorize"?:
                let isThreads = call.value("scope")?.contains("threads") ?? false
                (platform, request) = (isThreads ? .threads : .instagram, .consent)
            // TikTok's and Pinterest's endpoints, whose first segment looks like a version of Graph.
            case "token"?:
                let isPinterest = call.segments.first == "v5"
                (platform, request) = (isPinterest ? .pinterest : .tiktok, .tokens(isPinterest ? .pinterest : .tiktok))
            case "revoke"?: (platform, request) = (.tiktok, .revocation(.tiktok))
            default: return nil
            }
        case (2, "dialog"?) where graph.last == "oauth":
            let isInstagram = call.value("scope")?.contains("instagram") ?? false
            (platform, request) = (isInstagram ? .instagram : .facebook, .consent)
        case (2, "auth"?) where graph.last == "authorize": (platform, request) = (.tiktok, .consent)
        case (2, "me"?) where graph.last == "accounts": (platform, request) = (.facebook, .pages)
        case (3, "oauth"?) where graph.dropFirst().first == "v2":
            switch graph.last {
            case "accessToken"?: (platform, request) = (.linkedin, .tokens(.linkedin))
            case "introspectToken"?: (platform, request) = (.linkedin, .inspection(.linkedin))
            case "authorization"?: (platform, request) = (.linkedin, .consent)
            default: return nil
            }
        case (3, "2"?) where graph.dropFirst().first == "oauth2":
            (platform, request) = (.x, graph.last == "revoke" ? .revocation(.x) : .tokens(.x))
        case (3, "i"?) where graph.last == "authorize": (platform, request) = (.x, .consent)
        case (4, "o"?) where graph.last == "auth": (platform, request) = (.youtube, .consent)
        default: return nil
        }
    }

    private static func platform(_ call: SimulatedCall) -> PlatformName? { subject(call)?.account.platform }

    /// The token or code that a call is about.
    private static func subject(_ call: SimulatedCall) -> SimulatedToken? {
        let names = ["code", "refresh_token", "fb_exchange_token", "input_token", "token", "access_token"]
        for name in names {
            if let token = call.parameter(name).flatMap(SimulatedToken.init) { return token }
        }
        return nil
    }

    /// The call as a plan: token calls count in no account's windows.
    var plan: CallPlan { CallPlan("token", nil) { answer() } }

    private func answer() -> SimulatedReply {
        switch request {
        case .tokens(let form): tokens(form)
        case .pages: pages()
        case .page(let page): pageToken(page)
        case .inspection(let form): inspection(form)
        case .revocation(let form): revocation(form)
        case .consent: consent()
        }
    }

    // MARK: Tokens

    private func tokens(_ form: TokenForm) -> SimulatedReply {
        if let fault = clientFault() { return form.failure(fault.0, fault.1, status: 401) }
        guard let subject = TokenDoor.subject(call), subject.account.platform == platform else {
            return form.failure(.unknown)
        }
        let isOwnLogin = call.segments.last == "refresh_access_token"
        let isCode = subject.kind == .code
        let shortLife: Duration? = form == .graph ? .seconds(3600) : nil
        do throws(CredentialBook.Refusal) {
            let grant = try service.state.withLock { state throws(CredentialBook.Refusal) in
                guard state.world.has(subject.account) else { throw .unknown }
                if isCode {
                    try state.consents.check(subject, verifier: call.parameter("code_verifier"))
                    return try state.credentials.exchange(subject, life: shortLife, at: call.now)
                }
                guard subject.kind == .access ? form == .graph : true else { throw .unknown }
                let age = isOwnLogin ? state.credentials.lives[platform.place].minimumAge : .zero
                return try state.credentials.renew(subject, minimumAge: age, at: call.now)
            }
            return form.grant(grant, isCode: isCode)
        } catch {
            return form.failure(error)
        }
    }

    /// What is wrong with the application's own proof. Any id is taken, and any secret but `wrong`.
    private func clientFault() -> (String, String)? {
        let basic = call.header("authorization").flatMap { $0.hasPrefix("Basic ") ? $0.dropFirst(6) : nil }
        let id = call.parameter("client_id") ?? call.parameter("client_key") ?? basic.map(String.init)
        let isTokenAlone =
            ["access_token", "refresh_access_token"].contains(call.segments.last) && call.segments.count == 1
        guard id.map({ !$0.isEmpty }) ?? isTokenAlone else { return ("invalid_client", "The client is not named.") }
        guard call.parameter("client_secret") != "wrong" else {
            return ("invalid_client", "The client secret is wrong.")
        }
        return nil
    }

    // MARK: Pages

    private func userToken() -> SimulatedToken? {
        guard let token = SimulatedToken(call.token), token.account.platform == .facebook, token.kind == .user else {
            return nil
        }
        return token
    }

    private func pages() -> SimulatedReply {
        guard let user = userToken() else { return GraphFault.unparseableToken.reply(trace: 3) }
        let (standing, page) = service.state.withLock {
            ($0.credentials.standing(user, at: call.now), $0.credentials.pageToken(user.account))
        }
        if let fault = GraphServing.fault(Access(standing: standing)) { return fault.reply(trace: 4) }
        return .json { writer in
            writer.beginObject()
            writer.array("data") { writer in
                writer.beginObject()
                writer.field("access_token", page.text)
                writer.field("name", user.account.username)
                writer.field("id", user.account.externalID)
                writer.field("tasks", ["ANALYZE", "MODERATE"])
                writer.endObject()
            }
            GraphServing.writePaging(
                &writer,
                call,
                host: "https://graph.facebook.com",
                after: GraphServing.cursor(user.account.number),
                hasNext: false
            )
            writer.endObject()
        }
    }

    private func pageToken(_ page: SimulatedAccount) -> SimulatedReply {
        guard let user = userToken(), user.account == page else { return GraphFault.unparseableToken.reply(trace: 5) }
        let (standing, token) = service.state.withLock {
            ($0.credentials.standing(user, at: call.now), $0.credentials.pageToken(page))
        }
        if let fault = GraphServing.fault(Access(standing: standing)) { return fault.reply(trace: 6) }
        return .json { writer in
            writer.beginObject()
            writer.field("access_token", token.text)
            writer.field("id", page.externalID)
            writer.endObject()
        }
    }

    // MARK: The rest

    private func inspection(_ form: TokenForm) -> SimulatedReply {
        let token = TokenDoor.subject(call)
        let (standing, expiry, removed) = service.state.withLock { state in
            (
                token.map { state.credentials.standing($0, at: call.now) } ?? .unknown,
                token.flatMap { state.credentials.expiry($0) },
                token.flatMap { state.credentials.entries[$0.account]?.removedScopes } ?? []
            )
        }
        let scopes = platform.simulatedScopes.filter { !removed.contains($0) }
        return form.inspection(token, standing, expiry, scopes, at: call.now)
    }

    private func revocation(_ form: TokenForm) -> SimulatedReply {
        guard let token = TokenDoor.subject(call) else { return form.failure(.unknown) }
        service.state.withLock { $0.credentials.revoke(token.account) }
        return .json(Array("{}".utf8))
    }

    /// Agrees at once and goes back with a code; `deny=1` declines. `sim_account` names the account that agrees.
    private func consent() -> SimulatedReply {
        guard let redirect = call.value("redirect_uri"), !redirect.isEmpty else {
            return .page(400, "redirect_uri is missing")
        }
        let state = call.value("state").map { "&state=\(TokenDoor.encoded($0))" } ?? ""
        let mark = redirect.contains("?") ? "&" : "?"
        guard call.value("deny") == nil else {
            return SimulatedReply(
                status: 302,
                headers: [Field("Location", "\(redirect)\(mark)error=access_denied\(state)")]
            )
        }
        let code = service.state.withLock { state in
            let chosen = call.value("sim_account").flatMap { Int($0) } ?? state.consents.nextAccount()
            let account = SimulatedAccount(platform, number: min(max(chosen, 0), service.options.accounts - 1))
            let code = state.credentials.nextCode(account)
            state.consents.remember(code, challenge: call.value("code_challenge"))
            return code
        }
        return SimulatedReply(
            status: 302,
            headers: [Field("Location", "\(redirect)\(mark)code=\(code.text)\(state)")]
        )
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (byte | 0x20) &- 97 < 26 || byte &- 48 < 10 || byte == 45 || byte == 46 || byte == 95
            guard !isPlain else { return String(UnicodeScalar(byte)) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
