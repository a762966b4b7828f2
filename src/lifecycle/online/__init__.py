"""Online features: the features of a raw row at the moment of asking, from what is known by then."""
