//! Descriptors of headsets, and what is none.

use proptest::prelude::*;

use super::descriptor::{Descriptor, DescriptorError, Kind, LONGEST, Usage};
use super::report::{Button, Form, Layout, Lights, Reading};
use super::samples::{self, Writer};

/// Buttons that a report says are on, with how they tell.
fn on(layout: &Layout, report: &[u8]) -> Vec<(Button, Form)> {
    let readings = layout.read(report);
    readings.into_iter().filter(|reading| reading.on).map(|of| (of.button, of.form)).collect()
}

const TALKING: Lights = Lights { off_hook: true, ring: false, ringer: false, mute: true, hold: false };
const RINGING: Lights = Lights { off_hook: false, ring: true, ringer: true, mute: false, hold: false };

#[test]
fn jabra_has_buttons_and_lights_in_one_report_and_its_key_pad_presses_nothing() {
    let layout = samples::jabra_evolve_link().layout();
    assert_eq!(on(&layout, &[2, 0b0000_0001, 0]), [(Button::Hook, Form::Position)]);
    assert_eq!(
        on(&layout, &[2, 0b0000_0101, 0]),
        [(Button::Hook, Form::Position), (Button::Mute, Form::Relative)]
    );
    assert_eq!(
        on(&layout, &[2, 0b0001_1000, 0]),
        [(Button::Flash, Form::Relative), (Button::Redial, Form::Relative)]
    );
    assert_eq!(on(&layout, &[2, 0b0100_0000, 0]), [(Button::Reject, Form::Momentary)]);
    // Line busy, speed dial, and a key of the pad; volume is another report.
    assert_eq!(on(&layout, &[2, 0b1010_0010, 0b11]), []);
    assert_eq!(on(&layout, &[1, 0b1]), []);
    assert_eq!(layout.write(&TALKING), [[2, 0b0000_0011, 0]]);
    assert_eq!(layout.write(&RINGING), [[2, 0b0010_0100, 0]]);
}

#[test]
fn poly_has_a_report_for_each_light_and_one_bears_the_number_of_the_buttons() {
    let layout = samples::poly_voyager_base().layout();
    assert_eq!(on(&layout, &[1, 0b00001]), [(Button::Hook, Form::Position)]);
    assert_eq!(on(&layout, &[1, 0b00100]), [(Button::Flash, Form::Momentary)]);
    assert_eq!(
        on(&layout, &[1, 0b10010]),
        [(Button::Mute, Form::Relative), (Button::Reject, Form::Relative)]
    );
    assert_eq!(layout.write(&TALKING), [[1, 0], [3, 1], [4, 1], [5, 0]]);
    assert_eq!(layout.write(&RINGING), [[1, 1], [3, 0], [4, 0], [5, 0]]);
}

#[test]
fn plantronics_has_mute_before_the_hook() {
    let layout = samples::plantronics_blackwire().layout();
    assert_eq!(on(&layout, &[8, 0b001]), [(Button::Mute, Form::Relative)]);
    assert_eq!(on(&layout, &[8, 0b010]), [(Button::Hook, Form::Position)]);
    assert_eq!(on(&layout, &[8, 0b100]), [(Button::Flash, Form::Position)]);
    assert_eq!(layout.write(&TALKING), [[9, 1], [0x17, 1], [0x18, 0], [0x20, 0]]);
}

#[test]
fn sennheiser_and_epos_have_drop_and_a_programmable_button() {
    let layout = samples::sennheiser_sc660().layout();
    assert_eq!(
        on(&layout, &[8, 0b01_0010]),
        [(Button::Hook, Form::Position), (Button::Drop, Form::Relative)]
    );
    assert_eq!(
        on(&layout, &[8, 0b10_0001]),
        [(Button::Mute, Form::Relative), (Button::Reject, Form::Momentary)]
    );
    assert_eq!(layout.write(&TALKING), [[9, 0b11]]);
    let layout = samples::epos_impact().layout();
    assert_eq!(
        on(&layout, &[2, 0b0010_0100]),
        [(Button::Hook, Form::Position), (Button::Mute, Form::Relative)]
    );
    assert_eq!(on(&layout, &[2, 0b1000_0000]), [(Button::Reject, Form::Momentary)]);
    // Its array says "the first one" when nothing is pressed.
    assert_eq!(on(&layout, &[2, 0]), []);
    assert_eq!(layout.write(&RINGING), [[3, 0b0000_1001]]);
    assert_eq!(layout.write(&TALKING), [[3, 0b0001_0010]]);
}

#[test]
fn buttons_declared_as_constants_are_buttons() {
    let layout = samples::anker_powerconf().layout();
    assert_eq!(on(&layout, &[2, 0b101]), [(Button::Hook, Form::Position), (Button::Mute, Form::Relative)]);
    assert_eq!(layout.write(&TALKING), [[2, 0b11]]);
}

#[test]
fn reports_without_numbers_are_read_whole_and_written_with_a_nought() {
    let layout = samples::plain().layout();
    assert_eq!(on(&layout, &[0b11]), [(Button::Hook, Form::Position), (Button::Mute, Form::Position)]);
    assert_eq!(layout.write(&TALKING), [[0, 0b011]]);
}

#[test]
fn an_array_names_the_pressed_buttons() {
    let keys =
        Writer::default().application(0x0B, 0x05).item(0x14, 1).item(0x24, 3).item(0x74, 8).item(0x94, 2);
    let keys = keys.item(0x08, 0x20).item(0x18, 0x2F).item(0x28, 0x30).item(0x80, 0).end();
    let layout = keys.layout();
    assert_eq!(on(&layout, &[0, 1]), [(Button::Hook, Form::Momentary)]);
    assert_eq!(on(&layout, &[2, 1]), [(Button::Hook, Form::Momentary), (Button::Mute, Form::Momentary)]);
    assert_eq!(on(&layout, &[3, 9]), []);
    assert_eq!(layout.read(&[2]), [], "cut off");
}

#[test]
fn a_report_that_is_cut_off_says_nothing_of_what_is_missing() {
    let layout = samples::jabra_evolve_link().layout();
    for report in [&[][..], &[2]] {
        assert_eq!(layout.read(report), []);
    }
    let hook = |reading: &Reading| reading.button == Button::Hook && !reading.on;
    assert!(layout.read(&[2, 0]).iter().any(hook), "a button that is off is told too");
}

#[test]
fn what_is_no_headset_is_left_alone() {
    let keyboard = Writer::default().application(0x01, 0x06).page(0x08).output(&[0x01, 0x09]).end();
    let volume = Writer::default().application(0x0C, 0x01).input(&[0xE9, 0xEA], samples::DATA_VARIABLE).end();
    let lights_alone = Writer::default().application(0x0B, 0x05).page(0x08).output(&[0x17]).end();
    for other in [keyboard, volume, lights_alone, Writer::default()] {
        assert!(Layout::of(&Descriptor::parse(&other.0).unwrap()).is_none());
    }
}

#[test]
fn keyboards_and_the_like_in_the_same_device_are_left_alone() {
    let mut device = samples::sennheiser_sc660();
    let keyboard = Writer::default().application(0x01, 0x06).report(4).page(0x08).output(&[0x17, 0x09]);
    device.0.extend(keyboard.page(0x09).input(&[0x01], samples::DATA_VARIABLE).end().0);
    let layout = device.layout();
    assert_eq!(layout.write(&TALKING), [[9, 0b11]]);
    assert_eq!(layout.read(&[4, 0xFF]), []);
}

#[test]
fn usages_take_the_page_that_stands_when_their_item_comes_unless_they_bring_one() {
    let keys = Writer::default().application(0x0B, 0x05).item(0x08, 0x000B_002F).item(0x08, 0x20).page(0x09);
    let keys = keys.item(0x74, 1).item(0x94, 2).item(0x80, 2).end();
    let field = Descriptor::parse(&keys.0).unwrap().fields.remove(0);
    assert_eq!(field.place(Usage::new(0x0B, 0x2F)), Some(0));
    assert_eq!(field.place(Usage::new(0x09, 0x20)), Some(1));
    assert_eq!(field.place(Usage::new(0x0B, 0x20)), None);
}

#[test]
fn of_alternate_usages_the_first_counts_and_a_pushed_state_comes_back() {
    let keys = Writer::default().application(0x0B, 0x05).item(0x74, 1).item(0x94, 2);
    let keys = keys.item(0xA8, 1).item(0x08, 0x20).item(0x08, 0x97).item(0xA8, 0).item(0x08, 0x2F);
    let mut keys = keys.item(0x80, 2);
    keys.0.push(0xA4);
    let mut keys = keys.page(0x08).item(0x94, 1).item(0x08, 0x17).item(0x90, 2);
    keys.0.push(0xB4);
    let keys = keys.item(0x08, 0x21).item(0x08, 0x24).item(0x80, 2).end();
    let layout = keys.layout();
    let buttons: Vec<Button> = layout.read(&[0b1111]).into_iter().map(|reading| reading.button).collect();
    let expected = [Button::Hook, Button::Mute, Button::Flash, Button::Redial];
    assert!(expected.iter().all(|button| buttons.contains(button)), "{buttons:?}");
    assert_eq!(layout.write(&TALKING), [[0, 1]]);
}

#[test]
fn what_is_no_descriptor_is_refused_in_words() {
    let parse = |octets: &[u8]| Descriptor::parse(octets).unwrap_err();
    assert_eq!(parse(&[0; LONGEST + 1]), DescriptorError::TooLong);
    assert_eq!(parse(&[0x05, 0x0B, 0x26, 0x01]), DescriptorError::CutOff(2));
    assert_eq!(parse(&[0xFE, 9, 0, 1]), DescriptorError::CutOff(0));
    assert_eq!(parse(&[0xFE, 1, 0, 1, 0xC0]), DescriptorError::NoCollection(4));
    assert_eq!(parse(&[0xA1, 1]), DescriptorError::Open);
    assert_eq!(parse(&[0xB4]), DescriptorError::NothingPushed(0));
    assert_eq!(parse(&[0xA1; 200]), DescriptorError::TooDeep(32));
    assert_eq!(parse(&[0xA4; 200]), DescriptorError::TooDeep(16));
    assert_eq!(parse(&[0x85, 0]), DescriptorError::NoReportId(0));
    assert_eq!(parse(&[0x86, 0, 1]), DescriptorError::NoReportId(0));
    assert_eq!(parse(&[0x29, 5]), DescriptorError::NoRange(0));
    assert_eq!(parse(&[0x19, 6, 0x29, 5]), DescriptorError::NoRange(2));
    assert_eq!(parse(&[0xA9, 0]), DescriptorError::NoSet(0));
    let long = Writer::default().item(0x74, 0xFFFF_FFFF).item(0x94, 0xFFFF_FFFF).item(0x80, 2);
    assert_eq!(parse(&long.0), DescriptorError::ReportTooLong(10));
    let error = parse(&[0x85, 0]).to_string();
    assert_eq!(error, "no report id at 0");
}

/// A headset's descriptor with some octets changed, added or left out: nearer to one than what is random.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let sample = prop_oneof![
        Just(samples::jabra_evolve_link().0),
        Just(samples::poly_voyager_base().0),
        Just(samples::epos_impact().0),
    ];
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 0..6);
    (sample, changes).prop_map(|(mut octets, changes)| {
        for (at, octet, how) in changes {
            let at = at.index(octets.len());
            match how {
                0 => octets[at] = octet,
                1 => octets.insert(at, octet),
                _ if octets.len() > 1 => drop(octets.remove(at)),
                _ => {}
            }
        }
        octets
    })
}

fn any_descriptor() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![nearly(), proptest::collection::vec(any::<u8>(), 0..400)]
}

proptest! {
    #[test]
    fn whatever_a_device_sends_is_read_within_its_reports(
        descriptor in any_descriptor(),
        report in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let Ok(descriptor) = Descriptor::parse(&descriptor) else { return Ok(()) };
        for field in &descriptor.fields {
            let end = u64::from(field.offset) + u64::from(field.size) * u64::from(field.count);
            prop_assert!(end.div_ceil(8) as usize <= descriptor.octets(field.kind, field.report));
        }
        let Some(layout) = Layout::of(&descriptor) else { return Ok(()) };
        prop_assert!(layout.read(&report).iter().all(|reading| reading.control < layout.controls()));
        for written in layout.write(&TALKING) {
            let id = written[0];
            prop_assert_eq!(written.len(), descriptor.octets(Kind::Output, id) + 1);
            prop_assert_eq!(id != 0, descriptor.numbered);
        }
        let dark: Vec<_> = layout.write(&Lights::default()).into_iter().flat_map(|report| report.into_iter().skip(1)).collect();
        prop_assert!(dark.iter().all(|octet| *octet == 0));
    }
}
