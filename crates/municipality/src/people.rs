//! Accounts, known residents and labelled searches.

use crate::collect::Collect;
use crate::source::Source;
use crate::{Fault, Flaw, Kind, KnownResident, LabelledSearch, SearchKind};
use domain::customer::ProtectedIdentity;
use domain::phone_number::PhoneNumber;
use domain::rights::Role;
use domain::structure::StaffMember;
use domain::{ArticleId, Personal, ResponseGroupId};
use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPerson {
    user: Spanned<String>,
    name: Spanned<String>,
    roles: Vec<Role>,
    group: Spanned<ResponseGroupId>,
    phone: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCustomer {
    name: Spanned<String>,
    #[serde(default)]
    phones: Vec<PhoneNumber>,
    #[serde(default)]
    email: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    protected: ProtectedIdentity,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSearch {
    text: Spanned<String>,
    expect: Vec<Spanned<ArticleId>>,
    kind: SearchKind,
}

impl Collect {
    pub(crate) fn people(&mut self, file: Source) -> Result<(), Flaw> {
        let mut table = self.table(file);
        let id = Some((Kind::Person, "user"));
        for (span, person) in self.items::<WrittenPerson>(file, &mut table, "person", id) {
            self.say(file, "user", &person.user);
            self.say(file, "name", &person.name);
            self.refer(file, Kind::Group, &person.group);
            if person.roles.is_empty() {
                self.flaw(file.flaw(span, Fault::Empty("roles")));
            }
            self.municipality.staff.push(StaffMember {
                user: person.user.into_inner(),
                name: Personal::new(person.name.into_inner()),
                roles: person.roles,
                group: person.group.into_inner(),
                phone: person.phone,
            });
        }
        self.nothing_else(file, &table);
        Ok(())
    }

    pub(crate) fn customers(&mut self, file: Source) -> Result<(), Flaw> {
        let mut table = self.table(file);
        for (_, customer) in self.items::<WrittenCustomer>(file, &mut table, "customer", None) {
            self.say(file, "name", &customer.name);
            self.municipality.residents.push(KnownResident {
                name: Personal::new(customer.name.into_inner()),
                phones: customer.phones,
                email: said(customer.email),
                address: said(customer.address),
                protected: customer.protected,
            });
        }
        self.nothing_else(file, &table);
        Ok(())
    }

    pub(crate) fn searches(&mut self, file: Source) -> Result<(), Flaw> {
        let mut table = self.table(file);
        for (_, search) in self.items::<WrittenSearch>(file, &mut table, "query", None) {
            self.say(file, "text", &search.text);
            let expect = self.refer_all(file, Kind::Article, search.expect);
            let text = search.text.into_inner();
            self.municipality.searches.push(LabelledSearch { text, expect, kind: search.kind });
        }
        self.nothing_else(file, &table);
        Ok(())
    }
}

fn said(text: String) -> Option<Personal<String>> {
    (!text.trim().is_empty()).then(|| Personal::new(text))
}
