import Platforms
import Testing

@Suite struct MetricSearchTests {
    /// Lets a search run against a call that fails when it holds a culprit, or always.
    static func run(
        _ count: Int,
        _ culprits: Set<Int>,
        always: Bool = false,
        naming: Bool = false
    ) -> (step: MetricSearch.Step, calls: Int) {
        let names = (0..<count).map(String.init)
        func named(_ asked: [String]) -> [String] { naming ? asked.filter { culprits.contains(Int($0)!) } : [] }
        var search = MetricSearch(names, named: named(names))
        while true {
            switch search.next() {
            case .ask(let asked):
                precondition(!asked.isEmpty && Set(asked).count == asked.count)
                if always || asked.contains(where: { culprits.contains(Int($0)!) }) {
                    search.refused(named: named(asked))
                } else {
                    search.passed()
                }
                precondition(search.calls <= 4 * count + 4, "the search does not end")
            case let end: return (end, search.calls)
            }
        }
    }

    /// Twice the binary logarithm, rounded up, and two more.
    static func bound(_ count: Int) -> Int { 2 * (Int.bitWidth - (max(count, 1) - 1).leadingZeroBitCount) + 2 }

    @Test func `one culprit is found wherever it is, in log2 n + 1 calls`() {
        for count in 1...64 {
            for culprit in 0..<count {
                let (step, calls) = Self.run(count, [culprit])
                #expect(step == .found([String(culprit)]))
                #expect(calls <= Self.bound(count) / 2)
            }
        }
    }

    @Test func `two culprits are found wherever they are, in 2 log2 n + 2 calls`() {
        for count in 3...40 {
            for first in 0..<count {
                for second in first + 1..<count {
                    let (step, calls) = Self.run(count, [first, second])
                    guard case .found(let found) = step else {
                        Issue.record("\(first) and \(second) of \(count) are not found")
                        continue
                    }
                    #expect(Set(found) == [String(first), String(second)])
                    #expect(calls <= Self.bound(count))
                }
            }
        }
    }

    @Test func `any number of culprits is found as long as something is served`() {
        for mask in 1..<(1 << 7) - 1 {
            let culprits = Set((0..<7).filter { mask >> $0 & 1 == 1 })
            let (step, _) = Self.run(7, culprits)
            // Nothing passed before two seemed guilty: that looks like an error about no metric.
            if case .found(let found) = step { #expect(Set(found) == Set(culprits.map(String.init))) }
            if culprits.count <= 2 { #expect(step != .fruitless) }
        }
    }

    @Test func `an error about no metric ends in vain, within the bound`() {
        for count in 2...64 {
            let (step, calls) = Self.run(count, [], always: true)
            #expect(step == .fruitless)
            #expect(calls <= Self.bound(count))
        }
    }

    @Test func `the platform's word saves the search`() {
        for count in 2...20 {
            let (step, calls) = Self.run(count, [0, count - 1], naming: true)
            guard case .found(let found) = step else {
                Issue.record("nothing is found")
                continue
            }
            #expect(Set(found) == ["0", String(count - 1)])
            #expect(calls == (count > 2 ? 1 : 0))
        }
    }

    @Test func `a call that cannot be narrowed ends the search in vain`() {
        var search = MetricSearch(["a", "b", "c"], named: [])
        _ = search.next()
        search.giveUp()
        #expect(search.next() == .fruitless)
    }
}
