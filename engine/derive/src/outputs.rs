//! `#[derive(Outputs)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, GenericArgument, PathArguments, Result, Type};

use crate::fields::{Field, marked, named, port_type, wire_name};

pub fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let fields = named(input, "port", &["ty", "same"])?;
    let name = &input.ident;
    let ports = fields.iter().map(|field| if is_children(input, field) { many(field) } else { port(field) });
    let emits = fields.iter().map(|field| emit(input, field));
    let has_children = fields.iter().any(|field| is_children(input, field));
    let give_one = if has_children { TokenStream::new() } else { give_one(&fields) };
    Ok(quote! {
        impl ::windlass_core::node::Outputs for #name {
            fn ports() -> ::std::vec::Vec<::windlass_core::spec::PortSpec> {
                let mut ports = ::std::vec::Vec::new();
                #(#ports)*
                ports
            }
            fn emit(self, emission: &mut ::windlass_core::node::Emission) {
                #(#emits)*
            }
            #give_one
        }
    })
}

fn is_children(input: &DeriveInput, field: &Field) -> bool {
    marked(input, &field.ident, "children")
}

fn port(field: &Field) -> TokenStream {
    let (key, doc, ty) = (wire_name(&field.ident), &field.doc, port_type(field));
    quote!(ports.push(::windlass_core::spec::PortSpec::new(#key, #ty, #doc));)
}

/// The ports of a child are ports of the split, each marked *many*.
fn many(field: &Field) -> TokenStream {
    let child = inner(&field.ty);
    quote! {
        for port in <#child as ::windlass_core::node::Outputs>::ports() {
            ports.push(::windlass_core::spec::PortSpec { many: true, ..port });
        }
    }
}

fn emit(input: &DeriveInput, field: &Field) -> TokenStream {
    let (ident, key) = (&field.ident, wire_name(&field.ident));
    if is_children(input, field) {
        quote!(emission.children(self.#ident);)
    } else if is_gate(&field.ty) {
        quote!(emission.gate(#key, self.#ident);)
    } else {
        quote!(emission.value(#key, ::windlass_core::value::IntoValue::into_value(self.#ident));)
    }
}

/// What a field holds needs no list of ports on its way to the one that is wanted.
fn give_one(fields: &[Field]) -> TokenStream {
    let names = fields.iter().map(|field| wire_name(&field.ident));
    let given = fields.iter().map(|field| {
        let ident = &field.ident;
        match is_gate(&field.ty) {
            true => quote!(::std::convert::From::from(self.#ident)),
            false => quote!(::windlass_core::node::Outcome::Value(
                ::windlass_core::value::IntoValue::into_value(self.#ident)
            )),
        }
    });
    quote! {
        #[inline]
        fn give_one(
            self,
            port: &str,
            _: &mut ::windlass_core::node::Emission,
        ) -> ::windlass_core::node::Outcome {
            match port {
                #(#names => #given,)*
                _ => ::windlass_core::node::Outcome::Skip(::std::convert::From::from("no value")),
            }
        }
    }
}

fn is_gate(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == "Gate"))
}

/// The `T` of `Children<T>`, or the type itself.
fn inner(ty: &Type) -> Type {
    if let Type::Path(path) = ty
        && let Some(segment) = path.path.segments.last()
        && let PathArguments::AngleBracketed(arguments) = &segment.arguments
        && let Some(GenericArgument::Type(inner)) = arguments.args.first()
    {
        return inner.clone();
    }
    ty.clone()
}
