//! The self-test of the phone before the shift.

use crate::components::shape::{Shape, badge};
use crate::dom::prelude::*;
use crate::edge;
use crate::i18n::{K, t};
use crate::state::App;
use crate::transport::query;
use crate::views::dialogs;
use contract::phone::{CheckOutcome, CheckedPart, PhoneCheckup, PhonePart};
use contract::{Nothing, PhoneCheck};
use leptos::task::spawn_local;

/// Tries the phone at once, and shows what was found.
pub fn view(app: App) -> AnyView {
    let found = RwSignal::new(None::<PhoneCheckup>);
    let copied = RwSignal::new(false);
    let try_it = move || {
        found.set(None);
        copied.set(false);
        spawn_local(async move {
            match query::<PhoneCheck>(Nothing {}).await {
                Ok(checkup) => {
                    found.try_set(Some(checkup));
                }
                Err(error) => {
                    dialogs::shut();
                    app.fail(&error);
                }
            }
        });
    };
    try_it();
    let copy = move |_| {
        edge::copy(&found.with_untracked(|f| f.as_ref().map(|f| f.report.clone()).unwrap_or_default()));
        copied.set(true);
    };
    view! {
        <p class="quiet">{t(K::CheckLead)}</p>
        <div role="status">
            {move || match found.get() {
                None => view! {
                    <p>{badge((Shape::Half, "warn"), t(K::CheckRunning))}</p>
                    <meter id="level" aria-label=t(K::CheckMicrophone) min="-60" max="0" prop:value=move || app.level.get().to_string()></meter>
                }
                .into_any(),
                Some(PhoneCheckup { parts, .. }) => {
                    view! { <table class="keys" id="checked"><tbody>{parts.into_iter().map(row).collect_view()}</tbody></table> }
                        .into_any()
                }
            }}
        </div>
        {move || found.get().map(|checkup| view! {
            <pre class="report">{checkup.report}</pre>
            <div class="row">
                <button type="button" id="check-copy" on:click=copy>
                    {move || t(if copied.get() { K::CheckCopied } else { K::CheckCopy })}
                </button>
                <button type="button" id="check-again" on:click=move |_| try_it()>{t(K::CheckAgain)}</button>
            </div>
        })}
    }
    .into_any()
}

fn row(checked: CheckedPart) -> AnyView {
    let (part, unit) = match checked.part {
        PhonePart::Microphone => (K::CheckMicrophone, "dB"),
        PhonePart::Speaker => (K::CheckSpeaker, ""),
        PhonePart::Delay => (K::CheckDelay, "ms"),
        PhonePart::Registration => (K::CheckRegistration, ""),
        PhonePart::Echo => (K::CheckEcho, "ms"),
        PhonePart::Buttons => (K::CheckButtons, ""),
    };
    let (tone, word) = match checked.outcome {
        CheckOutcome::Works => ((Shape::Check, "good"), K::CheckWorks),
        CheckOutcome::Doubtful => ((Shape::Triangle, "warn"), K::CheckDoubtful),
        CheckOutcome::Fails => ((Shape::Cross, "bad"), K::CheckFails),
        CheckOutcome::NotTried => ((Shape::Ring, "quiet"), K::CheckNotTried),
    };
    let figure = checked.figure.map(|figure| format!("{figure} {unit}").replace('-', "−"));
    view! {
        <tr><th scope="row">{t(part)}</th><td>{badge(tone, t(word))}</td><td>{figure}</td></tr>
    }
    .into_any()
}
