"""Looks at the monitoring itself: targets, rules, alerts, Alertmanager, Pushgateway, Grafana."""
