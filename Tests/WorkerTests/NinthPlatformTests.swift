import Beacon
import Conformance
import FleetCore
import Platforms
import TestSupport
import Testing

@Suite("A ninth platform")
struct NinthPlatformTests {
    @Test func `is tried by the conformance kit like any other`() {
        var report = ConformanceReport(registry: PlatformRegistry.all + [.beacon])
        report.run("\(Fixtures.root)/beacon")
        #expect(report.isGood, "\(report.lines)")
        #expect(report.count == 4)
        var without = ConformanceReport()
        without.run("\(Fixtures.root)/beacon")
        #expect(without.conforming == 0)
    }

    @Test func `bears every broken answer`() {
        for entry in CaseFiles(registry: [.beacon]).entries(at: "\(Fixtures.root)/beacon") {
            guard case .success(let found) = entry.result else {
                Issue.record("\(entry.name)")
                continue
            }
            found.readTurnedBits()
            #expect(found.prefixesTakenForPages() == [])
            #expect(found.inventions() == [])
        }
    }

    @Test func `has requests that its own code recognises`() throws {
        let day = CivilDate("2026-11-18")!
        let posts = (1...60).map { Assignment.Post(externalID: String($0)) }
        for collect in Platform.beacon.collections {
            let assignment = Assignment(collect: collect, externalID: "77", days: day - 1...day, posts: posts)
            let requests = try Platform.beacon.requests(assignment, PlatformSettings())
            #expect(requests.count == [.accountDaily: 3, .posts: 1, .postMetrics: 3][collect])
            for request in requests {
                var written = request
                (written.purpose, written.window, written.items) = (0, nil, [])
                (written.metrics, written.endpoint) = ([], "")
                #expect(Platform.beacon.recognise(written, "77") == request)
            }
        }
    }
}
