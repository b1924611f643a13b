//! Everything that is wrong with a graph, found before anything starts.
