//! The texts of a registered case, written anew by its owner before any group has had it.

use super::register::{LONGEST_LINE, check_fields};
use super::step::{Written, id_of};
use crate::caller::Caller;
use crate::core::Core;
use crate::failure;
use contract::cases::{CaseView, RewriteCase};
use contract::{Code, Error};
use domain::case::{Case, CaseEvent, FieldText, Refusal, TextKind};
use domain::customer::CustomerDetails;
use domain::handoff::FieldValue;
use domain::phone_number::PhoneNumber;
use domain::{CommandId, CustomerId, FieldId, Personal};
use store::Text;

impl Core {
    /// Answers `cases.rewrite`.
    pub(crate) async fn rewrite(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        request: RewriteCase,
    ) -> Result<CaseView, Error> {
        let actor = caller.actor()?;
        let case = self.visible(request.case.case_id, &actor).await?;
        let mut written = Written::one(TextKind::Subject, &request.subject);
        let others = [(TextKind::Note, &request.note), (TextKind::Place, &request.place)];
        let others = others.into_iter().filter(|(_, text)| !text.expose().trim().is_empty());
        written.texts.extend(others.map(|(kind, text)| (kind, text.clone())));
        let customer = match request.customer {
            Some(details) => self.customer_anew(&case, details, &mut written).await?,
            None => None,
        };
        let fields =
            request.fields.map(|fields| self.fields_anew(&case, fields, &mut written)).transpose()?;
        let empty = request.subject.expose().trim().is_empty() && request.note.expose().trim().is_empty();
        self.step(caller, id, request.case, written, |case, actor, texts| {
            case.check_rewrite(actor)?;
            let subject = id_of(texts, TextKind::Subject).filter(|_| !empty).ok_or(Refusal::TextMissing)?;
            Ok(CaseEvent::Rewritten {
                subject,
                note: id_of(texts, TextKind::Note),
                place: id_of(texts, TextKind::Place),
                customer,
                customer_text: id_of(texts, TextKind::Customer),
                fields: fields.map(|ids| field_texts(ids, texts)),
            })
        })
        .await
    }

    /// Whom the details mean, as at registration; one who is known stays, so that nobody's protection is
    /// written away.
    async fn customer_anew(
        &self,
        case: &Case,
        mut details: CustomerDetails,
        written: &mut Written,
    ) -> Result<Option<CustomerId>, Error> {
        let lines = [&details.name, &details.phone, &details.email];
        if lines.iter().any(|line| line.expose().chars().count() > LONGEST_LINE) {
            return Err(Code::TooLarge.into());
        }
        written.phone = PhoneNumber::parse(details.phone.expose()).ok();
        details.id = case.customer;
        if case.customer.is_none() {
            (details.id, written.customer) =
                self.customer_of(&details, written.phone.as_ref(), self.now()).await?;
        }
        let json = serde_json::to_string(&details).map_err(|_| failure::internal("no JSON"))?;
        written.texts.push((TextKind::Customer, Personal::new(json)));
        Ok(details.id)
    }

    /// The fields that have something in them, in the order of their side rows.
    fn fields_anew(
        &self,
        case: &Case,
        mut fields: Vec<FieldValue>,
        written: &mut Written,
    ) -> Result<Vec<FieldId>, Error> {
        let reference = self.reference.now();
        let case_type = reference.structure.case_type(&case.case_type);
        check_fields(&fields, case_type.ok_or_else(|| failure::invalid("no such case type"))?)?;
        fields.retain(|field| !field.value.expose().trim().is_empty());
        written.texts.extend(fields.iter().map(|field| (TextKind::Field, field.value.clone())));
        Ok(fields.into_iter().map(|field| field.field).collect())
    }
}

fn field_texts(ids: Vec<FieldId>, texts: &[Text]) -> Vec<FieldText> {
    let rows = texts.iter().filter(|text| text.kind == TextKind::Field);
    ids.into_iter().zip(rows).map(|(field, row)| FieldText { field, text: row.id }).collect()
}
