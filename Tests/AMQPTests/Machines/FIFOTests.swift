import Testing

@testable import AMQP

@Suite("FIFO")
struct FIFOTests {
    private final class Batch {}

    @Test func `what was taken is not held`() {
        var queue = FIFO<Batch>()
        weak var taken: Batch?
        do {
            let batch = Batch()
            taken = batch
            queue.append(batch)
            queue.append(Batch())
        }
        #expect(taken != nil)
        _ = queue.popFirst()
        #expect(taken == nil)
        #expect(!queue.isEmpty)
    }

    @Test func `elements come out in order through prepending and removing`() {
        var queue = FIFO<Int>()
        for number in 0..<1000 { queue.append(number) }
        for number in 0..<600 { #expect(queue.popFirst() == number) }
        queue.prepend([7, 8])
        queue.removeAll { $0 % 2 == 0 }
        #expect(queue.elements == [7] + (600..<1000).filter { $0 % 2 == 1 })
        #expect(queue.popFirst() == 7)
        #expect(queue.first == 601)
    }
}
