import FleetCore
import TestSupport
import Testing

/// `docs/explain.md` shows what a proof printed. The proof holds the page against what it prints; here the page is held against
/// itself.
@Suite("The documented explanation")
struct DocumentedExplanationTests {
    /// What each command printed, by line.
    private static let commands: [[String]] = {
        let lines = Fixtures.text("../../docs/explain.md").split(separator: "\n", omittingEmptySubsequences: false)
        let block = lines.drop { $0 != "```text" }.dropFirst().prefix { $0 != "```" }
        return block.reduce(into: []) { commands, line in
            if line.hasPrefix("$ flotilla ") { commands.append([]) }
            if !commands.isEmpty { commands[commands.count - 1].append(String(line)) }
        }
    }()

    /// The number that a line begins with, after a word if one is given.
    private func number(_ line: String, after word: String = "") -> Int64? {
        let text = line.drop { $0 == " " }
        guard text.hasPrefix(word) else { return nil }
        return Int64(text.dropFirst(word.count).prefix { $0.isNumber || $0 == "," }.filter { $0 != "," })
    }

    @Test("it holds an explanation of now and of then, the figures of then, and what changed since")
    func commands() {
        #expect(Self.commands.map { $0[0].split(separator: " ")[2] } == ["explain", "explain", "metrics", "metrics"])
        #expect(Self.commands[1][0].contains("--as-of") && !Self.commands[0][0].contains("--as-of"))
        for command in Self.commands.prefix(2) {
            for topic in PlatformPageCheck.Topic.allCases {
                #expect(command.contains { $0.dropFirst(4).hasPrefix(topic.rawValue) }, "\(topic)")
            }
        }
    }

    @Test("the figure of then is among what the reading of now was before, and each is what its formula says")
    func restated() throws {
        let figures = try Self.commands.prefix(2).map { command in
            let line = try #require(command.firstIndex { $0.contains("1 of 1 days") })
            let figure = try #require(number(command[line]))
            #expect(number(command[line + 1], after: "= ") == figure)
            return figure
        }
        let before = Self.commands[0].compactMap { number($0, after: "was ") }
        #expect(before.contains(figures[1]) && figures[0] != figures[1])
        #expect(Self.commands[2].contains { $0.contains("views") && $0.contains("synthetic") })
    }

    @Test("every change in the report is the later number less the earlier one")
    func changes() {
        let rows = Self.commands[3].dropFirst(2).filter { $0.contains("2026-") }
        #expect(!rows.isEmpty)
        for row in rows {
            let numbers = row.split(separator: " ").dropFirst(4).prefix(3).map { $0.filter { $0 != "," } }
            let values = numbers.compactMap { Int64($0) }
            #expect(values.count == 3 && values[1] - values[0] == values[2], "\(row)")
        }
    }
}
