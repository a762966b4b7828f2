"""Transformers of our own, where scikit-learn has none: tables in, tables out, named in conf/inputs/ and conf/reduce/.

Each learns from the rows it is fitted on and from no others, and survives missing and unseen values.
"""
