//! `#[derive(Inputs)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

use crate::fields::{Field, named, port_type, wire_name};

pub fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let fields = named(input, "port", &["optional", "constant", "variadic", "unread", "ty", "same"])?;
    let name = &input.ident;
    let ports = fields.iter().map(port);
    let reads = fields.iter().map(|field| {
        let (ident, key, read) = (&field.ident, wire_name(&field.ident), read(field, &quote!(from_value)));
        quote! {
            #ident: {
                let value = bag.take(#key).unwrap_or(::windlass_core::value::Value::Absent);
                #read
            }
        }
    });
    let read_one = match &fields[..] {
        [field] => read_one(field),
        _ => TokenStream::new(),
    };
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
            #read_one
        }
    })
}

/// Where there is one field, a value needs no bag to come to it.
fn read_one(field: &Field) -> TokenStream {
    let (ident, value) = (&field.ident, read(field, &quote!(from_shared)));
    quote! {
        #[inline]
        fn read_one(
            _: &::std::sync::Arc<str>,
            value: &::windlass_core::value::Value,
            _: &mut ::windlass_core::value::Bag,
        ) -> ::std::result::Result<Self, ::windlass_core::node::NodeError> {
            ::std::result::Result::Ok(Self { #ident: #value })
        }
    }
}

fn read(field: &Field, how: &TokenStream) -> TokenStream {
    let (ty, key) = (&field.ty, wire_name(&field.ident));
    quote! {
        <#ty as ::windlass_core::value::FromValue>::#how(value)
            .map_err(|error| error.within(::std::format!("input `{}`", #key)))?
    }
}

fn port(field: &Field) -> TokenStream {
    let (rust, key, doc, ty) = (&field.ty, wire_name(&field.ident), &field.doc, port_type(field));
    let [optional, constant, variadic, unread] =
        ["optional", "constant", "variadic", "unread"].map(|option| field.options.has(option));
    quote! {
        ::windlass_core::spec::PortSpec {
            optional: #optional || (<#rust as ::windlass_core::value::HasType>::ty().is_optional() && !#variadic),
            constant: #constant,
            collect: <#rust as ::windlass_core::value::HasType>::collects(),
            variadic: #variadic,
            unread: #unread,
            ..::windlass_core::spec::PortSpec::new(#key, #ty, #doc)
        }
    }
}
