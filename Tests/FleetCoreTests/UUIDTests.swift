import FleetCore
import Testing

@Suite("Identifiers")
struct UUIDTests {
    @Test("text goes in and comes out the same, in either case")
    func roundTrip() throws {
        let text = "0193457a-0000-7000-8000-000000000007"
        let id = try #require(UUID(text))
        #expect(id.description == text)
        #expect(UUID(text.uppercased()) == id)
        #expect(id.milliseconds == 0x0193_457A_0000)
    }

    @Test(
        "anything but the canonical form is refused",
        arguments: [
            "", "0193457a-0000-7000-8000-00000000000", "0193457a-0000-7000-8000-0000000000077",
            "0193457a00007000800000000000000700000", "0193457g-0000-7000-8000-000000000007",
            "0193457a-0000-7000-8000_000000000007", "{193457a-0000-7000-8000-00000000000}",
        ]
    )
    func refused(text: String) {
        #expect(UUID(text) == nil)
    }

    @Test("version 7 ids carry their time and sort by it")
    func version7() {
        var generator = SystemRandomNumberGenerator()
        let early = UUID.version7(milliseconds: 1_700_000_000_000, using: &generator)
        let late = UUID.version7(milliseconds: 1_700_000_000_001, using: &generator)
        #expect(early.milliseconds == 1_700_000_000_000)
        #expect(early < late)
        #expect(early.description.dropFirst(14).first == "7")
        #expect("89ab".contains(early.description.dropFirst(19).first!))
    }

    @Test("the jobs of a run have ids that planning again finds again, and no two alike")
    func jobsOfARun() {
        var generator = SystemRandomNumberGenerator()
        let run = UUID.version7(milliseconds: 1_790_000_000_000, using: &generator)
        var seen: Set<UUID> = []
        for account in Int64(1)...20_000 {
            for step in Int64(0)..<3 {
                let id = UUID.ofJob(run: run, account: account, step: step)
                #expect(id == UUID.ofJob(run: run, account: account, step: step))
                #expect(id.milliseconds == run.milliseconds)
                seen.insert(id)
            }
        }
        #expect(seen.count == 60_000)
    }
}
