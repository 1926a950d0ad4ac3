//! G.722 at 64 kbit/s (ITU-T G.722, mode 1): two bands of 8 kHz, each by adaptive differences. Two samples of
//! 16 kHz are one octet. Any octet decodes; nothing here can fail.

/// Quadrature mirror filter (table 11/G.722), one half of its 24 symmetric coefficients.
const MIRROR: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];
/// Decision levels of the lower band (table 14/G.722).
const LEVELS: [i32; 30] = [
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121,
    1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
/// Reconstruction of the lower band from four bits, which drives its adaptation (table 17/G.722).
const QUANTA_4: [i32; 16] =
    [0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0];
/// Reconstruction of the lower band from six bits, positive half from the greatest down.
const QUANTA_6: [i32; 30] = [
    24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
    4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136,
];
/// Reconstruction of the higher band.
const QUANTA_2: [i32; 4] = [-7408, -1616, 7408, 1616];
/// What a code of the lower band does to the logarithm of its scale.
const STEPS_LOW: [i32; 16] =
    [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];
/// The same of the higher band.
const STEPS_HIGH: [i32; 4] = [798, -214, 798, -214];
/// 2048 · 2^(i/32): from the logarithm back to the scale.
const POWERS: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896,
    2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

fn entry(table: &[i32], at: usize) -> i32 {
    table.get(at).copied().unwrap_or(0)
}

fn saturated(value: i32) -> i32 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX))
}

/// Negative and not negative, as the sign bit of 16 bits tells them.
fn same_sign(a: i32, b: i32) -> bool {
    (a < 0) == (b < 0)
}

/// A band's predictor and scale (blocks 3 and 4 of the recommendation).
#[derive(Debug, Clone)]
struct Band {
    /// The prediction, and its part by the zeroes.
    predicted: i32,
    zeroes_part: i32,
    /// Pole coefficients.
    poles: [i32; 2],
    /// Zero coefficients.
    zeroes: [i32; 6],
    /// The last reconstructed signals and partly reconstructed signals.
    rebuilt: [i32; 2],
    partial: [i32; 2],
    /// The last quantised differences.
    differences: [i32; 6],
    /// Logarithm of the scale, and the scale.
    log: i32,
    scale: i32,
}

impl Band {
    fn new(scale: i32) -> Self {
        Self {
            predicted: 0,
            zeroes_part: 0,
            poles: [0; 2],
            zeroes: [0; 6],
            rebuilt: [0; 2],
            partial: [0; 2],
            differences: [0; 6],
            log: 0,
            scale,
        }
    }

    /// LOGSCL and SCALEL, or LOGSCH and SCALEH.
    fn rescale(&mut self, step: i32, most: i32, shift: i32) {
        self.log = (((self.log * 127) >> 7) + step).clamp(0, most);
        let power = entry(&POWERS, ((self.log >> 6) & 31) as usize);
        let down = shift - (self.log >> 11);
        self.scale = if down < 0 { power << -down } else { power >> down } << 2;
    }

    /// Adapts both predictors to a quantised difference and predicts the next signal.
    fn adapt(&mut self, difference: i32) {
        let rebuilt = saturated(self.predicted + difference);
        let partial = saturated(self.zeroes_part + difference);
        self.adapt_poles(partial);
        self.adapt_zeroes(difference);
        self.rebuilt = [rebuilt, self.rebuilt[0]];
        self.partial = [partial, self.partial[0]];
        self.differences.rotate_right(1);
        self.differences[0] = difference;
        let product = |coefficient: i32, value: i32| (coefficient * saturated(value * 2)) >> 15;
        let poles: i32 = self.poles.iter().zip(self.rebuilt).map(|(a, r)| product(*a, r)).sum();
        let zeroes: i32 = self.zeroes.iter().zip(self.differences).map(|(b, d)| product(*b, d)).sum();
        self.zeroes_part = saturated(zeroes);
        self.predicted = saturated(saturated(poles) + self.zeroes_part);
    }

    /// UPPOL2, UPPOL1.
    fn adapt_poles(&mut self, partial: i32) {
        let (last, before) = (self.partial[0], self.partial[1]);
        let lean = saturated(self.poles[0] << 2);
        let lean = if same_sign(partial, last) { -lean } else { lean }.min(32_767);
        let push = if same_sign(partial, before) { 128 } else { -128 };
        let second = (push + (lean >> 7) + ((self.poles[1] * 32_512) >> 15)).clamp(-12_288, 12_288);
        let push = if same_sign(partial, last) { 192 } else { -192 };
        let limit = saturated(15_360 - second);
        let first = saturated(push + ((self.poles[0] * 32_640) >> 15)).clamp(-limit, limit);
        self.poles = [first, second];
    }

    /// UPZERO.
    fn adapt_zeroes(&mut self, difference: i32) {
        let push = if difference == 0 { 0 } else { 128 };
        for (coefficient, past) in self.zeroes.iter_mut().zip(self.differences) {
            let push = if same_sign(difference, past) { push } else { -push };
            *coefficient = saturated(push + ((*coefficient * 32_640) >> 15));
        }
    }
}

/// Both bands; the same in encoder and decoder.
#[derive(Debug, Clone)]
struct Bands {
    low: Band,
    high: Band,
    /// The mirror filter's last 24 values.
    line: [i32; 24],
}

impl Default for Bands {
    fn default() -> Self {
        Self { low: Band::new(32), high: Band::new(8), line: [0; 24] }
    }
}

impl Bands {
    /// Follows what was sent.
    fn adapt(&mut self, low: usize, high: usize) {
        let difference = (self.low.scale * entry(&QUANTA_4, low >> 2)) >> 15;
        self.low.rescale(entry(&STEPS_LOW, low >> 2), 18_432, 8);
        self.low.adapt(difference);
        let difference = (self.high.scale * entry(&QUANTA_2, high)) >> 15;
        self.high.rescale(entry(&STEPS_HIGH, high), 22_528, 10);
        self.high.adapt(difference);
    }

    /// Takes two values in and gives the two sums of the mirror filter.
    fn filter(&mut self, first: i32, second: i32) -> (i32, i32) {
        self.line.rotate_left(2);
        (self.line[22], self.line[23]) = (first, second);
        let (mut even, mut odd) = (0, 0);
        for ((pair, forward), backward) in self.line.chunks_exact(2).zip(MIRROR).zip(MIRROR.into_iter().rev())
        {
            if let [a, b] = pair {
                even += a * forward;
                odd += b * backward;
            }
        }
        (even, odd)
    }
}

/// Samples of 16 kHz to octets.
#[derive(Debug, Clone, Default)]
pub struct Encoder(Bands);

impl Encoder {
    /// Encodes after `out`; an odd sample at the end is left out.
    pub fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        for pair in samples.chunks_exact(2) {
            if let [first, second] = pair {
                out.push(self.octet(i32::from(*first), i32::from(*second)));
            }
        }
    }

    fn octet(&mut self, first: i32, second: i32) -> u8 {
        let (odd, even) = self.0.filter(first, second);
        let low = low_code(saturated(((even + odd) >> 14) - self.0.low.predicted), self.0.low.scale);
        let high = high_code(saturated(((even - odd) >> 14) - self.0.high.predicted), self.0.high.scale);
        self.0.adapt(low, high);
        ((high << 6) | low) as u8
    }
}

/// QUANTL.
fn low_code(error: i32, scale: i32) -> usize {
    let size = if error >= 0 { error } else { -(error + 1) };
    let above = LEVELS.iter().skip(1).take_while(|level| size >= (**level * scale) >> 12).count();
    match (error < 0, above) {
        (false, above) => 61 - above,
        (true, above @ 0..=1) => 63 - above,
        (true, above) => 33 - above,
    }
}

/// QUANTH.
fn high_code(error: i32, scale: i32) -> usize {
    let size = if error >= 0 { error } else { -(error + 1) };
    let far = size >= (564 * scale) >> 12;
    match (error < 0, far) {
        (true, false) => 1,
        (true, true) => 0,
        (false, false) => 3,
        (false, true) => 2,
    }
}

/// Octets to samples of 16 kHz.
#[derive(Debug, Clone, Default)]
pub struct Decoder(Bands);

impl Decoder {
    /// Decodes after `out`: two samples an octet.
    pub fn decode(&mut self, octets: &[u8], out: &mut Vec<i16>) {
        for octet in octets {
            let (low, high) = (usize::from(octet & 63), usize::from(octet >> 6));
            let Bands { low: lower, high: higher, .. } = &self.0;
            let clip = |value: i32| value.clamp(-16_384, 16_383);
            let below = clip(lower.predicted + ((lower.scale * quantum_6(low)) >> 15));
            let above = clip(higher.predicted + ((higher.scale * entry(&QUANTA_2, high)) >> 15));
            self.0.adapt(low, high);
            let (second, first) = self.0.filter(below + above, below - above);
            out.extend([first, second].map(|sum| saturated(sum >> 11) as i16));
        }
    }
}

/// INVQBL: the codes run 4–31 for the negative values, 32–61 for the positive ones, 62 and 63 for the two
/// smallest negative ones; 0–3 are never sent and read as the smallest.
fn quantum_6(code: usize) -> i32 {
    match code {
        0..=3 => -136,
        4..=31 => -entry(&QUANTA_6, code - 4),
        32..=61 => entry(&QUANTA_6, code - 32),
        62 => -432,
        _ => -136,
    }
}
