//! The report descriptor of a HID device: which bits of which report mean what (Device Class Definition for HID
//! 1.11, §6.2.2). A device may send anything; what is no descriptor is refused.

/// A longer descriptor is refused, octets; Linux hands out none.
pub const LONGEST: usize = 4_096;
/// A longer report is refused, bits.
const LONGEST_REPORT: u64 = 8 * 16_384;
/// Collections within each other, and states that are pushed.
const DEEPEST: usize = 16;

/// Why it is no descriptor; with the octet at which the item begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorError {
    /// Longer than [`LONGEST`].
    #[error("the descriptor is too long")]
    TooLong,
    /// The descriptor ends within an item.
    #[error("the descriptor ends within the item at {0}")]
    CutOff(usize),
    /// A collection ends that did not begin.
    #[error("no collection ends at {0}")]
    NoCollection(usize),
    /// A collection that does not end.
    #[error("a collection does not end")]
    Open,
    /// A state is popped that was not pushed.
    #[error("nothing was pushed before {0}")]
    NothingPushed(usize),
    /// Collections or pushed states within each other, more than devices have.
    #[error("too much within each other at {0}")]
    TooDeep(usize),
    /// Report ids are from 1 to 255.
    #[error("no report id at {0}")]
    NoReportId(usize),
    /// A report longer than any device's.
    #[error("a report becomes too long at {0}")]
    ReportTooLong(usize),
    /// A range of usages without a beginning, or that ends before it.
    #[error("no range of usages at {0}")]
    NoRange(usize),
    /// Delimiters of alternate usages that do not fit.
    #[error("no set of usages at {0}")]
    NoSet(usize),
}

/// What a control is for (HID Usage Tables).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Usage page.
    pub page: u16,
    /// Id within the page.
    pub id: u16,
}

impl Usage {
    /// From the tables.
    pub const fn new(page: u16, id: u16) -> Self {
        Self { page, id }
    }
}

/// Usages one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usages {
    /// Usage page of all.
    pub page: u16,
    /// First id.
    pub first: u16,
    /// Last id.
    pub last: u16,
}

/// Which way a report goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// From the device.
    Input,
    /// To the device.
    Output,
    /// Either way, when asked for.
    Feature,
}

/// One main item's controls in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Which way.
    pub kind: Kind,
    /// In which report; 0 when the device does not number them.
    pub report: u8,
    /// Where it begins in the report without its id, bits.
    pub offset: u32,
    /// Of one control, bits.
    pub size: u32,
    /// How many controls.
    pub count: u32,
    /// What they are for, in order; there may be more or fewer than controls.
    pub usages: Vec<Usages>,
    /// Of the outermost collection.
    pub application: Usage,
    /// A control for each usage, rather than controls that say which usages are on.
    pub variable: bool,
    /// A change rather than a state.
    pub relative: bool,
    /// The control goes back by itself when nobody touches it.
    pub preferred: bool,
    /// Lowest value that means something; in an array the one of the first usage.
    pub minimum: i32,
}

impl Field {
    /// Place of a usage among the field's usages.
    pub fn place(&self, usage: Usage) -> Option<u32> {
        let mut before = 0_u32;
        for of in &self.usages {
            if of.page == usage.page && (of.first..=of.last).contains(&usage.id) {
                return Some(before + u32::from(usage.id - of.first));
            }
            before = before.saturating_add(u32::from(of.last - of.first) + 1);
        }
        None
    }
}

/// What a device says of its reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// In the descriptor's order.
    pub fields: Vec<Field>,
    /// Each report begins with its id.
    pub numbered: bool,
}

impl Descriptor {
    /// Reads the descriptor's octets.
    pub fn parse(octets: &[u8]) -> Result<Self, DescriptorError> {
        if octets.len() > LONGEST {
            return Err(DescriptorError::TooLong);
        }
        let mut parser = Parser::default();
        let (mut rest, mut at) = (octets, 0);
        while let Some((item, after)) = Item::take(rest, at)? {
            parser.item(&item)?;
            at += rest.len() - after.len();
            rest = after;
        }
        if parser.collections > 0 {
            return Err(DescriptorError::Open);
        }
        Ok(parser.done)
    }

    /// Of a report without its id, octets.
    pub fn octets(&self, kind: Kind, report: u8) -> usize {
        let of = self.fields.iter().filter(|field| field.kind == kind && field.report == report);
        let bits =
            of.map(|field| u64::from(field.offset) + u64::from(field.size) * u64::from(field.count)).max();
        bits.map_or(0, |bits| bits.div_ceil(8) as usize)
    }
}

struct Item {
    at: usize,
    /// Type and tag without the size.
    name: u8,
    value: u32,
    octets: u32,
}

impl Item {
    /// The first item and what comes after it; `None` at the end.
    fn take(octets: &[u8], at: usize) -> Result<Option<(Self, &[u8])>, DescriptorError> {
        let cut = DescriptorError::CutOff(at);
        let Some((&prefix, rest)) = octets.split_first() else { return Ok(None) };
        if prefix == 0xFE {
            // A long item: nobody has defined any.
            let (&[size, _tag], rest) = rest.split_first_chunk::<2>().ok_or(cut)?;
            let rest = rest.get(usize::from(size)..).ok_or(cut)?;
            return Ok(Some((Self { at, name: prefix, value: 0, octets: 0 }, rest)));
        }
        let size = [0, 1, 2, 4].get(usize::from(prefix & 3)).copied().unwrap_or(0);
        let (data, rest) = rest.split_at_checked(size).ok_or(cut)?;
        let value = data.iter().rev().fold(0_u32, |value, octet| value << 8 | u32::from(*octet));
        Ok(Some((Self { at, name: prefix & 0xFC, value, octets: size as u32 }, rest)))
    }

    /// As the logical extents are read: two's complement of its own size.
    fn signed(&self) -> i32 {
        match self.octets {
            1 => i32::from(self.value as u8 as i8),
            2 => i32::from(self.value as u16 as i16),
            _ => self.value as i32,
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Global {
    page: u16,
    minimum: i32,
    size: u32,
    count: u32,
    report: u8,
}

/// A usage as it was declared; without a page it takes the one that stands when the main item comes.
#[derive(Debug, Clone, Copy)]
struct Declared {
    page: Option<u16>,
    first: u16,
    last: u16,
}

#[derive(Default)]
struct Parser {
    done: Descriptor,
    global: Global,
    pushed: Vec<Global>,
    usages: Vec<Declared>,
    first: Option<(Option<u16>, u16)>,
    /// Within a set of alternate usages, and one of them was taken.
    set: Option<bool>,
    collections: usize,
    application: Usage,
    lengths: Vec<(Kind, u8, u64)>,
}

impl Parser {
    fn item(&mut self, item: &Item) -> Result<(), DescriptorError> {
        match item.name {
            0x80 => self.field(Kind::Input, item)?,
            0x90 => self.field(Kind::Output, item)?,
            0xB0 => self.field(Kind::Feature, item)?,
            0xA0 => self.begin(item)?,
            0xC0 => {
                self.collections =
                    self.collections.checked_sub(1).ok_or(DescriptorError::NoCollection(item.at))?;
                self.forget_usages();
            }
            0x04 => self.global.page = item.value as u16,
            0x14 => self.global.minimum = item.signed(),
            0x74 => self.global.size = item.value,
            0x84 => {
                let report = u8::try_from(item.value).ok().filter(|report| *report > 0);
                self.global.report = report.ok_or(DescriptorError::NoReportId(item.at))?;
                self.done.numbered = true;
            }
            0x94 => self.global.count = item.value,
            0xA4 if self.pushed.len() >= DEEPEST => return Err(DescriptorError::TooDeep(item.at)),
            0xA4 => self.pushed.push(self.global),
            0xB4 => self.global = self.pushed.pop().ok_or(DescriptorError::NothingPushed(item.at))?,
            0x08 => {
                let (page, id) = declared(item);
                self.declare(Declared { page, first: id, last: id });
            }
            0x18 => self.first = Some(declared(item)),
            0x28 => {
                let begun = self.first.take().zip(Some(declared(item)));
                let range = begun.filter(|((page, first), (same, last))| page == same && first <= last);
                let ((page, first), (_, last)) = range.ok_or(DescriptorError::NoRange(item.at))?;
                self.declare(Declared { page, first, last });
            }
            0xA8 => {
                self.set = match (item.value, self.set) {
                    (1, None) => Some(false),
                    (0, Some(_)) => None,
                    _ => return Err(DescriptorError::NoSet(item.at)),
                }
            }
            // Units, designators, strings, and what is reserved.
            _ => {}
        }
        Ok(())
    }

    /// Of alternate usages the first is the preferred one (§6.2.2.8).
    fn declare(&mut self, usage: Declared) {
        match &mut self.set {
            Some(true) => {}
            Some(taken) => {
                *taken = true;
                self.usages.push(usage);
            }
            None => self.usages.push(usage),
        }
    }

    fn begin(&mut self, item: &Item) -> Result<(), DescriptorError> {
        if self.collections >= DEEPEST {
            return Err(DescriptorError::TooDeep(item.at));
        }
        if self.collections == 0 {
            let usage = self.usages.first();
            let whole = |usage: &Declared| Usage::new(usage.page.unwrap_or(self.global.page), usage.first);
            self.application = usage.map(whole).unwrap_or_default();
        }
        self.collections += 1;
        self.forget_usages();
        Ok(())
    }

    fn field(&mut self, kind: Kind, item: &Item) -> Result<(), DescriptorError> {
        let Global { page, minimum, size, count, report } = self.global;
        let offset = self.extend(kind, report, u64::from(size) * u64::from(count));
        let offset = offset.ok_or(DescriptorError::ReportTooLong(item.at))?;
        let flag = |bit: u32| item.value & (1 << bit) != 0;
        let whole = |usage: &Declared| Usages {
            page: usage.page.unwrap_or(page),
            first: usage.first,
            last: usage.last,
        };
        self.done.fields.push(Field {
            kind,
            report,
            offset,
            size,
            count,
            usages: self.usages.iter().map(whole).collect(),
            application: self.application,
            variable: flag(1),
            relative: flag(2),
            preferred: !flag(5),
            minimum,
        });
        self.forget_usages();
        Ok(())
    }

    /// Makes a report longer; gives how long it was, bits.
    fn extend(&mut self, kind: Kind, report: u8, bits: u64) -> Option<u32> {
        let of = |length: &&mut (Kind, u8, u64)| length.0 == kind && length.1 == report;
        let before = match self.lengths.iter_mut().find(of) {
            Some((.., length)) => std::mem::replace(length, length.saturating_add(bits)),
            None => {
                self.lengths.push((kind, report, bits));
                0
            }
        };
        let fits = before.saturating_add(bits) <= LONGEST_REPORT;
        u32::try_from(before).ok().filter(|_| fits)
    }

    fn forget_usages(&mut self) {
        self.usages.clear();
        self.first = None;
        self.set = None;
    }
}

/// Page, where four octets tell it (§6.2.2.8), and id.
fn declared(item: &Item) -> (Option<u16>, u16) {
    let page = (item.octets == 4).then_some((item.value >> 16) as u16);
    (page, item.value as u16)
}
