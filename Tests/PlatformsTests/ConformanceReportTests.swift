import Conformance
import FleetCore
import Glibc
import JSON
import Platforms
import TestSupport
import Testing

@Suite struct ConformanceReportTests {
    static let recorded: JSONValue = [
        "platform": "instagram", "case": "x", "collected_at": "2026-11-20T06:00:00Z", "platform_account_id": "1",
        "request": [
            "method": "GET", "host": "graph.facebook.com", "path": "/v25.0/1", "query": ["fields": "media_count"],
        ],
        "response": ["status": 200, "headers": [:], "body": ["media_count": 7, "followers_count": 9, "id": "1"]],
    ]

    static func sample(_ metric: String, _ value: JSONValue) -> JSONValue {
        [
            "subject": "account", "metric": .string(metric), "kind": "gauge", "value": value, "period": "instant",
            "timestamp": "2026-11-20T06:00:00Z",
        ]
    }

    static func differences(
        _ expected: JSONValue,
        _ change: (inout JSONValue) -> Void = { _ in }
    ) throws -> [String] {
        var recorded = Self.recorded
        change(&recorded)
        return try ConformanceCase(name: "x", recorded: recorded.rendered(), expected: expected.rendered())
            .differences()
    }

    @Test func `samples in any order with members in any order conform`() throws {
        let expected: JSONValue = ["next": nil, "samples": [Self.sample("posts", 7), Self.sample("followers", 9.0)]]
        #expect(try Self.differences(expected) == [])
    }

    @Test func `a wrong value, a missing sample and a surplus one are told apart`() throws {
        let wrong = try Self.differences(["samples": [Self.sample("posts", 8), Self.sample("followers", 9)]])
        #expect(wrong.count == 1 && wrong[0].hasPrefix("value 7, expected"))
        let missing = try Self.differences([
            "samples": [Self.sample("posts", 7), Self.sample("followers", 9), Self.sample("listed", 1)]
        ])
        #expect(missing.count == 1 && missing[0].hasPrefix("missing:"))
        let surplus = try Self.differences(["samples": [Self.sample("posts", 7)]])
        #expect(surplus.count == 1 && surplus[0].hasPrefix("not expected:"))
    }

    @Test func `a sample that is expected twice must come twice`() throws {
        let twice: JSONValue = [
            "samples": [Self.sample("posts", 7), Self.sample("posts", 7), Self.sample("followers", 9)]
        ]
        #expect(try Self.differences(twice).count == 1)
    }

    @Test func `following pages, failed items and errors are compared`() throws {
        let samples: JSONValue = [Self.sample("posts", 7), Self.sample("followers", 9)]
        #expect(try Self.differences(["samples": samples, "next": ["query": ["after": "x"]]]).count == 1)
        let failed: JSONValue = [["class": "not_found", "platform_post_id": "5"]]
        #expect(try Self.differences(["samples": samples, "item_errors": failed]).count == 1)
        #expect(try Self.differences(["error": ["class": "transient"]]).count == 1)
    }

    @Test func `a request that the platform's code never sends fails`() throws {
        let found = try Self.differences(["samples": []]) { recorded in
            recorded = ConformanceReportTests.setting(recorded, "request") { request in
                ConformanceReportTests.setting(request, "path") { _ in "/v25.0/1/else/where" }
            }
        }
        #expect(found == ["the platform's code does not recognise the request"])
    }

    static func setting(_ value: JSONValue, _ key: String, _ change: (JSONValue) -> JSONValue) -> JSONValue {
        .object((value.object ?? []).map { $0.key == key ? .init(key, change($0.value)) : $0 })
    }

    @Test func `doubles differ only beyond the ninth digit, whole numbers at any`() {
        #expect(ConformanceCase.matches(0.123456789012, 0.123456789013))
        #expect(!ConformanceCase.matches(0.12345678, 0.12345679))
        #expect(!ConformanceCase.matches(9_007_199_254_740_993, 9_007_199_254_740_992))
        #expect(ConformanceCase.matches("2026-11-20T06:00:00Z", "2026-11-20T06:00:00.000Z"))
        #expect(!ConformanceCase.matches("1", 1))
    }

    @Test func `files that are no cases fail with a clear line each`() throws {
        try TemporaryFolder.with { folder in
            let expected = Array(#"{"samples":[]}"#.utf8)
            let unknown = Self.setting(Self.recorded, "platform") { _ in "myspace" }
            folder.write("myspace/new.json", unknown.rendered())
            folder.write("myspace/new.expected.json", expected)
            folder.write("broken.json", Array("{".utf8))
            folder.write("broken.expected.json", expected)
            folder.write("alone.json", Self.recorded.rendered())
            folder.write("orphan.expected.json", expected)
            folder.write("package.json", Array(#"{"about":"something else"}"#.utf8))
            folder.write("README.md", [])
            var report = ConformanceReport()
            report.run(folder.path)
            #expect(report.count == 4 && report.conforming == 0 && !report.isGood)
            let text = report.lines.joined(separator: "\n")
            for line in [
                "FAIL  alone\n        there is no alone.expected.json",
                "FAIL  broken\n        the recorded answer cannot be read", "there is no orphan.json",
                "FAIL  myspace/new\n        the platform \"myspace\" is not known; known: instagram",
            ] {
                #expect(text.contains(line), "\(line)")
            }
        }
    }

    @Test func `nothing to run is no success`() throws {
        try TemporaryFolder.with { folder in
            var report = ConformanceReport()
            report.run(folder.path)
            #expect(!report.isGood)
            report.run(folder.path + "/absent")
            #expect(report.count == 2 && report.conforming == 0)
        }
    }

    @Test func `one file of a case is enough to run it`() {
        for ending in ["json", "expected.json"] {
            var report = ConformanceReport()
            report.run("\(Fixtures.root)/platforms/instagram/empty_data.\(ending)")
            #expect(report.summary == "1 of 1 cases conform")
        }
    }

    @Test func `every recorded answer of the project conforms`() {
        var report = ConformanceReport()
        report.run("\(Fixtures.root)/platforms")
        #expect(report.isGood, "\(report.lines.filter { !$0.hasPrefix("ok") }.joined(separator: "\n"))")
        #expect(report.count >= 19)
    }
}
