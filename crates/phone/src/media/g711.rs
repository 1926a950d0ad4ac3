//! G.711: A-law and µ-law (ITU-T G.711), as in RFC 3551.

/// The two laws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Law {
    /// A-law: what European exchanges speak.
    A,
    /// µ-law.
    Mu,
}

impl Law {
    /// One sample to one octet.
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Self::A => alaw(sample),
            Self::Mu => ulaw(sample),
        }
    }

    /// One octet to one sample.
    pub fn decode(self, octet: u8) -> i16 {
        match self {
            Self::A => alaw_sample(octet),
            Self::Mu => ulaw_sample(octet),
        }
    }
}

/// Sign bit, 3 bits of segment, 4 bits of step; even bits inverted.
fn alaw(sample: i16) -> u8 {
    // 13 bits; negative values by ones' complement, so that the two halves mirror each other.
    let (sign, magnitude) = if sample >= 0 { (0x80, sample >> 3) } else { (0, !sample >> 3) };
    let magnitude = magnitude as u16;
    let segment = (16 - (magnitude >> 5).leading_zeros()) as u16;
    let step = if segment < 2 { magnitude >> 1 } else { magnitude >> segment };
    let code = (segment << 4) | (step & 0x0f);
    (sign | code as u8) ^ 0x55
}

fn alaw_sample(octet: u8) -> i16 {
    let code = octet ^ 0x55;
    let segment = i16::from((code >> 4) & 7);
    let step = i16::from(code & 0x0f);
    let magnitude = if segment == 0 { (step << 4) + 8 } else { ((step << 4) + 0x108) << (segment - 1) };
    if code & 0x80 == 0 { -magnitude } else { magnitude }
}

const ULAW_BIAS: i32 = 0x84;
const ULAW_CLIP: i32 = 32_635;

fn ulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(ULAW_CLIP) + ULAW_BIAS;
    let segment = 31 - (magnitude >> 7).leading_zeros();
    let step = (magnitude >> (segment + 3)) & 0x0f;
    !(sign | ((segment as u8) << 4) | step as u8)
}

fn ulaw_sample(octet: u8) -> i16 {
    let code = !octet;
    let segment = (code >> 4) & 7;
    let magnitude = (((i32::from(code & 0x0f) << 3) + ULAW_BIAS) << segment) - ULAW_BIAS;
    (if code & 0x80 == 0 { magnitude } else { -magnitude }) as i16
}
