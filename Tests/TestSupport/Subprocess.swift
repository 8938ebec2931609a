import Glibc
import Runtime

/// Another program, for tests: the broker's control script, `openssl`, a relay.
public struct Subprocess: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private let process: pid_t
    private let input: CInt
    private let output: CInt

    /// Starts a program found by `PATH`. Its input stays open until `stop`; its errors go to ours.
    public init(_ words: [String]) throws {
        var inward: [CInt] = [0, 0]
        var outward: [CInt] = [0, 0]
        // Socket pairs, because a pipe cannot be made close-on-exec in one step without GNU names: another program started
        // at the same moment would keep our ends open.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &inward) == 0, socketpair(AF_UNIX, kind, 0, &outward) == 0 else {
            throw Failure(description: "no sockets")
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, inward[0], 0)
        posix_spawn_file_actions_adddup2(&actions, outward[1], 1)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var started = pid_t()
        let code = posix_spawnp(&started, words[0], &actions, nil, arguments, environ)
        close(inward[0])
        close(outward[1])
        (process, input, output) = (started, inward[1], outward[0])
        guard code == 0 else {
            close(input)
            close(output)
            throw Failure(description: "\(words[0]) cannot be started")
        }
    }

    /// The next line of its output; blocks the calling thread.
    public func readLine() -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Closes its input, ends it if that was not enough, and gives its exit code (or minus the signal).
    @discardableResult
    public func stop() -> Int {
        close(input)
        kill(process, SIGTERM)
        return wait()
    }

    /// Everything it prints until it ends, and its exit code.
    private func finish() -> (output: String, code: Int) {
        close(input)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(output, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return (String(decoding: bytes, as: UTF8.self), wait())
    }

    private func wait() -> Int {
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        close(output)
        return status & 0x7F == 0 ? Int(status >> 8 & 0xFF) : -Int(status & 0x7F)
    }

    /// Runs a program to its end on a thread of its own; throws when its exit code is not 0.
    @discardableResult
    public static func run(_ words: String...) async throws -> String {
        var thread: NamedThread?
        let result = await withCheckedContinuation { (done: CheckedContinuation<Result<String, Failure>, Never>) in
            thread = NamedThread("subprocess") {
                let outcome: Result<String, Failure>
                do {
                    let (output, code) = try Subprocess(words).finish()
                    outcome =
                        code == 0 ? .success(output) : .failure(Failure(description: "\(words) exited with \(code)"))
                } catch {
                    outcome = .failure(Failure(description: "\(error)"))
                }
                done.resume(returning: outcome)
            }
        }
        thread?.join()
        return try result.get()
    }
}
