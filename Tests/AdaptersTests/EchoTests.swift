import Adapters
import Testing

@Suite struct EchoTests {
    @Test(arguments: [
        ("nothing here", "nothing here"), ("secret-token", "[redacted]"),
        ("a secret-token b secret-token", "a [redacted] b [redacted]"),
        ("ssecret-tokensecret-toke", "s[redacted]secret-toke"),
        ("", ""), ("secret-toke", "secret-toke"), ("secret-tokensecret-token", "[redacted][redacted]"),
    ])
    func `a repeated secret is masked wherever it stands`(text: String, wanted: String) {
        #expect(Echo.masked(text, ["secret-token"]) == wanted)
    }

    @Test func `short words are left alone`() {
        #expect(Echo.masked("to be or not to be", ["be"]) == "to be or not to be")
    }

    @Test func `several secrets are masked`() {
        #expect(Echo.masked("first-one second-one", ["first-one", "second-one"]) == "[redacted] [redacted]")
    }
}
