/// A queue whose front is taken without moving the rest.
struct FIFO<Element> {
    /// Nil: taken. What is taken must not be held any longer: an element may be a batch of a thousand messages.
    private var storage: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == storage.count }
    var first: Element? { isEmpty ? nil : storage[head] }
    var elements: [Element] { storage[head...].compactMap(\.self) }

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
        // The room of what was taken is given back from time to time.
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
