//! The self-test: what a person would look at before the shift, or send to support. Nothing secret is in its result.

use std::error::Error;
use std::time::Duration;

use phone::audio::{DeviceConfig, devices};
use phone::call::Registration;
use phone::checkup::{self, Finding, Outcome, Part};
use phone::headset::{self, Found};
use phone::rtp::Recorded;
use phone::softphone::Sound;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, timeout};

use crate::arguments::{Options, Way};
use crate::report::stands;
use crate::run;

/// How long the exchange may take to answer.
const PATIENCE: Duration = Duration::from_secs(12);
/// How long is listened for the echo, unless told otherwise.
const ECHO: Duration = Duration::from_secs(5);

/// Whether all that was tried works.
pub async fn check(options: &Options, echo: Option<&str>) -> Result<bool, Box<dyn Error>> {
    let config = match &options.way {
        Way::Devices(config) => config.clone(),
        Way::Files { .. } => DeviceConfig::default(),
    };
    let (first, last) = options.ports;
    let mut findings = checkup::sound(config, |_| (), || true).to_vec();
    findings.extend([checkup::ports(first..=last), checkup::loopback(|| true)]);
    let headsets = headset::found();
    findings.push(checkup::buttons(&headsets));
    findings.extend(exchange(options, echo).await?);
    let fine = findings.iter().all(|finding| finding.outcome != Outcome::Fails);
    print(&findings, &headsets, (fine, options.json));
    Ok(fine)
}

fn print(findings: &[Finding], headsets: &[Found], (fine, json): (bool, bool)) {
    let list = devices();
    let seen = format!("{} to talk into, {} to listen to", list.inputs.len(), list.outputs.len());
    if !json {
        println!("{:<13} {:<10} {seen}", "devices", "");
        for Found { product, allowed } in headsets {
            println!("{:<13} {:<10} {product}", "headset", if *allowed { "" } else { "DENIED" });
        }
        findings.iter().for_each(|finding| println!("{}", finding.line()));
    }
    let mut parts: Map<String, Value> = findings.iter().map(part).collect();
    let both = !list.inputs.is_empty() && !list.outputs.is_empty();
    parts.insert("devices".into(), json!({ "ok": both, "found": list, "text": seen }));
    let told = |of: &Found| json!({ "name": of.product, "allowed": of.allowed });
    parts.insert("headsets".into(), headsets.iter().map(told).collect());
    parts.insert("ok".into(), fine.into());
    parts.insert("version".into(), env!("CARGO_PKG_VERSION").into());
    parts.insert("system".into(), format!("{} {}", std::env::consts::OS, std::env::consts::ARCH).into());
    println!("{}", json!({ "check": parts }));
}

/// A part by its name; `ok` is null when it was not tried, or is doubtful.
fn part(finding: &Finding) -> (String, Value) {
    let ok = match finding.outcome {
        Outcome::Works => Some(true),
        Outcome::Fails => Some(false),
        Outcome::Doubtful | Outcome::NotTried => None,
    };
    let found: Map<String, Value> =
        finding.figures.iter().map(|(name, figure)| ((*name).to_owned(), json!(figure))).collect();
    (finding.part.name().to_owned(), json!({ "ok": ok, "found": found, "text": finding.text }))
}

/// Registration, and the echo of a call to `target`.
async fn exchange(options: &Options, target: Option<&str>) -> Result<[Finding; 2], Box<dyn Error>> {
    if options.server.is_none() || options.user.is_none() {
        let untried = |part| Finding::new(part, Outcome::NotTried, "no --server and --user");
        return Ok([untried(Part::Registration), untried(Part::Echo)]);
    }
    let begun = Instant::now();
    let phone = run::start(options, Sound::Recorded(Recorded::Silence))?;
    let mut state = phone.state();
    let registration =
        timeout(PATIENCE, run::registered(&mut state)).await.unwrap_or(Registration::Registering);
    let took = begun.elapsed().as_secs_f64() * 1_000.0;
    let fine = registration == Registration::Registered;
    let registered = if fine {
        Finding::new(Part::Registration, Outcome::Works, format!("in {took:.1} ms")).with("ms", took)
    } else {
        Finding::new(Part::Registration, Outcome::Fails, stands(registration))
    };
    let echo = match target {
        Some(target) => {
            let listen = options.seconds.map_or(ECHO, Duration::from_secs);
            phone.echo(target, listen, || Sound::Recorded(Recorded::Silence)).await
        }
        None => Finding::new(Part::Echo, Outcome::NotTried, "no --echo"),
    };
    Ok([registered, echo])
}
