import FleetCore
import JSON
import Platforms
import TestSupport
import Testing

@Suite struct ConformanceTests {
    @Test(arguments: ConformanceCase.all)
    func `a recorded answer gives what is expected`(recorded: ConformanceCase) {
        #expect(recorded.differences() == [])
    }

    @Test func `every folder of recorded answers belongs to a platform and is tried whole`() {
        for folder in Fixtures.names(in: "platforms") {
            let name = PlatformName(rawValue: folder)
            #expect(name.flatMap { PlatformRegistry[$0] } != nil, "\(folder)")
            let cases = ConformanceCase.all.filter { $0.platform.name == name }
            let files = ConformanceCase.folders.reduce(0) { $0 + Fixtures.names(in: "\($1)/\(folder)").count }
            #expect(cases.count * 2 == files, "\(folder)")
        }
    }

    @Test(arguments: ConformanceCase.all)
    func `members in another order and unknown fields change nothing`(recorded: ConformanceCase) throws {
        guard let body = try? JSONValue(parsing: recorded.response.body), let request = recorded.request else { return }
        let changed = Self.padded(body).rendered()
        let answer = recorded.platform.read(
            request,
            PlatformResponse(status: recorded.response.status, headers: recorded.response.headers, body: changed),
            recorded.collectedAt
        )
        #expect(Self.summary(answer) == Self.summary(try #require(recorded.run())))
    }

    @Test(arguments: ConformanceCase.all)
    func `no prefix of a body crashes, and none gives numbers`(recorded: ConformanceCase) {
        #expect(recorded.prefixesTakenForPages() == [])
    }

    @Test(arguments: ConformanceCase.all)
    func `no changed byte crashes`(recorded: ConformanceCase) { recorded.readTurnedBits() }

    @Test(arguments: ConformanceCase.all)
    func `dropping, nulling or mistyping any field invents no number`(recorded: ConformanceCase) {
        #expect(recorded.inventions() == [])
    }

    /// The body with its members turned round and an unknown one in every object, except where every key is a count's own:
    /// there an unknown member would be an unreadable part.
    private static func padded(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): .array(elements.map(padded))
        case .object(let members):
            .object(
                (members.allSatisfy { $0.value.number != nil } ? [] : [.init("zz_new", ["deep": [1, nil, "x"]])])
                    + members.reversed().map { .init($0.key, padded($0.value)) }
            )
        default: value
        }
    }

    private static func summary(_ answer: PlatformAnswer) -> String {
        switch answer {
        case .error(let error): "\(error)"
        case .page(let page):
            "\(Set(page.samples.map { "\(ConformanceCase.value(of: $0))" }).sorted()) \(String(describing: page.next))"
        }
    }
}
