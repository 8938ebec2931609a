/// The messages of one channel's life that were written and not yet confirmed, by their delivery tags.
///
/// Pure. The broker numbers publishes from 1 in the order of writing and confirms single tags or all up to a tag; an
/// unroutable message is returned first, without its tag, and then confirmed.
struct ConfirmWindow<Element> {
    private struct Slot {
        var element: Element
        var returned: (code: UInt16, reason: String)?
    }

    enum Verdict: Equatable {
        case accepted
        case refused
        case returned(code: UInt16, reason: String)
    }

    /// Ring of `limit` slots; tag t lives at t % limit. Nil: settled.
    private var slots: [Slot?]
    private var lowest: UInt64 = 1
    private var next: UInt64 = 1
    private var lastReturned: UInt64 = 0
    /// How many are written and not settled.
    private(set) var outstanding = 0

    init(limit: Int) {
        precondition(limit > 0, "a window needs room for one message")
        slots = Array(repeating: nil, count: limit)
    }

    /// Whether the oldest unsettled message leaves no room.
    var isFull: Bool { next - lowest >= UInt64(slots.count) }

    private func index(_ tag: UInt64) -> Int { Int(tag % UInt64(slots.count)) }

    /// A message was written; returns its tag.
    @discardableResult
    mutating func wrote(_ element: Element) -> UInt64 {
        precondition(!isFull, "a message was written into a full window")
        let tag = next
        slots[index(tag)] = Slot(element: element)
        next += 1
        outstanding += 1
        return tag
    }

    /// A message came back. Returns arrive in the order of writing, so the first match after the last one is meant.
    /// False when nothing matches.
    mutating func returned(code: UInt16, reason: String, where matches: (Element) -> Bool) -> Bool {
        var tag = max(lowest, lastReturned + 1)
        while tag < next {
            if let slot = slots[index(tag)], matches(slot.element) {
                slots[index(tag)]!.returned = (code, reason)
                lastReturned = tag
                return true
            }
            tag += 1
        }
        return false
    }

    /// The broker confirmed. Calls `settle` for each message concerned, oldest first; tags already settled are skipped.
    /// False when the tag was never written.
    mutating func confirmed(
        _ tag: UInt64,
        multiple: Bool,
        accepted: Bool,
        settle: (Element, Verdict) -> Void
    ) -> Bool {
        // With `multiple`, zero stands for everything written so far.
        let last = multiple && tag == 0 ? next - 1 : tag
        guard last < next, last > 0 || multiple else { return false }
        var current = multiple ? lowest : max(last, lowest)
        while current <= last {
            let place = index(current)
            if let slot = slots[place] {
                slots[place] = nil
                outstanding -= 1
                if let returned = slot.returned {
                    settle(slot.element, .returned(code: returned.code, reason: returned.reason))
                } else {
                    settle(slot.element, accepted ? .accepted : .refused)
                }
            }
            current += 1
        }
        while lowest < next, slots[index(lowest)] == nil { lowest += 1 }
        return true
    }

    /// The channel ended: takes out everything unsettled, oldest first, and begins again at tag 1.
    mutating func abandon() -> [Element] {
        var left: [Element] = []
        left.reserveCapacity(outstanding)
        for tag in lowest..<next {
            if let slot = slots[index(tag)] { left.append(slot.element) }
            slots[index(tag)] = nil
        }
        (lowest, next, lastReturned, outstanding) = (1, 1, 0, 0)
        return left
    }

    /// The unsettled messages, oldest first.
    var elements: [Element] { (lowest..<next).compactMap { slots[index($0)]?.element } }
}
