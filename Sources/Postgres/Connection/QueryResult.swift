internal import CPQ

/// Owns one `PGresult` and lends its content.
@safe
struct QueryResult: ~Copyable {
    private let pointer: OpaquePointer

    init(taking pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe PQclear(pointer) }

    var status: ExecStatusType { unsafe PQresultStatus(pointer) }
    var rowCount: Int { Int(unsafe PQntuples(pointer)) }
    var columnCount: Int { Int(unsafe PQnfields(pointer)) }

    /// The number behind the command's tag; zero where there is none.
    var affected: Int { unsafe Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

    func column(_ index: Int) -> RowsStorage.Column {
        let name = unsafe PQfname(pointer, CInt(index))
        return unsafe RowsStorage.Column(
            name: name.map { unsafe String(cString: $0) } ?? "",
            type: PQftype(pointer, CInt(index))
        )
    }

    /// -1 for null.
    func length(_ row: Int, _ column: Int) -> Int32 {
        if unsafe PQgetisnull(pointer, CInt(row), CInt(column)) == 1 { return -1 }
        return unsafe PQgetlength(pointer, CInt(row), CInt(column))
    }

    /// Valid while this result lives.
    func value(_ row: Int, _ column: Int, _ length: Int32) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: PQgetvalue(pointer, CInt(row), CInt(column)), count: Int(length))
    }

    func field(_ code: Character) -> String? {
        guard let ascii = code.asciiValue, let text = unsafe PQresultErrorField(pointer, CInt(ascii)) else {
            return nil
        }
        return unsafe String(cString: text)
    }

    var errorMessage: String { unsafe String(cString: PQresultErrorMessage(pointer)) }

    /// The one place where a result's status becomes our error; nil when it is none.
    func failure(_ statement: String?) -> PostgresError? {
        switch status {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_SINGLE_TUPLE, PGRES_PIPELINE_SYNC, PGRES_COPY_IN,
            PGRES_EMPTY_QUERY:
            return nil
        case PGRES_PIPELINE_ABORTED:
            return PostgresError(
                .aborted,
                "not executed because an earlier command of the pipeline failed",
                statement: statement
            )
        case PGRES_FATAL_ERROR:
            // The letters are the protocol's field codes (manual, "Error and Notice Message Fields").
            let state = field("C")
            let fatal = field("V").map { $0 == "FATAL" || $0 == "PANIC" } ?? (state == nil)
            return PostgresError(
                state == nil ? .connectionLost : .server,
                field("M") ?? errorMessage.trimmedLine,
                sqlState: state,
                detail: field("D"),
                constraint: field("n"),
                statement: statement,
                isConnectionLost: fatal
            )
        default:
            return PostgresError(.protocolViolation, "an answer of an unexpected kind came", statement: statement)
        }
    }
}

extension String {
    /// The text on one line: no white space at its ends, one space for each run of it inside.
    var trimmedLine: String { split { $0.isWhitespace }.joined(separator: " ") }
}

/// Gathers results into one answer.
struct RowsBuilder {
    private(set) var rowCount = 0
    private var columns: [RowsStorage.Column] = []
    private var cells: [RowsStorage.Cell] = []
    private var bytes: [UInt8] = []
    private var affected = 0

    mutating func append(_ result: borrowing QueryResult) {
        let rows = result.rowCount
        let width = result.columnCount
        if columns.isEmpty { columns = (0..<width).map { result.column($0) } }
        if rows > 1 {
            cells.reserveCapacity(cells.count + rows * width)
            var size = 0
            for row in 0..<rows {
                for column in 0..<width { size += Int(max(0, result.length(row, column))) }
            }
            bytes.reserveCapacity(bytes.count + size)
        }
        for row in 0..<rows {
            for column in 0..<width {
                let length = result.length(row, column)
                cells.append(RowsStorage.Cell(offset: bytes.count, length: length))
                if length > 0 { unsafe bytes.append(contentsOf: result.value(row, column, length)) }
            }
        }
        rowCount += rows
        affected += result.affected
    }

    func build() -> Rows {
        Rows(
            storage: RowsStorage(columns: columns, cells: cells, bytes: bytes, rowCount: rowCount, affected: affected)
        )
    }
}
