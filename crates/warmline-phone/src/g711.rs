//! G.711 (ITU-T): µ-law and A-law, 8 kHz, one byte a sample.

/// Samples of one frame: 20 ms.
pub const FRAME: usize = 160;
pub type Frame = [i16; FRAME];
pub const SILENCE: Frame = [0; FRAME];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// Payload type 0 (RFC 3551).
    Mu,
    /// Payload type 8.
    A,
}

impl Law {
    pub fn payload_type(self) -> u8 {
        match self {
            Law::Mu => 0,
            Law::A => 8,
        }
    }
    pub fn from_payload_type(pt: u8) -> Option<Law> {
        [Law::Mu, Law::A].into_iter().find(|law| law.payload_type() == pt)
    }
    pub fn name(self) -> &'static str {
        match self {
            Law::Mu => "PCMU",
            Law::A => "PCMA",
        }
    }
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Law::Mu => encode_mu(sample),
            Law::A => encode_a(sample),
        }
    }
    pub fn decode(self, byte: u8) -> i16 {
        match self {
            Law::Mu => MU[byte as usize],
            Law::A => A[byte as usize],
        }
    }
    pub fn encode_frame(self, frame: &Frame) -> [u8; FRAME] {
        frame.map(|sample| self.encode(sample))
    }
}

/// A frame as it travels. What is only passed on is never decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Coded {
    pub(crate) law: Law,
    pub(crate) bytes: [u8; FRAME],
}

impl Coded {
    pub(crate) fn of(law: Law, frame: &Frame) -> Coded {
        Coded { law, bytes: law.encode_frame(frame) }
    }
    pub(crate) fn frame(&self) -> Frame {
        self.bytes.map(|byte| self.law.decode(byte))
    }
    pub(crate) fn in_law(&self, law: Law) -> [u8; FRAME] {
        if self.law == law { self.bytes } else { self.bytes.map(|byte| law.encode(self.law.decode(byte))) }
    }
}

static MU: [i16; 256] = table(true);
static A: [i16; 256] = table(false);

const fn table(mu: bool) -> [i16; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = if mu { decode_mu(i as u8) } else { decode_a(i as u8) };
        i += 1;
    }
    table
}

const fn decode_mu(byte: u8) -> i16 {
    let byte = !byte;
    let magnitude = ((((byte & 0x0f) as i16) << 3) + 0x84) << ((byte >> 4) & 7);
    if byte & 0x80 != 0 { 0x84 - magnitude } else { magnitude - 0x84 }
}

const fn decode_a(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let low = ((byte & 0x0f) as i16) << 4;
    let magnitude = match (byte >> 4) & 7 {
        0 => low + 8,
        segment => (low + 0x108) << (segment - 1),
    };
    if byte & 0x80 != 0 { magnitude } else { -magnitude }
}

/// Eight magnitudes have one code, counted with the bias of the law.
static MU_CODES: [u8; 4096] = {
    let mut codes = [0; 4096];
    let mut i = 0;
    while i < 4096 {
        codes[i] = code_mu((i as i32) << 3);
        i += 1;
    }
    codes
};

/// Sixteen magnitudes have one code.
static A_CODES: [u8; 2048] = {
    let mut codes = [0; 2048];
    let mut i = 0;
    while i < 2048 {
        codes[i] = code_a((i as i32) << 4);
        i += 1;
    }
    codes
};

fn encode_mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(32_635) + 0x84;
    !(sign | MU_CODES[(magnitude >> 3) as usize & 0xfff])
}

fn encode_a(sample: i16) -> u8 {
    let sign = if sample >= 0 { 0x80 } else { 0 };
    let magnitude = if sample < 0 { !sample } else { sample };
    (sign | A_CODES[(magnitude >> 4) as usize & 0x7ff]) ^ 0x55
}

/// The code without its sign; the magnitude has its bias already.
const fn code_mu(magnitude: i32) -> u8 {
    let segment = (31 - magnitude.leading_zeros() as i32) - 7;
    let segment = if segment < 0 { 0 } else { segment };
    ((segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) as u8
}

const fn code_a(magnitude: i32) -> u8 {
    if magnitude < 256 {
        return (magnitude >> 4) as u8;
    }
    let segment = 31 - magnitude.leading_zeros() as i32 - 7;
    ((segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back_as_itself() {
        for law in [Law::Mu, Law::A] {
            for byte in 0..=255u8 {
                let sample = law.decode(byte);
                // µ-law has two zeros.
                assert!(law.encode(sample) == byte || sample == 0, "{law:?} {byte:#x} {sample}");
            }
        }
    }

    /// The tables are the law itself, for every sample there is.
    #[test]
    fn every_sample_has_the_code_of_the_law() {
        for sample in i16::MIN..=i16::MAX {
            let wide = i32::from(sample);
            let mu = code_mu(wide.abs().min(32_635) + 0x84) | if sample < 0 { 0x80 } else { 0 };
            let a = code_a(if sample < 0 { -(wide + 1) } else { wide }) | if sample < 0 { 0 } else { 0x80 };
            assert_eq!((Law::Mu.encode(sample), Law::A.encode(sample)), (!mu, a ^ 0x55), "{sample}");
        }
    }

    #[test]
    fn a_frame_is_passed_on_as_it_is_and_crosses_laws_by_its_sound() {
        let coded = Coded::of(Law::A, &std::array::from_fn(|i| i as i16 * 150 - 12_000));
        assert_eq!(coded.in_law(Law::A), coded.bytes);
        assert_eq!(coded.in_law(Law::Mu), Law::Mu.encode_frame(&coded.frame()));
    }

    /// G.711 keeps a signal-to-noise ratio of about 38 dB over a wide range of levels; a sine at −10 dB shows it.
    #[test]
    fn a_tone_survives() {
        for law in [Law::Mu, Law::A] {
            let (mut signal, mut noise) = (0.0f64, 0.0f64);
            for i in 0..8000 {
                let sample = (10_000.0 * (f64::from(i) * 0.785).sin()) as i16;
                let back = law.decode(law.encode(sample));
                signal += f64::from(sample).powi(2);
                noise += f64::from(sample - back).powi(2);
            }
            let ratio = 10.0 * (signal / noise).log10();
            assert!(ratio > 35.0, "{law:?} {ratio}");
        }
    }
}
