internal import CRabbitMQ

/// The C library behind this module.
public enum AMQPLibrary {
    /// Its version, as it is loaded now.
    public static var version: String { unsafe String(cString: amqp_version()) }
}
