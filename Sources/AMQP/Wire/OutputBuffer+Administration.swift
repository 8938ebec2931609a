/// The frames that change the topology: sent by `Administration` only.
extension OutputBuffer {
    mutating func exchangeDeclare(
        _ channel: UInt16,
        _ name: String,
        kind: String,
        passive: Bool,
        durable: Bool,
        autoDelete: Bool,
        internalOnly: Bool,
        arguments: [Field]
    ) {
        method(channel, (40, 10)) { output in
            output.integer(0 as UInt16)
            output.shortString(name)
            output.shortString(kind)
            output.bits(passive, durable, autoDelete, internalOnly, false)
            output.table(arguments)
        }
    }

    mutating func exchangeDelete(_ channel: UInt16, _ name: String, ifUnused: Bool) {
        method(channel, (40, 20)) { output in
            output.integer(0 as UInt16)
            output.shortString(name)
            output.bits(ifUnused, false)
        }
    }

    /// Method 30 binds, 40 unbinds.
    mutating func exchangeBinding(
        _ channel: UInt16,
        add: Bool,
        destination: String,
        source: String,
        key: String,
        arguments: [Field]
    ) {
        method(channel, (40, add ? 30 : 40)) { output in
            output.integer(0 as UInt16)
            output.shortString(destination)
            output.shortString(source)
            output.shortString(key)
            output.bits(false)
            output.table(arguments)
        }
    }

    mutating func queueDeclare(
        _ channel: UInt16,
        _ name: String,
        passive: Bool,
        durable: Bool,
        exclusive: Bool,
        autoDelete: Bool,
        arguments: [Field]
    ) {
        method(channel, (50, 10)) { output in
            output.integer(0 as UInt16)
            output.shortString(name)
            output.bits(passive, durable, exclusive, autoDelete, false)
            output.table(arguments)
        }
    }

    mutating func queueBind(_ channel: UInt16, _ queue: String, exchange: String, key: String, arguments: [Field]) {
        method(channel, (50, 20)) { output in
            output.integer(0 as UInt16)
            output.shortString(queue)
            output.shortString(exchange)
            output.shortString(key)
            output.bits(false)
            output.table(arguments)
        }
    }

    mutating func queueUnbind(_ channel: UInt16, _ queue: String, exchange: String, key: String, arguments: [Field]) {
        method(channel, (50, 50)) { output in
            output.integer(0 as UInt16)
            output.shortString(queue)
            output.shortString(exchange)
            output.shortString(key)
            output.table(arguments)
        }
    }

    mutating func queuePurge(_ channel: UInt16, _ name: String) {
        method(channel, (50, 30)) { output in
            output.integer(0 as UInt16)
            output.shortString(name)
            output.bits(false)
        }
    }

    mutating func queueDelete(_ channel: UInt16, _ name: String, ifUnused: Bool, ifEmpty: Bool) {
        method(channel, (50, 40)) { output in
            output.integer(0 as UInt16)
            output.shortString(name)
            output.bits(ifUnused, ifEmpty, false)
        }
    }

    /// Flags of one method share an octet, the first in the lowest bit.
    private mutating func bits(_ flags: Bool...) {
        byte(flags.enumerated().reduce(0) { $0 | ($1.element ? 1 << UInt8($1.offset) : 0) })
    }
}
