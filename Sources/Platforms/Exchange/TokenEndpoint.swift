/// Answers of token endpoints that are read like any other, as recorded ones are: a grant is an empty page, since its
/// tokens are no samples.
enum TokenEndpoint {
    /// What an answer means for the account.
    static func answer(_ response: PlatformResponse, to request: PlatformRequest) -> PlatformAnswer {
        switch TokenReader.read(response, request: request) {
        case .grant: .page(SamplePage())
        case .error(let error): .error(error)
        }
    }
}
