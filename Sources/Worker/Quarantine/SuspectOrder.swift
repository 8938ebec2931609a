import FleetCore

/// A suspect on its way to the process that runs it, and what comes back, each as one line.
struct SuspectOrder: Equatable {
    var attempt: Int
    var doubt: DeadCause?
    /// The routing key that the job must have.
    var key: String
    var body: [UInt8]

    var line: String { "\(attempt) \(doubt?.rawValue ?? "-") \(key) \(Hexadecimal.text(body))" }

    init(attempt: Int, doubt: DeadCause?, key: String, body: [UInt8]) {
        self.attempt = attempt
        self.doubt = doubt
        self.key = key
        self.body = body
    }

    init?(line: String) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 4, let attempt = Int(words[0]), let body = Hexadecimal.bytes(words[3].utf8) else {
            return nil
        }
        self.init(
            attempt: attempt,
            doubt: DeadCause(rawValue: String(words[1])),
            key: String(words[2]),
            body: body
        )
    }
}

/// What the process that runs suspects found should be done.
enum SuspectAnswer {
    static func line(_ disposal: JobDisposal) -> String {
        switch disposal {
        case .result(let result): "result \(Hexadecimal.text(result.encoded()))"
        case .ladder(let delay, let attempt, let doubt):
            "ladder \(delay.components.seconds) \(attempt) \(doubt?.rawValue ?? "-")"
        case .deadLetter(let death): "dead \(death.cause.rawValue) \(Hexadecimal.text(Array(death.detail.utf8)))"
        }
    }

    static func disposal(line: String) -> JobDisposal? {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        switch (words.first, words.count) {
        case ("result", 2):
            return Hexadecimal.bytes(words[1].utf8).flatMap { try? JobResult(message: $0) }.map { .result($0) }
        case ("ladder", 4):
            guard let seconds = Int64(words[1]), let attempt = Int(words[2]) else { return nil }
            return .ladder(.seconds(seconds), attempt: attempt, doubt: DeadCause(rawValue: String(words[3])))
        case ("dead", 3):
            guard let cause = DeadCause(rawValue: String(words[1])), let detail = Hexadecimal.bytes(words[2].utf8)
            else {
                return nil
            }
            return .deadLetter(Death(cause, String(decoding: detail, as: UTF8.self)))
        default: return nil
        }
    }
}

/// Bytes as two digits each, so that they travel in a line.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[index * 2] = digits[Int(byte >> 4)]
                buffer[index * 2 + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }

    static func bytes(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        var high: UInt8?
        for character in text {
            let digit: UInt8
            switch character {
            case 48...57: digit = character - 48
            case 97...102: digit = character - 87
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return bytes
    }
}
