//! What a headset's reports say, and what is said to it: buttons of the telephony page (HID Usage Tables 1.5, §14)
//! and lights of the LED page (§11), wherever its descriptor has them.

use super::descriptor::{Descriptor, Field, Kind, Usage};

const TELEPHONY: u16 = 0x0B;
const BUTTON: u16 = 0x09;
const LED: u16 = 0x08;

/// What somebody can press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// Hook switch: takes a call, ends it.
    Hook,
    /// Microphone off and on.
    Mute,
    /// Hold; with another call, over to it.
    Flash,
    /// Hold and back.
    Hold,
    /// The number that was called last.
    Redial,
    /// Ends or declines.
    Drop,
    /// The programmable button, which makers give to declining a call.
    Reject,
}

/// How a control tells of a press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Its value is a position: off-hook or not, muted or not.
    Position,
    /// It is on while somebody presses.
    Momentary,
    /// Each time it is on somebody has pressed.
    Relative,
}

/// A control as one report has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Which control, by its place in the descriptor.
    pub control: usize,
    /// What it is for.
    pub button: Button,
    /// How it tells.
    pub form: Form,
    /// On.
    pub on: bool,
}

/// What a headset shows, or rings with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lights {
    /// There is a call: the headset's own line to its base stands.
    pub off_hook: bool,
    /// A call is offered.
    pub ring: bool,
    /// The headset or its base makes a sound of it.
    pub ringer: bool,
    /// The microphone is off.
    pub mute: bool,
    /// All calls are on hold.
    pub hold: bool,
}

type Light = fn(&Lights) -> bool;

/// Button, page and id.
const BUTTONS: [(Button, Usage); 7] = [
    (Button::Hook, Usage::new(TELEPHONY, 0x20)),
    (Button::Flash, Usage::new(TELEPHONY, 0x21)),
    (Button::Hold, Usage::new(TELEPHONY, 0x23)),
    (Button::Redial, Usage::new(TELEPHONY, 0x24)),
    (Button::Drop, Usage::new(TELEPHONY, 0x26)),
    (Button::Mute, Usage::new(TELEPHONY, 0x2F)),
    (Button::Reject, Usage::new(TELEPHONY, 0x07)),
];

const LIGHTS: [(Light, Usage); 5] = [
    (|lights| lights.mute, Usage::new(LED, 0x09)),
    (|lights| lights.off_hook, Usage::new(LED, 0x17)),
    (|lights| lights.ring, Usage::new(LED, 0x18)),
    (|lights| lights.hold, Usage::new(LED, 0x20)),
    (|lights| lights.ringer, Usage::new(TELEPHONY, 0x9E)),
];

#[derive(Debug, Clone)]
struct Control {
    button: Button,
    form: Form,
    report: u8,
    offset: u32,
    size: u32,
    /// Elements of the array, any of which may say that the button is pressed, and the value that says so.
    array: Option<(u32, u32)>,
}

#[derive(Debug, Clone)]
struct Lamp {
    light: Light,
    report: u8,
    offset: u32,
}

/// Where a headset has its buttons and lights.
#[derive(Debug, Clone)]
pub struct Layout {
    numbered: bool,
    controls: Vec<Control>,
    lamps: Vec<Lamp>,
    /// Reports that have lights, with their octets without the id.
    outputs: Vec<(u8, usize)>,
}

impl Layout {
    /// `None` for a device that is no phone or headset, or has neither hook switch nor mute.
    pub fn of(descriptor: &Descriptor) -> Option<Self> {
        // Some declare their buttons as constants, and send them all the same.
        let ours = descriptor.fields.iter().filter(|field| {
            // Where reports have numbers, one without can be neither sent nor received.
            field.application.page == TELEPHONY && descriptor.numbered == (field.report != 0)
        });
        let mut layout =
            Self { numbered: descriptor.numbered, controls: vec![], lamps: vec![], outputs: vec![] };
        for field in ours {
            match field.kind {
                Kind::Input => layout.controls.extend(controls(field)),
                Kind::Output if field.variable => layout.lamps.extend(lamps(field)),
                Kind::Output | Kind::Feature => {}
            }
        }
        for lamp in &layout.lamps {
            if layout.outputs.iter().all(|(report, _)| *report != lamp.report) {
                layout.outputs.push((lamp.report, descriptor.octets(Kind::Output, lamp.report)));
            }
        }
        let talks = |control: &Control| matches!(control.button, Button::Hook | Button::Mute);
        layout.controls.iter().any(talks).then_some(layout)
    }

    /// How many controls there are.
    pub fn controls(&self) -> usize {
        self.controls.len()
    }

    /// The hook switch that has a position.
    pub fn hook(&self) -> Option<usize> {
        let switch = |control: &Control| control.button == Button::Hook && control.form == Form::Position;
        self.controls.iter().position(switch)
    }

    /// What a report says of the buttons in it. A report that is cut off says nothing of what is missing.
    pub fn read(&self, report: &[u8]) -> Vec<Reading> {
        let (id, data) = match (self.numbered, report.split_first()) {
            (true, Some((id, data))) => (*id, data),
            (true, None) => return vec![],
            (false, _) => (0, report),
        };
        let of = self.controls.iter().enumerate().filter(|(_, control)| control.report == id);
        let reading = |(place, control): (usize, &Control)| {
            let Control { button, form, offset, size, array, .. } = *control;
            let on = match array {
                Some((count, value)) => {
                    // All of them are there when the last one is.
                    bits(data, offset + (count - 1) * size, size)?;
                    (0..count).any(|element| bits(data, offset + element * size, size) == Some(value))
                }
                None => bits(data, offset, size)? != 0,
            };
            Some(Reading { control: place, button, form, on })
        };
        of.filter_map(reading).collect()
    }

    /// The reports that show these lights, each with its id (0 where the device numbers none) before it, as
    /// Linux' hidraw takes them.
    pub fn write(&self, lights: &Lights) -> Vec<Vec<u8>> {
        let report = |(id, octets): &(u8, usize)| {
            let mut report = vec![0_u8; octets + 1];
            if let Some(first) = report.first_mut() {
                *first = *id;
            }
            for lamp in self.lamps.iter().filter(|lamp| lamp.report == *id && (lamp.light)(lights)) {
                if let Some(octet) = report.get_mut(1 + lamp.offset as usize / 8) {
                    *octet |= 1 << (lamp.offset % 8);
                }
            }
            report
        };
        self.outputs.iter().map(report).collect()
    }
}

fn controls(field: &Field) -> Vec<Control> {
    let mut found = vec![];
    for (button, usage) in BUTTONS {
        found.extend(field.place(usage).and_then(|place| control(field, button, place)));
    }
    // What comes after a change of page is of that page: to many the programmable button is one of the button page.
    let mut programmable = field.usages.iter().filter(|usages| usages.page == BUTTON);
    found.extend(programmable.find_map(|usages| {
        let place = field.place(Usage::new(BUTTON, usages.first))?;
        control(field, Button::Reject, place)
    }));
    found
}

fn control(field: &Field, button: Button, place: u32) -> Option<Control> {
    let Field { report, offset, size, count, .. } = *field;
    if size == 0 || size > 32 || count == 0 {
        return None;
    }
    if field.variable {
        let offset = (place < count).then(|| offset + place * size)?;
        let form = match (field.relative, field.preferred) {
            (true, _) => Form::Relative,
            // A switch stays where it is; a button goes back. A hook switch is a switch whatever it is declared as.
            (false, false) => Form::Position,
            (false, true) if button == Button::Hook => Form::Position,
            (false, true) => Form::Momentary,
        };
        return Some(Control { button, form, report, offset, size, array: None });
    }
    // Headsets declare arrays in which 0 stands for a control, and send 0 when none is pressed.
    let value = u32::try_from(i64::from(field.minimum) + i64::from(place)).ok().filter(|value| *value > 0)?;
    Some(Control { button, form: Form::Momentary, report, offset, size, array: Some((count, value)) })
}

fn lamps(field: &Field) -> Vec<Lamp> {
    let lamp = |(light, usage): &(Light, Usage)| {
        let place = field.place(*usage).filter(|place| *place < field.count && field.size > 0)?;
        Some(Lamp { light: *light, report: field.report, offset: field.offset + place * field.size })
    };
    LIGHTS.iter().filter_map(lamp).collect()
}

/// `size` (at most 32) bits from `offset` on, the lowest first (§8.4 of the class definition).
fn bits(data: &[u8], offset: u32, size: u32) -> Option<u32> {
    (0..size).rev().try_fold(0_u32, |value, bit| {
        let at = offset + bit;
        let octet = data.get(at as usize / 8)?;
        Some(value << 1 | u32::from(octet >> (at % 8) & 1))
    })
}
