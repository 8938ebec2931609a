import Runtime

/// The bytes of a file that a test made.
func readWhole(_ path: String) throws -> [UInt8] { try readFile(path, limit: 64 << 20) }
