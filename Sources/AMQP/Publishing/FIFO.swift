/// A queue whose front is taken without moving the rest.
struct FIFO<Element> {
    private var storage: [Element] = []
    private var head = 0

    var isEmpty: Bool { head == storage.count }
    var first: Element? { isEmpty ? nil : storage[head] }
    var elements: ArraySlice<Element> { storage[head...] }

    mutating func append(_ element: Element) { storage.append(element) }

    mutating func prepend(_ elements: [Element]) {
        storage = elements + storage[head...]
        head = 0
    }

    mutating func removeAll(where condition: (Element) -> Bool) {
        storage = storage[head...].filter { !condition($0) }
        head = 0
    }

    mutating func popFirst() -> Element? {
        guard let element = first else { return nil }
        head += 1
        // What was taken is let go of from time to time.
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
