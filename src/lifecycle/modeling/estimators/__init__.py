"""Estimators of our own, where scikit-learn and LightGBM have none, named in conf/model/."""
