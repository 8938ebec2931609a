internal import JSON

/// A page that a user manages, with the token that it is called with.
public struct PageGrant: Sendable, Equatable {
    /// The platform's id.
    public let id: String
    /// The page's name.
    public let name: String
    /// The page's own token.
    public let token: SecretText
}

extension Platform {
    /// The request that lists the pages whose tokens a granted token gives; nil where the granted token is called with.
    public func pagesRequest(_ login: Login, _ inputs: TokenInputs, _ settings: PlatformSettings) -> TokenRequest? {
        login.pages.map { TokenRequest($0, inputs, settings, version: settings.version ?? defaultVersion) }
    }

    /// The pages in an answer. Pages without a token, on which the user has no task, are left out.
    public func readPages(_ request: TokenRequest, _ response: PlatformResponse) -> Result<[PageGrant], PlatformError> {
        guard response.status == 200 else {
            guard case .error(let error) = TokenReader.read(response, request: request.asPlatformRequest) else {
                return .failure(.unreadable(status: response.status))
            }
            return .failure(error)
        }
        do throws(JSONError) {
            var pages: [PageGrant] = []
            var json = JSONReader(response.body)
            try json.beginObject()
            while let key = try json.nextKey() {
                guard key == "data", try json.enterArray() else { continue }
                while try json.nextElement() {
                    if let page = try PageGrant(&json) { pages.append(page) }
                }
            }
            try json.finish()
            return .success(pages)
        } catch {
            return .failure(.unreadable(status: response.status))
        }
    }
}

extension PageGrant {
    fileprivate init?(_ json: inout JSONReader) throws(JSONError) {
        guard try json.enterObject() else { return nil }
        var (id, name, token): (String?, String?, String?)
        while let key = try json.nextKey() {
            switch key {
            case "id": id = try TokenReader.identifier(&json)
            case "name": name = try json.textIfString()?.string
            case "access_token": token = try json.textIfString()?.string
            default: break
            }
        }
        guard let id, let token, !id.isEmpty, !token.isEmpty else { return nil }
        self.init(id: id, name: name ?? id, token: SecretText(token))
    }
}
