"""Monitoring later rows: drift, performance, alerts and their report."""
