/// A long-lived part of a process.
public protocol Service: Sendable {
    /// What logs call it.
    var name: String { get }

    /// Works until cancelled. Throwing, or returning while the group still runs, stops the whole process.
    func run() async throws
}

/// A service with work in flight, which it can finish or hand back when the process stops.
public protocol Drainable: Service {
    /// Stops taking work and returns once what was in flight is finished. Cancelled at the deadline, it returns soon.
    func drain() async

    /// What was handed back unfinished. Asked once, after `drain` returned and `run` ended.
    func handedBack() async -> [HandedBack]
}

extension Drainable {
    /// Nothing.
    public func handedBack() async -> [HandedBack] { [] }
}

/// Unfinished work that a service gave back when it stopped.
public struct HandedBack: Sendable, Equatable {
    /// The name of the service.
    public let service: String
    /// What it is, in the plural: `deliveries`.
    public let what: String
    /// How many.
    public let count: Int

    /// A report of one service.
    public init(service: String, what: String, count: Int) {
        self.service = service
        self.what = what
        self.count = count
    }
}
