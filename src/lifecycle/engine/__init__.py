"""Where the tasks of a stage run: on threads of its process or on the workers of a cluster, with the same bytes."""
