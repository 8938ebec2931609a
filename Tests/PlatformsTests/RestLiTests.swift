import FleetCore
import TestSupport
import Testing

@testable import Platforms

@Suite struct RestLiTests {
    @Test func `the structure stays literal and what stands in it is encoded`() {
        let value = RestLiValue.record([
            "ids": .list([.text("urn:li:share:1"), .text("a,b(c)'d e")]), "n": .text("5"), "empty": .text(""),
        ])
        #expect(value.encoded == "(ids:List(urn%3Ali%3Ashare%3A1,a%2Cb%28c%29%27d%20e),n:5,empty:'')")
        #expect(RestLiValue.list([]).encoded == "List()")
        #expect(RestLiValue.text("ä~.-_").encoded == "%C3%A4~.-_")
    }

    @Test(arguments: [
        "(timeRange:(start:1,end:2),timeGranularityType:DAY)", "List(urn:li:share:1,urn:li:ugcPost:2)",
        "urn:li:organization:1", "List((a:1),(a:2))", "List()", "()", "List(urn:li:x:(urn:li:y:1,2),b)",
    ])
    func `what was written down is read again`(text: String) {
        #expect(RestLiValue(text)?.plain == text)
    }

    @Test(arguments: ["(", "(a", "(a:1", "List(a", "List(a,", "(a:1))", "List(a)b"])
    func `an open structure is no value`(text: String) { #expect(RestLiValue(text) == nil) }

    @Test func `nesting has a bound`() {
        #expect(RestLiValue(String(repeating: "List(", count: 5000)) == nil)
        #expect(RestLiValue(String(repeating: "(a:", count: 15) + "1" + String(repeating: ")", count: 15)) != nil)
    }

    @Test func `values of any texts come back from their encoding`() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<500 {
            let value = Self.random(&generator, depth: 0)
            #expect(RestLiValue(value.encoded) == value, "\(value.encoded)")
        }
    }

    private static func random(_ generator: inout SeededGenerator, depth: Int) -> RestLiValue {
        func text() -> String {
            String(
                (0..<Int.random(in: 0...6, using: &generator)).map { _ in "ab:,()%'é ".randomElement(using: &generator)!
                }
            )
        }
        // Two apostrophes are the writing of no text at all, so they are left out as a text of their own.
        func plain() -> RestLiValue {
            let text = text()
            return .text(text == "''" ? "x" : text)
        }
        guard depth < 4 else { return plain() }
        let size = Int.random(in: 0...3, using: &generator)
        switch Int.random(in: 0...2, using: &generator) {
        case 0: return .list((0..<size).map { _ in random(&generator, depth: depth + 1) })
        case 1:
            return .record(
                (0..<size).map { .init(name: "k\($0)" + text(), value: random(&generator, depth: depth + 1)) }
            )
        default: return plain()
        }
    }
}
