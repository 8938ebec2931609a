import Glibc
import TestSupport

/// Python with a package from the package index, which is installed beside the build when it is not there.
struct Python {
    private let folder: String

    /// Nil where the package is not there and cannot be installed.
    static func with(_ package: String) async -> Python? {
        let python = Python(folder: "\(Fixtures.root)/../../.local/python")
        if await python.has(package) { return python }
        _ = try? await Subprocess.run(
            "python3",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-warn-script-location",
            "--target",
            python.folder,
            package
        )
        return await python.has(package) ? python : nil
    }

    private func has(_ package: String) async -> Bool {
        (try? await Subprocess.run("python3", "-c", path + "import \(package)")) != nil
    }

    private var path: String { "import sys; sys.path.append(\"\(folder)\")\n" }

    /// Runs a script on a file with these bytes; the lines that it prints.
    func run(_ script: String, on bytes: [UInt8]) async throws -> [String] {
        var template = Array("/tmp/flotilla-test.XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        let file = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(file) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 { break }
            written += count
        }
        close(descriptor)
        let output = try await Subprocess.run("python3", "-c", path + script, file)
        return output.split(separator: "\n").map(String.init)
    }
}
