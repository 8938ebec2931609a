extension TopologyDoctor {
    /// The user `guest` with its well-known password. The broker lets it in from its own machine only, unless told otherwise.
    func access() -> [Finding] {
        guard live.defaultPasswordWorks == true else { return [] }
        let fix = "rabbitmqctl delete_user guest, or rabbitmqctl change_password guest"
        if !live.reachedOverLoopback {
            return [
                Finding(.critical, .defaultPassword, at: "user guest", "logs in over the network as guest", fix: fix)
            ]
        }
        let open = live.listenerAddresses.filter { !Self.isLoopback($0) }
        if open.isEmpty { return [] }
        return [
            Finding(
                .note,
                .defaultPassword,
                at: "user guest",
                "has its default password, and the broker listens on \(Self.few(Array(Set(open)))); only loopback_users keeps it out",
                fix: fix
            )
        ]
    }

    /// Whether an address or host name means this machine only.
    public static func isLoopback(_ address: String) -> Bool {
        address == "::1" || address == "[::1]" || address == "localhost" || address.hasPrefix("127.")
            || address.hasPrefix("::ffff:127.")
    }

    func version() -> [Finding] {
        if live.version >= .oldestSupported { return [] }
        return [
            Finding(
                .critical,
                .unsupportedBroker,
                at: "broker",
                "RabbitMQ \(live.version)",
                fix: "upgrade to \(BrokerVersion.oldestSupported) or later"
            )
        ]
    }
}
