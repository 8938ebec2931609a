import FleetCore
import JSON
import Platforms
import TestSupport
import Testing

@Suite struct ConformanceTests {
    @Test(arguments: ConformanceCase.all(of: .instagram))
    func `a recorded Instagram answer gives what is expected`(recorded: ConformanceCase) {
        #expect(recorded.differences() == [])
    }

    @Test func `all recorded Instagram answers are tried`() {
        #expect(ConformanceCase.all(of: .instagram).count == 19)
    }

    @Test(arguments: ConformanceCase.all(of: .instagram))
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

    @Test(arguments: ConformanceCase.all(of: .instagram))
    func `no prefix of a body crashes, and none gives numbers`(recorded: ConformanceCase) throws {
        let request = try #require(recorded.request)
        var response = recorded.response
        let body = response.body
        for count in 0..<body.count {
            response.body = Array(body[..<count])
            guard case .page(let page) = recorded.platform.read(request, response, recorded.collectedAt) else {
                continue
            }
            Issue.record("a body cut at \(count) gave \(page.samples.count) samples")
        }
    }

    @Test(arguments: ConformanceCase.all(of: .instagram))
    func `no changed byte crashes`(recorded: ConformanceCase) throws {
        let request = try #require(recorded.request)
        var response = recorded.response
        let body = response.body
        for index in stride(from: 0, to: body.count, by: 3) {
            for mask: UInt8 in [0x01, 0x20, 0x80] {
                response.body = body
                response.body[index] ^= mask
                _ = recorded.platform.read(request, response, recorded.collectedAt)
            }
        }
    }

    @Test(arguments: ConformanceCase.all(of: .instagram))
    func `dropping, nulling or mistyping any field invents no number`(recorded: ConformanceCase) throws {
        guard let body = try? JSONValue(parsing: recorded.response.body), let request = recorded.request,
            case .page(let whole)? = recorded.run()
        else { return }
        let known = Set(whole.samples.map(\.value))
        for mutant in Self.mutants(of: body) {
            let response = PlatformResponse(status: 200, headers: [], body: mutant.rendered())
            guard case .page(let page) = recorded.platform.read(request, response, recorded.collectedAt) else {
                continue
            }
            // Sums of remaining parts cannot appear: a total with a part missing is not a total.
            #expect(Set(page.samples.map(\.value)).isSubset(of: known), "\(mutant)")
        }
    }

    /// The body with its members turned round and an unknown one in every object.
    private static func padded(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): .array(elements.map(padded))
        case .object(let members):
            .object(
                [.init("zz_new", ["deep": [1, nil, "x"]])]
                    + members.reversed().map { .init($0.key, padded($0.value)) }
            )
        default: value
        }
    }

    /// Every way of dropping one member, and of replacing one member's value by null, a boolean, text or an empty list.
    private static func mutants(of value: JSONValue) -> [JSONValue] {
        var mutants: [JSONValue] = []
        switch value {
        case .object(let members):
            for index in members.indices {
                var changed = members
                changed.remove(at: index)
                mutants.append(.object(changed))
                let others: [JSONValue] = [.null, .bool(true), .string("x"), .array([])]
                for other in others + Self.mutants(of: members[index].value) {
                    changed = members
                    changed[index].value = other
                    mutants.append(.object(changed))
                }
            }
        case .array(let elements):
            for index in elements.indices {
                var changed = elements
                changed.remove(at: index)
                mutants.append(.array(changed))
                for other in Self.mutants(of: elements[index]) {
                    changed = elements
                    changed[index] = other
                    mutants.append(.array(changed))
                }
            }
        default: break
        }
        return mutants
    }

    private static func summary(_ answer: PlatformAnswer) -> String {
        switch answer {
        case .error(let error): "\(error)"
        case .page(let page):
            "\(Set(page.samples.map { "\(ConformanceCase.value(of: $0))" }).sorted()) \(String(describing: page.next))"
        }
    }
}
