//! What the kinds make, beside what well-known tools made of the same; the scripts that asked them lie beside the values.

mod layers;
mod pixels;
mod scenes;
