//! `#[derive(Choice)]`.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Result};

pub fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new(Span::call_site(), "only an enum can be a choice"));
    };
    if let Some(variant) = data.variants.iter().find(|variant| !matches!(variant.fields, Fields::Unit)) {
        return Err(Error::new(variant.ident.span(), "a choice has no fields"));
    }
    let name = &input.ident;
    let idents: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    let texts: Vec<_> = idents.iter().map(|ident| snake_case(&ident.to_string())).collect();
    Ok(quote! {
        impl ::windlass_core::node::ParamValue for #name {
            fn param_type() -> ::windlass_core::types::Type {
                ::windlass_core::types::Type::one_of([#(#texts),*])
            }
            fn read_param(
                value: ::windlass_core::value::Value,
            ) -> ::std::result::Result<Self, ::windlass_core::node::NodeError> {
                let text = <::std::string::String as ::windlass_core::value::FromValue>::from_value(value)?;
                match text.as_str() {
                    #(#texts => ::std::result::Result::Ok(Self::#idents),)*
                    other => ::std::result::Result::Err(::windlass_core::node::NodeError::new(::std::format!(
                        "`{other}` is none of {}",
                        [#(#texts),*].join(", ")
                    ))),
                }
            }
        }
    })
}

fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for (at, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && at > 0 {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
