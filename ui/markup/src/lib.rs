//! `view!` with Leptos' markup, written as calls that build the interface's one type of view.
//!
//! Leptos' own macro gives every piece of markup a type of its own, and the compiler then writes code that
//! draws, changes and removes it once for each: two fifths of the module. With one type there is one copy.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use rstml::node::{KeyedAttribute, Node, NodeAttribute, NodeBlock, NodeElement};
use syn::{Error, Stmt};

/// Elements that SVG defines, of those that the interface draws.
const SVG: &[&str] = &["circle", "g", "line", "path", "rect", "svg"];

/// Markup as an `AnyView` of the crate's module `dom`. Elements, attributes, `on:event`, `prop:name`,
/// `class:name`, text in quotes and blocks in braces mean what they mean in Leptos.
#[proc_macro]
pub fn view(markup: TokenStream) -> TokenStream {
    expand(markup.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn expand(markup: Tokens) -> syn::Result<Tokens> {
    many(&rstml::parse2(markup)?)
}

fn many(nodes: &[Node]) -> syn::Result<Tokens> {
    match nodes {
        [one] => {
            let child = child(one)?;
            Ok(quote! { crate::dom::IntoView::into_view(#child) })
        }
        _ => {
            let children = nodes.iter().map(child).collect::<syn::Result<Vec<_>>>()?;
            Ok(quote! {
                crate::dom::AnyView::Many(::std::vec![#(crate::dom::IntoView::into_view(#children)),*])
            })
        }
    }
}

fn child(node: &Node) -> syn::Result<Tokens> {
    match node {
        Node::Element(element) => self::element(element),
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

fn element(element: &NodeElement<rstml::Infallible>) -> syn::Result<Tokens> {
    let name = element.name().to_string();
    let attributes = element.attributes().iter().map(attribute).collect::<syn::Result<Vec<_>>>()?;
    let children = element.children.iter().map(child).collect::<syn::Result<Vec<_>>>()?;
    let start = if SVG.contains(&name.as_str()) {
        quote! { crate::dom::Element::svg(#name) }
    } else {
        quote! { crate::dom::Element::html(#name) }
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

    fn same(markup: Tokens, calls: Tokens) {
        assert_eq!(expand(markup).unwrap().to_string(), calls.to_string());
    }

    #[test]
    fn an_element_takes_what_stands_in_its_tag_and_what_stands_in_it() {
        same(
            quote! { <p class="quiet" aria-label=name class:bad=bad on:click=press hidden>"Hej "{who}</p> },
            quote! {
                crate::dom::IntoView::into_view(
                    crate::dom::Element::html("p")
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
                    crate::dom::IntoView::into_view(crate::dom::Element::svg("svg"))
                ])
            },
        );
    }

    #[test]
    fn what_is_not_known_stops_the_build() {
        assert!(expand(quote! { <p style:color="red"></p> }).is_err());
        assert!(expand(quote! { <p {everything}></p> }).is_err());
    }
}
