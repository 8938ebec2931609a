public import Runtime

/// What a program is started with. Tests make their own.
public struct ProcessInputs: Sendable {
    /// Without the program's own name.
    public var arguments: [String]
    public var environment: [String: String]
    /// Reads a file of at most so many bytes; the last argument says whether it holds a secret.
    public var readFile: @Sendable (_ path: String, _ limit: Int, _ isSecret: Bool) throws(FileError) -> [UInt8]

    public init(
        arguments: [String] = [],
        environment: [String: String] = [:],
        readFile: @escaping @Sendable (_ path: String, _ limit: Int, _ isSecret: Bool) throws(FileError) -> [UInt8] = {
            path,
            limit,
            isSecret throws(FileError) in
            try Runtime.readFile(path, limit: limit, isSecret: isSecret)
        }
    ) {
        self.arguments = arguments
        self.environment = environment
        self.readFile = readFile
    }

    /// Those of this process.
    public static var current: ProcessInputs {
        ProcessInputs(arguments: Array(CommandLine.arguments.dropFirst()), environment: ProcessEnvironment.all)
    }
}
