/// A queue whose front is taken without moving the rest. What was taken is let go of at once: an element may hold a
/// thousand messages, and under steady load the queue is never empty.
struct FIFO<Element> {
    /// Empty places first, then the elements.
    private var storage: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == storage.count }
    var first: Element? { isEmpty ? nil : storage[head] }
    var elements: some Sequence<Element> { storage[head...].lazy.compactMap(\.self) }

    mutating func append(_ element: Element) { storage.append(element) }

    mutating func prepend(_ elements: [Element]) {
        storage = elements + storage[head...]
        head = 0
    }

    mutating func removeAll(where condition: (Element) -> Bool) {
        storage = elements.filter { !condition($0) }
        head = 0
    }

    mutating func popFirst() -> Element? {
        guard let element = first else { return nil }
        storage[head] = nil
        head += 1
        if head == storage.count {
            storage.removeAll(keepingCapacity: storage.capacity <= 4096)
            head = 0
        } else if head >= 256, head * 2 >= storage.count {
            storage.removeFirst(head)
            head = 0
        }
        return element
    }
}
