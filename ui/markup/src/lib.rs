//! `view!` with Leptos' markup, written as calls that build the interface's one type of view.
//!
//! Leptos' own macro gives every piece of markup a type of its own, and the compiler then writes code that
//! draws, changes and removes it once for each: two fifths of the module. With one type there is one copy.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use rstml::node::{KeyedAttribute, Node, NodeAttribute, NodeBlock, NodeElement};
use std::sync::atomic::{AtomicU32, Ordering};
use syn::{Error, Stmt};

type Numbers<'a> = &'a dyn Fn() -> u32;

/// Elements that SVG defines, of those that the interface draws.
const SVG: &[&str] = &["circle", "g", "line", "path", "rect", "svg"];

/// Markup as an `AnyView` of the crate's module `dom`. Elements, attributes, `on:event`, `prop:name`,
/// `class:name`, text in quotes and blocks in braces mean what they mean in Leptos.
#[proc_macro]
pub fn view(markup: TokenStream) -> TokenStream {
    // Every element of the source gets a number of its own, so that what is drawn at one place of the source
    // never turns into what is drawn at another: a control would keep what was typed into its predecessor.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    expand(markup.into(), &|| NEXT.fetch_add(1, Ordering::Relaxed))
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

fn expand(markup: Tokens, next: Numbers<'_>) -> syn::Result<Tokens> {
    many(&rstml::parse2(markup)?, next)
}

fn many(nodes: &[Node], next: Numbers<'_>) -> syn::Result<Tokens> {
    match nodes {
        [one] => {
            let child = child(one, next)?;
            Ok(quote! { crate::dom::IntoView::into_view(#child) })
        }
        _ => {
            let children = nodes.iter().map(|node| child(node, next)).collect::<syn::Result<Vec<_>>>()?;
            Ok(quote! {
                crate::dom::AnyView::Many(::std::vec![#(crate::dom::IntoView::into_view(#children)),*])
            })
        }
    }
}

fn child(node: &Node, next: Numbers<'_>) -> syn::Result<Tokens> {
    match node {
        Node::Element(element) => self::element(element, next),
        Node::Text(text) => {
            let text = &text.value;
            Ok(quote! { #text })
        }
        Node::Block(NodeBlock::ValidBlock(block)) => Ok(match block.stmts.as_slice() {
            [Stmt::Expr(only, None)] => quote! { #only },
            _ => quote! { #block },
        }),
        other => Err(Error::new_spanned(other, "an element, a text in quotes, or a block in braces")),
    }
}

fn element(element: &NodeElement<rstml::Infallible>, next: Numbers<'_>) -> syn::Result<Tokens> {
    let number = next();
    let name = element.name().to_string();
    let attributes = element.attributes().iter().map(attribute).collect::<syn::Result<Vec<_>>>()?;
    let children = element.children.iter().map(|node| child(node, next)).collect::<syn::Result<Vec<_>>>()?;
    let start = if SVG.contains(&name.as_str()) {
        quote! { crate::dom::Element::svg(#name, #number) }
    } else {
        quote! { crate::dom::Element::html(#name, #number) }
    };
    Ok(quote! { #start #(#attributes)* #(.child(#children))* })
}

fn attribute(attribute: &NodeAttribute) -> syn::Result<Tokens> {
    let NodeAttribute::Attribute(attribute) = attribute else {
        return Err(Error::new_spanned(attribute, "a name, with a value after `=`"));
    };
    let name = attribute.key.to_string();
    let value = value(attribute);
    Ok(match name.split_once(':') {
        None => quote! { .attribute(#name, #value) },
        Some(("on", event)) => {
            let event = format_ident!("{event}", span = syn::spanned::Spanned::span(&attribute.key));
            quote! { .on(::leptos::ev::#event, #value) }
        }
        Some(("prop", name)) => quote! { .property(#name, #value) },
        Some(("class", name)) => quote! { .class(#name, #value) },
        Some(_) => return Err(Error::new_spanned(&attribute.key, "`on:`, `prop:` or `class:`")),
    })
}

fn value(attribute: &KeyedAttribute) -> Tokens {
    match attribute.value() {
        Some(value) => quote! { #value },
        None => quote! { true },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn same(markup: Tokens, calls: Tokens) {
        let number = Cell::new(0);
        let next = || number.replace(number.get() + 1);
        assert_eq!(expand(markup, &next).unwrap().to_string(), calls.to_string());
    }

    #[test]
    fn an_element_takes_what_stands_in_its_tag_and_what_stands_in_it() {
        same(
            quote! { <p class="quiet" aria-label=name class:bad=bad on:click=press hidden>"Hej "{who}</p> },
            quote! {
                crate::dom::IntoView::into_view(
                    crate::dom::Element::html("p", 0u32)
                        .attribute("class", "quiet")
                        .attribute("aria-label", name)
                        .class("bad", bad)
                        .on(::leptos::ev::click, press)
                        .attribute("hidden", true)
                        .child("Hej ")
                        .child(who)
                )
            },
        );
    }

    #[test]
    fn several_stand_one_after_the_other_and_a_picture_is_svg() {
        same(
            quote! { {first} <svg></svg> },
            quote! {
                crate::dom::AnyView::Many(::std::vec![
                    crate::dom::IntoView::into_view(first),
                    crate::dom::IntoView::into_view(crate::dom::Element::svg("svg", 0u32))
                ])
            },
        );
    }

    #[test]
    fn what_is_not_known_stops_the_build() {
        assert!(expand(quote! { <p style:color="red"></p> }, &|| 0).is_err());
        assert!(expand(quote! { <p {everything}></p> }, &|| 0).is_err());
    }
}
