//! The texts of a registered case, changed by its owner until a group has had it.

use super::case_form::control_of;
use super::case_reader::{Reader, text};
use crate::components::{button, room, typed, units};
use crate::dom::prelude::*;
use crate::i18n::{K, t};
use crate::keys::Action;
use crate::{edge, ids};
use contract::CaseRewrite;
use contract::cases::RewriteCase;
use contract::domain::Personal;
use contract::domain::handoff::{CaseText, FieldValue};
use contract::domain::structure::{Field, FieldKind, Required};

/// Begins, with the caret in the field that has this id where a case is registered.
pub fn begin(reader: Reader, id: &str) {
    let known = reader.case.with_untracked(|case| case.as_ref().map(|case| text(reader.app, case)));
    reader.writing.texts.set(known);
    reader.writing.rewriting.set(true);
    edge::focus(&anew(id));
}

// The same field stands in a draft that is open beside it.
fn anew(id: &str) -> String {
    format!("rewrite-{id}")
}

/// The fields and what keeps them.
pub fn view(reader: Reader) -> AnyView {
    let own = reader.app.structure.with_untracked(|s| {
        let texts = reader.writing.texts.get_untracked();
        let case_type = texts.and_then(|texts| s.case_type(&texts.case_type).cloned());
        case_type.map(|case_type| case_type.fields).unwrap_or_default()
    });
    let line = |id: &str, label: K, part: Option<Required>| {
        field(reader, id, t(label).to_owned(), part, &FieldKind::Text)
    };
    let own_line = |own: &Field| {
        let part = Some(Required::Field(own.id.clone()));
        field(reader, &ids::field(own.id.as_str()), own.label.clone(), part, &own.kind)
    };
    view! {
        <div class="giving-back">
            <div class="rewriting">
                {line(ids::SUBJECT, K::CaseSubject, None)}
                {line(ids::NOTE, K::CaseNote, Some(Required::Note))}
                {line(ids::CUSTOMER_NAME, K::CaseName, Some(Required::CustomerName))}
                {line(ids::CUSTOMER_PHONE, K::CasePhone, Some(Required::CustomerPhone))}
                {line(ids::CUSTOMER_EMAIL, K::CaseEmail, Some(Required::CustomerEmail))}
                {line(ids::PLACE, K::CasePlace, Some(Required::Place))}
                {own.iter().map(own_line).collect_view()}
            </div>
            <div class="foot-row">
                {button(reader.app, ids::REWRITE_SAVE, "primary", t(K::ActRewriteGo), Action::Register, move || save(reader))}
                {button(reader.app, "step-back", "plain", t(K::AppCancel), Action::Back, move || {
                    reader.writing.rewriting.set(false);
                    edge::focus(ids::REWRITE);
                })}
            </div>
        </div>
    }
    .into_any()
}

fn field(reader: Reader, id: &str, label: String, part: Option<Required>, kind: &FieldKind) -> AnyView {
    let texts = reader.writing.texts;
    let class = if matches!(part, None | Some(Required::Note)) { "field wide" } else { "field" };
    let (id, note) = (anew(id), part == Some(Required::Note));
    let shown = part.clone();
    let value =
        move || texts.with(|texts| texts.as_ref().map(|texts| read(texts, &shown)).unwrap_or_default());
    let set = move |written| texts.update(|texts| write(texts, &part, written));
    let control = if note {
        view! {
            <textarea id=id.clone() rows="3" maxlength="8000" prop:value=value.clone() on:input=typed(set)></textarea>
            {room(8_000, move || units(&value()))}
        }
        .into_any()
    } else {
        control_of(kind, &id, value, set)
    };
    view! { <div class=class><label for=id>{label}</label>{control}</div> }.into_any()
}

// `None` is what it is about, which no group has to demand.
fn read(texts: &CaseText, part: &Option<Required>) -> String {
    let text = match part {
        None => &texts.subject,
        Some(Required::Note) => &texts.note,
        Some(Required::Place) => &texts.place,
        Some(Required::CustomerName) => &texts.customer.name,
        Some(Required::CustomerPhone) => &texts.customer.phone,
        Some(Required::CustomerEmail) => &texts.customer.email,
        Some(Required::Field(id)) => {
            let own = texts.fields.iter().find(|own| own.field == *id);
            return own.map(|own| own.value.expose().clone()).unwrap_or_default();
        }
    };
    text.expose().clone()
}

fn write(texts: &mut Option<CaseText>, part: &Option<Required>, written: String) {
    let Some(texts) = texts else { return };
    let value = Personal::new(written);
    match part {
        None => texts.subject = value,
        Some(Required::Note) => texts.note = value,
        Some(Required::Place) => texts.place = value,
        Some(Required::CustomerName) => texts.customer.name = value,
        Some(Required::CustomerPhone) => texts.customer.phone = value,
        Some(Required::CustomerEmail) => texts.customer.email = value,
        Some(Required::Field(id)) => {
            texts.fields.retain(|own| own.field != *id);
            texts.fields.push(FieldValue { field: id.clone(), value });
        }
    }
}

fn save(reader: Reader) {
    let before = reader.case.with_untracked(|case| case.as_ref().map(|case| text(reader.app, case)));
    let (Some(case), Some(before), Some(after)) = (reader.at(), before, reader.writing.texts.get_untracked())
    else {
        return;
    };
    // What nobody has touched stays as it was written.
    let request = RewriteCase {
        case,
        subject: after.subject,
        note: after.note,
        place: after.place,
        customer: Some(after.customer).filter(|customer| *customer != before.customer),
        fields: Some(after.fields).filter(|fields| *fields != before.fields),
    };
    reader.send::<CaseRewrite>(&request, ids::CASE_VIEW, |writing| writing.rewriting.set(false));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_part_is_read_where_it_was_written() {
        let texts: CaseText = serde_json::from_value(json!({
            "case_type": "bygglov", "customer": { "id": null, "name": "", "phone": "", "email": "" },
            "subject": "", "note": "", "place": "", "fields": [], "checked": [], "follow_up": null,
        }))
        .unwrap();
        let mut texts = Some(texts);
        let parts = [
            None,
            Some(Required::Note),
            Some(Required::Place),
            Some(Required::CustomerName),
            Some(Required::CustomerPhone),
            Some(Required::CustomerEmail),
            Some(Required::Field("fastighet".parse().unwrap())),
            Some(Required::Field("storlek".parse().unwrap())),
        ];
        for (part, n) in parts.iter().zip(0..) {
            write(&mut texts, part, format!("{n} först"));
            write(&mut texts, part, n.to_string());
        }
        for (part, n) in parts.iter().zip(0..) {
            assert_eq!(read(texts.as_ref().unwrap(), part), n.to_string());
        }
        assert_eq!(texts.unwrap().fields.len(), 2);
    }
}
