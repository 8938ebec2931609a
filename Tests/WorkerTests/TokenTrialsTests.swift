import Adapters
import FleetCore
import Platforms
import Runtime
import Testing

@testable import Worker

@Suite("Trials of tokens")
struct TokenTrialsTests {
    private static func access(_ generation: Int64 = 1) -> AccountAccess {
        AccountAccess(
            account: 7,
            workspace: 1,
            platform: "beacon",
            externalID: "77",
            isActive: true,
            isSandbox: true,
            generation: generation
        )
    }

    private static let now = Instant(microseconds: 1_000_000)
    private static let refusal = PlatformAnswer.error(PlatformError(.authInvalid))

    private func isTrial(_ entry: TokenTrials.Entry) -> Bool? {
        if case .go(let isTrial) = entry { isTrial } else { nil }
    }

    @Test func `the first call tries, and after its success nobody waits`() async {
        let trials = TokenTrials()
        #expect(isTrial(await trials.enter(Self.access())) == true)
        trials.answered(.page(SamplePage()), at: Self.now, Self.access(), isTrial: true)
        for _ in 0..<3 { #expect(isTrial(await trials.enter(Self.access())) == false) }
    }

    @Test func `who waits for a trial that fails gets the refusal without a call`() async {
        let trials = TokenTrials()
        _ = await trials.enter(Self.access())
        async let second = trials.enter(Self.access())
        async let third = trials.enter(Self.access())
        trials.answered(Self.refusal, at: Self.now, Self.access(), isTrial: true)
        for entry in await [second, third] { #expect(isTrial(entry) == nil) }
    }

    @Test func `after a trial without an answer exactly one of those who wait tries next`() async {
        let trials = TokenTrials()
        _ = await trials.enter(Self.access())
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    let isTrial = isTrial(await trials.enter(Self.access())) == true
                    if isTrial { trials.answered(.page(SamplePage()), at: Self.now, Self.access(), isTrial: true) }
                    return isTrial
                }
            }
            trials.failed(Self.access())
            var tried = 0
            for await isTrial in group where isTrial { tried += 1 }
            #expect(tried == 1)
        }
    }

    @Test func `another token is another trial`() async {
        let trials = TokenTrials()
        _ = await trials.enter(Self.access())
        trials.answered(Self.refusal, at: Self.now, Self.access(), isTrial: true)
        #expect(isTrial(await trials.enter(Self.access())) == nil)
        #expect(isTrial(await trials.enter(Self.access(2))) == true)
    }

    @Test func `a refusal of a token that was proven before is known to all at once`() async {
        let trials = TokenTrials()
        _ = await trials.enter(Self.access())
        trials.answered(.page(SamplePage()), at: Self.now, Self.access(), isTrial: true)
        _ = await trials.enter(Self.access())
        trials.answered(Self.refusal, at: Self.now, Self.access(), isTrial: false)
        #expect(isTrial(await trials.enter(Self.access())) == nil)
    }
}
