/// Names one delivery on one life of one channel. Tokens of an earlier life are recognised and dropped.
public struct DeliveryToken: Sendable, Hashable {
    /// The consumer's channel.
    package let channel: UInt16
    /// Counts the lives of all channels of a consumer.
    package let epoch: UInt32
    /// The broker's number of the delivery.
    package let tag: UInt64
}

/// The deliveries of one channel's life that were not answered yet, and which answers to send.
///
/// Pure. Acknowledged tags that reach without a gap from the lowest outstanding one go as a single "multiple"; the others
/// wait for their gap to close, or go one by one when the caller says so.
struct AckLedger {
    struct Acknowledgement: Equatable {
        var tag: UInt64
        var multiple: Bool
    }

    private enum Slot { case outstanding, acknowledged, settled }

    let epoch: UInt32
    /// Ring of a power of two; tag t lives at t & mask.
    private var slots: [Slot]
    private var lowest: UInt64 = 1
    private var next: UInt64 = 1
    private var pending: [UInt64] = []
    private(set) var outstanding = 0

    init(epoch: UInt32, prefetch: Int) {
        self.epoch = epoch
        var size = 16
        while size < prefetch { size *= 2 }
        slots = Array(repeating: .settled, count: size)
    }

    private func index(_ tag: UInt64) -> Int { Int(tag & UInt64(slots.count - 1)) }

    /// A delivery came. The broker numbers them from 1 without gaps; false when it did not.
    mutating func delivered(_ tag: UInt64) -> Bool {
        guard tag == next else { return false }
        if next - lowest == UInt64(slots.count) { grow() }
        slots[index(tag)] = .outstanding
        next += 1
        outstanding += 1
        return true
    }

    private mutating func grow() {
        var larger = Array(repeating: Slot.settled, count: slots.count * 2)
        for tag in lowest..<next { larger[Int(tag & UInt64(larger.count - 1))] = slots[index(tag)] }
        slots = larger
    }

    private mutating func take(_ token: DeliveryToken, as slot: Slot) -> Bool {
        guard token.epoch == epoch, token.tag >= lowest, token.tag < next, slots[index(token.tag)] == .outstanding
        else {
            return false
        }
        slots[index(token.tag)] = slot
        outstanding -= 1
        return true
    }

    /// False when the token is of an earlier life, or already answered.
    mutating func acknowledge(_ token: DeliveryToken) -> Bool {
        guard take(token, as: .acknowledged) else { return false }
        pending.append(token.tag)
        return true
    }

    /// As `acknowledge`; the rejection must be sent before the next `flush`, whose "multiple" may reach over it.
    mutating func reject(_ token: DeliveryToken) -> Bool { take(token, as: .settled) }

    /// Acknowledged and not yet sent.
    var waiting: Int { pending.count }

    /// Sends what is acknowledged without a gap, and with `stragglers` everything that is acknowledged.
    mutating func flush(stragglers: Bool = true, _ send: (Acknowledgement) -> Void) {
        guard !pending.isEmpty else { return }
        var covered = 0
        var last: UInt64 = 0
        while lowest < next, slots[index(lowest)] != .outstanding {
            if slots[index(lowest)] == .acknowledged {
                covered += 1
                last = lowest
                slots[index(lowest)] = .settled
            }
            lowest += 1
        }
        if covered > 0 { send(Acknowledgement(tag: last, multiple: covered > 1)) }
        if stragglers {
            for tag in pending where tag >= lowest {
                slots[index(tag)] = .settled
                send(Acknowledgement(tag: tag, multiple: false))
            }
            pending.removeAll(keepingCapacity: true)
        } else {
            pending.removeAll { $0 < lowest }
        }
    }
}
