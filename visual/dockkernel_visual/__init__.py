"""Pictures of Docker images: functions from snapshots to SVG and text."""
