internal import CRabbitMQ

extension Inbound {
    /// A method without content; nil when it asks for nothing.
    init?(_ method: amqp_method_t, on channel: UInt16) {
        switch unsafe method.id {
        case AMQP_BASIC_ACK_METHOD:
            let ack = unsafe method.decoded.assumingMemoryBound(to: amqp_basic_ack_t.self)
            self = unsafe .accepted(
                channel: channel,
                tag: ack.pointee.delivery_tag,
                multiple: ack.pointee.multiple != 0
            )
        case AMQP_BASIC_NACK_METHOD:
            let nack = unsafe method.decoded.assumingMemoryBound(to: amqp_basic_nack_t.self)
            self = unsafe .refused(
                channel: channel,
                tag: nack.pointee.delivery_tag,
                multiple: nack.pointee.multiple != 0
            )
        case AMQP_CONNECTION_BLOCKED_METHOD:
            let blocked = unsafe method.decoded.assumingMemoryBound(to: amqp_connection_blocked_t.self)
            self = unsafe .blocked(reason: String(copying: blocked.pointee.reason))
        case AMQP_CONNECTION_UNBLOCKED_METHOD:
            self = .unblocked
        case AMQP_BASIC_CANCEL_METHOD:
            let cancel = unsafe method.decoded.assumingMemoryBound(to: amqp_basic_cancel_t.self)
            let tag = unsafe String(copying: cancel.pointee.consumer_tag)
            self = unsafe .consumerCancelled(channel: channel, tag: tag, answerWanted: cancel.pointee.nowait == 0)
        case AMQP_CHANNEL_CLOSE_METHOD:
            let close = unsafe method.decoded.assumingMemoryBound(to: amqp_channel_close_t.self)
            let reason = unsafe String(copying: close.pointee.reply_text)
            self = unsafe .channelClosed(channel: channel, code: close.pointee.reply_code, reason: reason)
        case AMQP_CONNECTION_CLOSE_METHOD:
            let close = unsafe method.decoded.assumingMemoryBound(to: amqp_connection_close_t.self)
            self = unsafe .connectionClosed(
                code: close.pointee.reply_code,
                reason: String(copying: close.pointee.reply_text)
            )
        case AMQP_CONNECTION_CLOSE_OK_METHOD:
            self = .goodbye
        default:
            guard let answer = unsafe Answer(method) else { return nil }
            self = .answer(channel: channel, answer)
        }
    }
}

extension Answer {
    init?(_ method: amqp_method_t) {
        switch unsafe method.id {
        case AMQP_CHANNEL_OPEN_OK_METHOD: self = .channelOpened
        case AMQP_CHANNEL_CLOSE_OK_METHOD: self = .channelClosed
        case AMQP_CONFIRM_SELECT_OK_METHOD: self = .confirmsOn
        case AMQP_BASIC_QOS_OK_METHOD: self = .prefetchSet
        case AMQP_BASIC_CONSUME_OK_METHOD: self = .consuming
        case AMQP_BASIC_CANCEL_OK_METHOD: self = .consumerCancelled
        case AMQP_EXCHANGE_DECLARE_OK_METHOD: self = .exchangeDeclared
        case AMQP_EXCHANGE_DELETE_OK_METHOD: self = .exchangeDeleted
        case AMQP_EXCHANGE_BIND_OK_METHOD: self = .exchangeBound
        case AMQP_EXCHANGE_UNBIND_OK_METHOD: self = .exchangeUnbound
        case AMQP_QUEUE_BIND_OK_METHOD: self = .queueBound
        case AMQP_QUEUE_UNBIND_OK_METHOD: self = .queueUnbound
        case AMQP_QUEUE_DECLARE_OK_METHOD:
            let declared = unsafe method.decoded.assumingMemoryBound(to: amqp_queue_declare_ok_t.self)
            self = unsafe .queueDeclared(
                name: String(copying: declared.pointee.queue),
                ready: declared.pointee.message_count,
                consumers: declared.pointee.consumer_count
            )
        case AMQP_QUEUE_DELETE_OK_METHOD:
            let deleted = unsafe method.decoded.assumingMemoryBound(to: amqp_queue_delete_ok_t.self)
            self = unsafe .queueDeleted(messages: deleted.pointee.message_count)
        case AMQP_QUEUE_PURGE_OK_METHOD:
            let purged = unsafe method.decoded.assumingMemoryBound(to: amqp_queue_purge_ok_t.self)
            self = unsafe .queuePurged(messages: purged.pointee.message_count)
        default: return nil
        }
    }
}
