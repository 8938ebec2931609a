#!/bin/sh
# The broker of compose.yaml: one RabbitMQ node with its management and Prometheus ports, and a user named by the environment.
set -eu
user=${BROKER_USER:-flotilla}
password=${BROKER_PASSWORD:?set BROKER_PASSWORD}
folder=/var/lib/rabbitmq
umask 077
cat >"$folder/rabbitmq.conf" <<CONF
listeners.tcp.default = 5672
management.tcp.port = 15672
prometheus.tcp.port = 15692
default_user = $user
default_pass = $password
loopback_users = none
vm_memory_high_watermark.absolute = ${BROKER_MEMORY:-1GB}
disk_free_limit.absolute = 50MB
log.console = true
log.console.level = warning
CONF
printf '[rabbitmq_management,rabbitmq_prometheus].' >"$folder/enabled_plugins"
# The node is alone: its name needs no host name that others could resolve.
export HOME=$folder RABBITMQ_NODENAME=rabbit@localhost RABBITMQ_CONFIG_FILE=$folder/rabbitmq.conf
export RABBITMQ_ENABLED_PLUGINS_FILE=$folder/enabled_plugins RABBITMQ_MNESIA_BASE=$folder/mnesia RABBITMQ_LOGS=-
exec /usr/lib/rabbitmq/bin/rabbitmq-server
