internal import Runtime

/// One thing wrong with a program's configuration: where it was written, what is wrong, what to do.
public struct ConfigurationFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// `--concurrency`, `FLOTILLA_WORKER_CONCURRENCY`, `config.yaml:3:16`, or the key when it is written nowhere.
    public let place: String
    public let message: String

    public init(place: String, message: String) {
        self.place = place
        self.message = message
    }

    /// One line, whatever was typed.
    public var description: String { Terminal.visible("\(place): \(message)") }
}
