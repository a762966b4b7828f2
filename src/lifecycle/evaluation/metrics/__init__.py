"""Metrics of our own, named in conf/metric/: functions of the truth and the predictions."""
