internal import CPQ

extension Connection {
    /// Sends all commands at once and returns the rows of each, in order.
    ///
    /// Outside of a transaction the commands form one: all or none take effect (unless they say BEGIN and COMMIT
    /// themselves). Throws the first command's error; see ``pipelineResults(_:)`` for all of them. A connection lost with a
    /// COMMIT under way throws `.commitUnknown`. When a pipeline that begins with BEGIN fails, the session is left in a
    /// failed transaction: send ROLLBACK, or give the connection back to its pool, which does.
    public func pipeline(_ commands: [Command]) async throws(PostgresError) -> [Rows] {
        var rows: [Rows] = []
        rows.reserveCapacity(commands.count)
        for result in try await pipelineResults(commands) { rows.append(try result.get()) }
        return rows
    }

    /// Runs the commands as one transaction in one network turn: all take effect or none.
    ///
    /// Throws the first error; `.commitUnknown` when the connection broke and nobody can know whether it took effect.
    public func atomically(_ commands: [Command]) async throws(PostgresError) -> [Rows] {
        do throws(PostgresError) { return try await pipeline(commands) } catch {
            guard error.isOutcomeUnknown else { throw error }
            var unknown = error
            unknown.code = .commitUnknown
            throw unknown
        }
    }

    /// Like ``pipeline(_:)`` with one result per command. Those behind a failed one are `.aborted`. Throws only when
    /// nothing was sent.
    public func pipelineResults(
        _ commands: [Command]
    ) async throws(PostgresError) -> [Result<Rows, PostgresError>] {
        if commands.isEmpty { return [] }
        return try await interruptible { () throws(PostgresError) in try runPipeline(commands) }
    }

    /// What the server will answer, in order.
    private enum Expectation {
        case prepare(Int, PreparedStatements.Entry)
        case execute(Int)
        case sync
    }

    /// The pipeline, blocking.
    func runPipeline(_ commands: [Command]) throws(PostgresError) -> [Result<Rows, PostgresError>] {
        try requireIdle()
        let outside = handle.transactionStatus == PQTRANS_IDLE
        guard handle.enterPipeline() else {
            drop()
            throw lost("the connection cannot be used for a pipeline", statement: nil)
        }
        var results = [Result<Rows, PostgresError>?](repeating: nil, count: commands.count)
        do throws(PostgresError) {
            let expectations = try send(commands)
            try receive(expectations, commands, &results)
            guard handle.exitPipeline() else {
                throw PostgresError(.protocolViolation, "the pipeline did not end", isConnectionLost: true)
            }
        } catch {
            // Nothing of a half-sent pipeline takes effect: without the sync the server rolls back.
            drop()
            if error.code == .encoding { throw error }
            fill(&results, with: error, commands, outside)
        }
        trim()
        return results.map { $0 ?? .failure(PostgresError(.protocolViolation, "a command has no answer")) }
    }

    private func send(_ commands: [Command]) throws(PostgresError) -> [Expectation] {
        var expectations: [Expectation] = []
        expectations.reserveCapacity(commands.count + 2)
        var load = 0
        for (index, command) in commands.enumerated() {
            try encoder.encode(command.parameters)
            let text = command.statement.text
            var sent: Bool
            if let entry = try entry(for: command, index, &expectations) {
                sent = handle.sendExecute(entry.name, encoder)
            } else {
                sent = handle.sendUnnamed(text, encoder)
            }
            guard sent else { throw lost(handle.errorMessage, statement: text) }
            expectations.append(.execute(index))
            load += encoder.byteCount + 64
            if load > 512 << 10 {
                highestLoad = max(highestLoad, load)
                load = 0
                try drain()
            }
        }
        highestLoad = max(highestLoad, load)
        guard handle.sendSync() else { throw lost(handle.errorMessage, statement: nil) }
        expectations.append(.sync)
        return expectations
    }

    /// The prepared statement to execute, prepared within this pipeline when it is new; nil to send it unnamed.
    private func entry(
        for command: Command,
        _ index: Int,
        _ expectations: inout [Expectation]
    ) throws(PostgresError) -> PreparedStatements.Entry? {
        guard address.preparesStatements else { return nil }
        let text = command.statement.text
        if let known = prepared.find(text, command.parameters) { return known }
        guard let entry = prepared.add(text, command.parameters) else { return nil }
        guard handle.sendPrepare(entry.name, text, entry.types) else {
            throw lost(handle.errorMessage, statement: text)
        }
        expectations.append(.prepare(index, entry))
        return entry
    }

    private func receive(
        _ expectations: [Expectation],
        _ commands: [Command],
        _ results: inout [Result<Rows, PostgresError>?]
    ) throws(PostgresError) {
        for expectation in expectations {
            switch expectation {
            case .prepare(let index, let entry):
                if let error = try prepareFailure(commands[index].statement.text) {
                    prepared.remove(commands[index].statement.text, entry)
                    results[index] = .failure(error)
                    if error.isConnectionLost { throw error }
                }
            case .execute(let index):
                let result = try outcome(commands[index].statement.text)
                if results[index] == nil { results[index] = result }
                if case .failure(let error) = result, error.isConnectionLost { throw error }
            case .sync:
                guard let result = try nextResult(), result.status == PGRES_PIPELINE_SYNC else {
                    throw lost(handle.errorMessage, statement: nil)
                }
            }
        }
    }

    private func prepareFailure(_ text: String) throws(PostgresError) -> PostgresError? {
        var failure: PostgresError?
        while let result = try nextResult() {
            if failure == nil { failure = result.failure(text).map(refined) }
            if !handle.isOpen { break }
        }
        return failure
    }

    /// Reads one command's answer to its end.
    private func outcome(_ text: String) throws(PostgresError) -> Result<Rows, PostgresError> {
        var builder = RowsBuilder()
        var failure: PostgresError?
        while let result = try nextResult() {
            if let error = result.failure(text) {
                if failure == nil { failure = refined(error) }
            } else {
                builder.append(result)
            }
            if !handle.isOpen { break }
        }
        guard let failure else {
            // A connection that breaks between results gives no error result of its own.
            return handle.isOpen ? .success(builder.build()) : .failure(lost(handle.errorMessage, statement: text))
        }
        // The schema changed under a prepared statement, or somebody deallocated it: prepare afresh next time.
        if failure.sqlState == "0A000" || failure.sqlState == "26000" { prepared.removeAll() }
        return .failure(failure)
    }

    /// After a broken connection: those without an answer get the error, with what is known about their effect.
    private func fill(
        _ results: inout [Result<Rows, PostgresError>?],
        with error: PostgresError,
        _ commands: [Command],
        _ outside: Bool
    ) {
        // A plain error before the break rolled everything back; then nothing is in doubt.
        let rolledBack = results.contains { result in
            if case .failure(let earlier) = result { return !earlier.isConnectionLost }
            return false
        }
        let commits = commands.contains { $0.statement.isCommit }
        for index in results.indices {
            var own = error
            if case .failure(let earlier) = results[index] {
                if !earlier.isConnectionLost { continue }
                own = earlier
            } else if results[index] != nil, !outside {
                continue  // Outside of a transaction an answered command is rolled back or in doubt as well.
            }
            own.isConnectionLost = true
            own.isOutcomeUnknown = !rolledBack && (outside || commits)
            if commits && own.isOutcomeUnknown { own.code = .commitUnknown }
            if own.statement == nil { own.statement = commands[index].statement.text }
            results[index] = .failure(own)
        }
    }

    /// Big buffers are not kept by an idle connection.
    private func trim() { encoder.trim() }
}
