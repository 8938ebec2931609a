import Glibc
import Runtime
import Testing

@Suite("Small files")
struct FileBytesTests {
    /// Lends a folder of its own, and removes it with what the body put into it.
    private func withFolder(_ body: (String) -> Void) {
        var template = Array("/tmp/flotilla-files-XXXXXX".utf8CString)
        let folder = template.withUnsafeMutableBufferPointer { name in
            name.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let folder else { preconditionFailure("no temporary folder") }
        defer {
            unlink(folder + "/file")
            rmdir(folder)
        }
        body(folder)
    }

    private func write(_ bytes: [UInt8], to path: String, mode: mode_t) {
        let descriptor = open(path, O_CREAT | O_WRONLY | O_TRUNC, mode)
        bytes.withUnsafeBytes { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
        fchmod(descriptor, mode)
        close(descriptor)
    }

    private func failure(_ path: String, limit: Int = 100, isSecret: Bool = false) -> FileError? {
        do throws(FileError) {
            _ = try readFile(path, limit: limit, isSecret: isSecret)
            return nil
        } catch { return error }
    }

    @Test func `a file is read up to its limit`() {
        withFolder { folder in
            let path = folder + "/file"
            write([1, 2, 3], to: path, mode: 0o600)
            #expect((try? readFile(path, limit: 3)) == [1, 2, 3])
            #expect(failure(path, limit: 2) == .tooLarge(limit: 2))
            write([], to: path, mode: 0o600)
            #expect((try? readFile(path, limit: 0)) == [])
        }
    }

    @Test(arguments: [(0o600, true), (0o640, true), (0o400, true), (0o604, false), (0o602, false), (0o666, false)])
    func `a secret must be closed to others`(mode: Int, isAllowed: Bool) {
        withFolder { folder in
            write([1], to: folder + "/file", mode: mode_t(mode))
            let expected: FileError? = isAllowed ? nil : .readableByOthers(mode: UInt32(mode))
            #expect(failure(folder + "/file", isSecret: true) == expected)
            #expect(failure(folder + "/file") == nil)
        }
    }

    @Test func `folders, pipes and missing files are told apart, and none blocks`() {
        withFolder { folder in
            #expect(failure(folder) == .notRegular)
            #expect(failure(folder + "/file") == .missing)
            mkfifo(folder + "/file", 0o600)
            #expect(failure(folder + "/file") == .notRegular)
            #expect(failure("/dev/zero") == .notRegular)
            #expect(failure("/proc/self/status", limit: 10) == .tooLarge(limit: 10))
        }
    }

    @Test func `every variable of the process is seen`() {
        #expect(ProcessEnvironment.all["PATH"] == ProcessEnvironment["PATH"])
        #expect(!ProcessEnvironment.all.isEmpty)
    }
}
