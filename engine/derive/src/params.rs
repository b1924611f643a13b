//! `#[derive(Params)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

use crate::fields::{Field, named, parsed_type, wire_name};

pub fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let fields = named(input, "param", &["default", "static", "min", "max", "unit", "ty"])?;
    let name = &input.ident;
    let specs = fields.iter().map(spec);
    let statics = fields.iter().filter(|field| field.options.has("static")).map(|field| &field.ident);
    let reads = fields.iter().map(|field| {
        let (ident, ty, key) = (&field.ident, &field.ty, wire_name(&field.ident));
        quote! {
            #ident: {
                let value = bag.take(#key).unwrap_or(::windlass_core::value::Value::Absent);
                <#ty as ::windlass_core::node::ParamValue>::read_param(value)
                    .map_err(|error| error.within(::std::format!("parameter `{}`", #key)))?
            }
        }
    });
    Ok(quote! {
        impl ::windlass_core::node::Params for #name {
            fn specs() -> ::std::vec::Vec<::windlass_core::spec::ParamSpec> {
                ::std::vec![#(#specs),*]
            }
            fn read(
                bag: &mut ::windlass_core::value::Bag,
            ) -> ::std::result::Result<Self, ::windlass_core::node::NodeError> {
                let read = Self { #(#reads),* };
                // A static parameter is used when the node is opened, so its field may otherwise be unused.
                #(let _ = &read.#statics;)*
                ::std::result::Result::Ok(read)
            }
        }
    })
}

fn spec(field: &Field) -> TokenStream {
    let (ty, key, doc) = (&field.ty, wire_name(&field.ident), &field.doc);
    let is_static = field.options.has("static");
    let unit = field.options.value("unit").map_or_else(|| quote!(""), |unit| quote!(#unit));
    let default = match field.options.value("default") {
        Some(value) => quote!(::std::option::Option::Some(::windlass_core::json!(#value))),
        None => quote!(None),
    };
    let declared = match field.options.value("ty") {
        Some(text) => parsed_type(text),
        None => quote!(<#ty as ::windlass_core::node::ParamValue>::param_type()),
    };
    let bound = |name: &str| match field.options.value(name) {
        Some(value) => quote!(::std::option::Option::Some(::std::primitive::f64::from(#value))),
        None => quote!(::std::option::Option::None),
    };
    let (min, max) = (bound("min"), bound("max"));
    quote! {
        ::windlass_core::spec::ParamSpec {
            name: #key.into(),
            doc: #doc.into(),
            ty: #declared.within(#min, #max),
            default: #default,
            is_static: #is_static,
            is_path_template: <#ty as ::windlass_core::node::ParamValue>::is_path_template(),
            unit: #unit.into(),
        }
    }
}
