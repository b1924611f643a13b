//! Random graphs against a sequential reference: nothing hangs, nothing is lost, doubled or wrong.
