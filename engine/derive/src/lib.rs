//! Derives that state a node's ports and parameters once: `Params`, `Inputs`, `Outputs`, `Choice`.
//!
//! Doc comments become help texts. Field attributes: `#[param(default = ..., static, min = .., max = .., unit = "..")]`,
//! `#[port(optional, constant, variadic, unread, ty = "...", same = "T")]`, `#[children]`.

mod choice;
mod fields;
mod inputs;
mod outputs;
mod params;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Derives `windlass_core::node::Params` for a struct with named fields.
#[proc_macro_derive(Params, attributes(param))]
pub fn params(input: TokenStream) -> TokenStream {
    finish(params::derive(&parse_macro_input!(input as DeriveInput)))
}

/// Derives `windlass_core::node::Inputs` for a struct with named fields.
#[proc_macro_derive(Inputs, attributes(port))]
pub fn inputs(input: TokenStream) -> TokenStream {
    finish(inputs::derive(&parse_macro_input!(input as DeriveInput)))
}

/// Derives `windlass_core::node::Outputs` for a struct with named fields.
#[proc_macro_derive(Outputs, attributes(port, children))]
pub fn outputs(input: TokenStream) -> TokenStream {
    finish(outputs::derive(&parse_macro_input!(input as DeriveInput)))
}

/// Derives `windlass_core::node::ParamValue` for an enum without fields: one of several texts, in snake case.
#[proc_macro_derive(Choice)]
pub fn choice(input: TokenStream) -> TokenStream {
    finish(choice::derive(&parse_macro_input!(input as DeriveInput)))
}

fn finish(tokens: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    tokens.unwrap_or_else(|error| error.to_compile_error()).into()
}
