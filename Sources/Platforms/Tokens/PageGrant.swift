internal import JSON

/// Something that a user manages and that can be collected: a page, an organisation, a business profile.
public struct PageGrant: Sendable, Equatable {
    /// The platform's id.
    public let id: String
    /// The token that it is called with; nil where the user's own is.
    public let token: SecretText?
}

extension Platform {
    /// The request that lists what a granted token manages; nil where the grant is about its owner's account itself.
    public func pagesRequest(_ login: Login, _ inputs: TokenInputs, _ settings: PlatformSettings) -> TokenRequest? {
        login.pages.map { TokenRequest($0.call, inputs, settings, version: settings.version ?? defaultVersion) }
    }

    /// What is listed in an answer. Pages without a token, on which the user has no task, are left out.
    public func readPages(
        _ login: Login,
        _ request: TokenRequest,
        _ response: PlatformResponse
    ) -> Result<[PageGrant], PlatformError> {
        guard response.status == 200, let form = login.pages?.form else {
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
                guard key == "data" || key == "elements", try json.enterArray() else { continue }
                while try json.nextElement() {
                    if let page = try PageGrant(&json, form) { pages.append(page) }
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
    fileprivate init?(_ json: inout JSONReader, _ form: Login.Pages.Form) throws(JSONError) {
        guard try json.enterObject() else { return nil }
        var (id, token): (String?, String?)
        while let key = try json.nextKey() {
            switch (form, key) {
            case (.pageTokens, "id"): id = try TokenReader.identifier(&json)
            case (.pageTokens, "access_token"): token = try json.textIfString()?.string
            case (.businessProfiles, "instagram_business_account"): id = try PageGrant.nestedID(&json)
            case (.organizations, "organization"), (.organizations, "organizationTarget"):
                // urn:li:organization:123
                id = try json.textIfString()?.string
            default: break
            }
        }
        guard let id, !id.isEmpty, form != .pageTokens || !(token ?? "").isEmpty else { return nil }
        self.init(id: id, token: token.map { SecretText($0) })
    }

    private static func nestedID(_ json: inout JSONReader) throws(JSONError) -> String? {
        guard try json.enterObject() else { return nil }
        var id: String?
        while let key = try json.nextKey() {
            if key == "id" { id = try TokenReader.identifier(&json) }
        }
        return id
    }
}
