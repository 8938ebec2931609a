import FleetCore
import Platforms
import Testing

@testable import Worker

@Suite("The course of an attempt", .enabled(if: WorkerLab.isAvailable))
struct CourseTests {
    @Test func `pages are followed to the last one`() async throws {
        try await WorkerLab.run { lab in
            let result = try await lab.member().result(.posts)
            #expect(result.posts.map(\.externalID) == ["p0", "p1", "p2"])
            #expect(result.requests == 3 && !result.isPartial && result.isSynthetic)
        }
    }

    @Test func `pages that repeat end the attempt`() async throws {
        try await WorkerLab.run { lab in
            lab.beacon.rule { $0.repeatsPages = true }
            guard case .doubt(let death, _) = try await lab.member().attempt(.posts) else {
                Issue.record("the pages were followed for ever")
                return
            }
            #expect(death.cause == .malformedAnswer)
            #expect(lab.beacon.calls.count == 3)
        }
    }

    @Test(arguments: [
        ("slow_down", "snooze"), ("token_ended", "doubt"), ("token_revoked", "dead"), ("not_yours", "dead"),
        ("no_such_thing", "doubt"), ("trouble", "retry"), ("wrong", "dead"), ("version_ended", "dead"),
        ("anything else", "retry"), ("too_few", "finished"),
    ])
    func `an error ends the attempt as its class demands`(code: String, end: String) async throws {
        try await WorkerLab.run { lab in
            lab.beacon.rule { $0.everything = code }
            let outcome = try await lab.member().attempt()
            #expect("\(outcome)".hasPrefix(end), "\(outcome)")
        }
    }
}
