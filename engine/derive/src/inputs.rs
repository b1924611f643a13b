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
        let (ident, key, read) = (&field.ident, wire_name(&field.ident), read(field, &How::Taken));
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
    let (ident, value) = (&field.ident, read(field, &How::Shared));
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

/// How the value of a field is come by.
enum How {
    Taken,
    Shared,
}

fn read(field: &Field, how: &How) -> TokenStream {
    let (ty, key) = (&field.ty, wire_name(&field.ident));
    let is_unread_list = field.options.has("unread") && field.options.has("variadic");
    let value = match how {
        _ if is_unread_list => quote!(::windlass_core::value::unread_members(&value)),
        How::Taken => quote!(<#ty as ::windlass_core::value::FromValue>::from_value(value)),
        How::Shared => quote!(<#ty as ::windlass_core::value::FromValue>::from_shared(value)),
    };
    quote! {
        #value.map_err(|error| error.within(::std::format!("input `{}`", #key)))?
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
