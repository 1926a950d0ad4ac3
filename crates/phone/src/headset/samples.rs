//! Headsets as their descriptors describe them, written down item by item from published facts; no device was at
//! hand. The layouts of Jabra Evolve Link MS (0b0e:0307), Poly Voyager Base (047f:02ec), Plantronics Blackwire 3220
//! (047f:c056), Sennheiser SC 660 (1395:0082), EPOS Impact D (1395:00a9) and Anker PowerConf (291a:3301) are what
//! those devices tell on Linux and macOS; consumer and vendor pages are left out where nothing depends on them.
#![allow(clippy::unwrap_used, reason = "test code")]

use super::descriptor::Descriptor;
use super::report::Layout;

pub const DATA_VARIABLE: u8 = 0x02;
pub const RELATIVE: u8 = 0x06;
pub const SWITCH: u8 = 0x22;
pub const CONSTANT: u8 = 0x01;

/// Writes short items.
#[derive(Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    pub fn item(mut self, name: u8, value: u32) -> Self {
        let octets = value.to_le_bytes();
        let (size, data) = match value {
            0..=0xFF => (1, &octets[..1]),
            0x100..=0xFFFF => (2, &octets[..2]),
            _ => (3, &octets[..]),
        };
        self.0.push(name | size);
        self.0.extend(data);
        self
    }

    pub fn page(self, page: u32) -> Self {
        self.item(0x04, page)
    }

    pub fn application(self, page: u32, usage: u32) -> Self {
        self.page(page).item(0x08, usage).item(0xA0, 1)
    }

    pub fn end(mut self) -> Self {
        self.0.push(0xC0);
        self
    }

    pub fn report(self, id: u32) -> Self {
        self.item(0x84, id)
    }

    fn field(self, main: u8, (size, count): (u32, u32), usages: &[u32], flags: u8) -> Self {
        let sized = self.item(0x14, 0).item(0x24, 1).item(0x74, size).item(0x94, count);
        usages.iter().fold(sized, |writer, usage| writer.item(0x08, *usage)).item(main, flags.into())
    }

    /// A bit for each usage.
    pub fn input(self, usages: &[u32], flags: u8) -> Self {
        self.field(0x80, (1, usages.len() as u32), usages, flags)
    }

    pub fn output(self, usages: &[u32]) -> Self {
        self.field(0x90, (1, usages.len() as u32), usages, SWITCH)
    }

    pub fn input_padding(self, bits: u32) -> Self {
        self.field(0x80, (1, bits), &[], CONSTANT)
    }

    pub fn output_padding(self, bits: u32) -> Self {
        self.field(0x90, (1, bits), &[], CONSTANT)
    }

    pub fn layout(&self) -> Layout {
        Layout::of(&Descriptor::parse(&self.0).unwrap()).unwrap()
    }
}

/// Report 2: hook, line busy, mute, flash, redial, speed dial, programmable button, key pad; lights in report 2.
pub fn jabra_evolve_link() -> Writer {
    let keys = Writer::default()
        .application(0x0B, 0x05)
        .report(2)
        .input(&[0x20, 0x97], SWITCH)
        .input(&[0x2F, 0x21, 0x24, 0x50], RELATIVE)
        .item(0x08, 0x07)
        .page(0x09)
        .item(0x94, 1)
        .item(0x80, DATA_VARIABLE.into());
    let pad = keys.page(0x0B).item(0x08, 0x06).item(0xA0, 2).item(0x18, 0xB0).item(0x28, 0xBB);
    let pad =
        pad.item(0x14, 0).item(0x24, 11).item(0x74, 4).item(0x94, 1).item(0x80, 0).end().input_padding(5);
    let lights = pad.page(0x08).output(&[0x17, 0x09, 0x18, 0x20, 0x21]).page(0x0B).output(&[0x9E]);
    lights
        .output_padding(10)
        .end()
        .application(0x0C, 0x01)
        .report(1)
        .input(&[0xEA, 0xE9], DATA_VARIABLE)
        .end()
}

/// Report 1: hook, mute, flash (while pressed), redial, programmable button; a report for each light, one with the
/// id of the buttons' own.
pub fn poly_voyager_base() -> Writer {
    let keys = Writer::default()
        .application(0x0B, 0x05)
        .report(1)
        .input(&[0x20], SWITCH)
        .input(&[0x2F], RELATIVE)
        .input(&[0x21], DATA_VARIABLE)
        .input(&[0x24], RELATIVE)
        .item(0x08, 0x07)
        .page(0x09)
        .item(0x08, 0x01)
        .item(0x80, RELATIVE.into())
        .input_padding(3);
    let mut lights = keys.page(0x08);
    for (report, light) in [(1, 0x18), (2, 0x1E), (3, 0x09), (4, 0x17), (5, 0x20)] {
        lights = lights.report(report).output(&[light]).output_padding(7);
    }
    lights.end()
}

/// Report 8: mute, hook, flash; a report for each light.
pub fn plantronics_blackwire() -> Writer {
    let keys = Writer::default().application(0x0B, 0x05).report(8).input(&[0x2F], RELATIVE);
    let mut lights = keys.input(&[0x20, 0x21], SWITCH).input_padding(5).page(0x08);
    for light in [0x09, 0x17, 0x18, 0x1E, 0x20, 0x2A] {
        lights = lights.report(light).output(&[light]).output_padding(7);
    }
    lights.end()
}

/// Report 8: mute, hook, redial, flash, drop, programmable button; lights in report 9.
pub fn sennheiser_sc660() -> Writer {
    let keys = Writer::default()
        .application(0x0B, 0x05)
        .report(8)
        .input(&[0x2F], RELATIVE)
        .input(&[0x20], SWITCH)
        .input(&[0x24, 0x21, 0x26], RELATIVE)
        .item(0x08, 0x07)
        .page(0x09)
        .input(&[0x01], DATA_VARIABLE)
        .input_padding(2);
    keys.page(0x08).report(9).output(&[0x09, 0x17, 0x18, 0x21, 0x2A, 0x20]).output_padding(2).end()
}

/// Report 2: volume, hook, flash, redial, mute, drop, and the programmable button as an array of one bit; in report
/// 3 the ringer before the lights; and an application within the application.
pub fn epos_impact() -> Writer {
    let keys = Writer::default()
        .application(0x0B, 0x05)
        .report(2)
        .page(0x0C)
        .input(&[0xEA, 0xE9], DATA_VARIABLE)
        .page(0x0B)
        .input(&[0x20], SWITCH)
        .input(&[0x21, 0x24, 0x2F, 0x26], RELATIVE)
        .item(0x08, 0x07)
        .page(0x09)
        .item(0x08, 0x01)
        .item(0x94, 1)
        .item(0x80, 0x40);
    let lights = keys.report(3).page(0x0B).output(&[0x9E]).page(0x08);
    let lights = lights.output(&[0x17, 0x21, 0x18, 0x09, 0x2A, 0x20]).output_padding(1);
    let within = lights.item(0xA0, 1).report(64).item(0x08, 0xFF40_FF40).item(0x74, 16).item(0x94, 4);
    within.item(0xB0, DATA_VARIABLE.into()).end().end()
}

/// Report 2: hook and line busy, mute, flash, voice mail and speed dial, all of them declared as constants.
pub fn anker_powerconf() -> Writer {
    let keys = Writer::default().application(0x0B, 0x05).report(2).input(&[0x20, 0x97], 0x23);
    let keys = keys.input(&[0x2F, 0x21, 0x70, 0x50], 0x07);
    keys.page(0x08).output(&[0x17, 0x09, 0x18, 0x20, 0x21]).output_padding(3).end()
}

/// A bit each for hook and mute, without report ids, as small makers and hobbyists write it: mute is a switch.
pub fn plain() -> Writer {
    let keys = Writer::default().application(0x0B, 0x01).input(&[0x20, 0x2F], SWITCH).input_padding(6);
    keys.page(0x08).output(&[0x17, 0x09, 0x18]).output_padding(5).end()
}
