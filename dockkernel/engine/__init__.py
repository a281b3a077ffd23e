"""The daemon without a daemon: state, transactions, removal, containers."""
