//! `#[derive(Inputs)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

use crate::fields::{Field, named, port_type, wire_name};

pub fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let fields = named(input, "port", &["optional", "constant", "variadic", "ty", "same"])?;
    let name = &input.ident;
    let ports = fields.iter().map(port);
    let reads = fields.iter().map(|field| {
        let (ident, ty, key) = (&field.ident, &field.ty, wire_name(&field.ident));
        quote! {
            #ident: {
                let value = bag.take(#key).unwrap_or(::windlass_core::value::Value::Absent);
                <#ty as ::windlass_core::value::FromValue>::from_value(value)
                    .map_err(|error| error.within(::std::format!("input `{}`", #key)))?
            }
        }
    });
    Ok(quote! {
        impl ::windlass_core::node::Inputs for #name {
            fn ports() -> ::std::vec::Vec<::windlass_core::spec::PortSpec> {
                ::std::vec![#(#ports),*]
            }
            fn read(
                bag: &mut ::windlass_core::value::Bag,
            ) -> ::std::result::Result<Self, ::windlass_core::node::NodeError> {
                ::std::result::Result::Ok(Self { #(#reads),* })
            }
        }
    })
}

fn port(field: &Field) -> TokenStream {
    let (rust, key, doc, ty) = (&field.ty, wire_name(&field.ident), &field.doc, port_type(field));
    let (optional, constant, variadic) =
        (field.options.has("optional"), field.options.has("constant"), field.options.has("variadic"));
    quote! {
        ::windlass_core::spec::PortSpec {
            optional: #optional || (<#rust as ::windlass_core::value::HasType>::ty().is_optional() && !#variadic),
            constant: #constant,
            collect: <#rust as ::windlass_core::value::HasType>::collects(),
            variadic: #variadic,
            ..::windlass_core::spec::PortSpec::new(#key, #ty, #doc)
        }
    }
}
