import TestSupport
import Testing

@testable import AMQP

@Suite("FIFO")
struct FIFOTests {
    @Test(arguments: 0..<20) func `it agrees with an array under any operations`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = FIFO<Int>()
        var model: [Int] = []
        for number in 0..<3000 {
            switch Int.random(in: 0..<100, using: &generator) {
            case 0:
                queue.prepend([number, number + 1])
                model = [number, number + 1] + model
            case 1:
                queue.removeAll { $0 % 7 == 0 }
                model.removeAll { $0 % 7 == 0 }
            case 2..<55:
                queue.append(number)
                model.append(number)
            default:
                #expect(queue.popFirst() == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(queue.first == model.first)
        }
        #expect(Array(queue.elements) == model)
    }
}
