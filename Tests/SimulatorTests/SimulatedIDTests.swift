import FleetCore
import Platforms
import Testing

@testable import Simulator

@Suite struct SimulatedIDTests {
    static let numbers = [0, 1, 7, 999, 123_456, 8_999_999]

    @Test(arguments: PlatformName.allCases)
    func `ids of accounts have one length, rise with the number and lead back to it`(platform: PlatformName) {
        let ids = Self.numbers.map { SimulatedAccount(platform, number: $0).externalID }
        #expect(Set(ids.map(\.count)).count == 1 && ids == ids.sorted())
        for (id, number) in zip(ids, Self.numbers) {
            #expect(SimulatedAccount(platform, externalID: id)?.number == number)
            #expect(SimulatedAccount(platform, externalID: id + "0") == nil)
            #expect(SimulatedAccount(platform, externalID: String(id.dropLast())) == nil)
        }
    }

    @Test func `ids have the platforms' own forms`() {
        let ids = PlatformName.allCases.map { SimulatedAccount($0, number: 7).externalID }
        #expect(
            ids == [
                "17841400000007", "318800000000007", "8760000000000007", "UCsimulated0000000000007",
                "urn:li:organization:90000007", "1730000007", "5b0e9a41-77c2-4d1e-9f63-000000000007",
                "1059334700000000007",
            ]
        )
    }

    @Test(arguments: PlatformName.allCases)
    func `ids of posts lead back to account and number`(platform: PlatformName) {
        var seen: Set<String> = []
        for account in Self.numbers.map({ SimulatedAccount(platform, number: $0) }) {
            for number in [0, 1, 2, 499, 49_999, SimulatedPost.firstStory, 99_999] {
                let post = SimulatedPost(account, number: number)
                #expect(SimulatedPost(platform, externalID: post.externalID) == post)
                #expect(seen.insert(post.externalID).inserted)
            }
        }
        for strange in ["", "x", "1", "9223372036854775807", "-5", "urn:li:share:1", "sim0000000"] {
            #expect(SimulatedPost(platform, externalID: strange) == nil)
        }
    }

    @Test(arguments: PlatformName.allCases, SimulatedToken.Kind.allCases)
    func `tokens lead back to what they are, and no other text does`(platform: PlatformName, kind: SimulatedToken.Kind)
    {
        for generation in [0, 1, 40] {
            let token = SimulatedToken(kind, SimulatedAccount(platform, number: 42), generation: generation)
            #expect(SimulatedToken(token.text) == token)
            #expect(SimulatedToken(token.text + "0") == nil)
            #expect(SimulatedToken(String(token.text.dropLast()) + "!") == nil)
        }
        let instagram = SimulatedAccount(number: 7).token
        #expect(instagram == "sim-17841400000007-" + instagram.suffix(16))
    }
}
