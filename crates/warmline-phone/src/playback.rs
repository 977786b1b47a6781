//! A recording as it is heard and seen afterwards: all lines together as stereo, the caller left and everybody else
//! right, in pieces of any size; and how loud each side was, for drawing it.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::LegId;
use crate::g711::Law;
use crate::record::{HEADER, TRACK, track};

/// 8 kHz, two sides, 16 bits.
const RATE: u32 = 8000;
const SAMPLE: u64 = 4;
/// Pieces the loudness is told in; more than a page has points for it.
pub const PEAKS: usize = 600;

/// The lines of one contact.
pub struct Recording {
    folder: PathBuf,
    caller: Option<PathBuf>,
    others: Vec<PathBuf>,
    samples: u64,
}

/// How loud each side was, [`PEAKS`] times over the length of the recording; 0 to 255.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peaks {
    pub caller: Vec<u8>,
    pub others: Vec<u8>,
}

impl Recording {
    /// `None`: nothing was kept of that contact.
    pub fn open(recordings: &Path, call: i64) -> std::io::Result<Option<Recording>> {
        let first = track(recordings, LegId { call, n: 1 });
        let folder = recordings.join(call.to_string());
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            entries => entries?,
        };
        let mut recording = Recording { folder, caller: None, others: vec![], samples: 0 };
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_none_or(|e| e != TRACK) {
                continue;
            }
            // By its length, whatever its header says: a crash may have left that short.
            let samples = std::fs::metadata(&path)?.len().saturating_sub(HEADER as u64);
            recording.samples = recording.samples.max(samples);
            if path == first {
                recording.caller = Some(path);
            } else {
                recording.others.push(path);
            }
        }
        Ok((recording.samples > 0).then_some(recording))
    }

    pub fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(RATE)
    }

    /// The length of it as a WAV.
    pub fn bytes(&self) -> u64 {
        HEADER as u64 + self.samples * SAMPLE
    }

    /// A piece of it as a WAV of 16-bit samples.
    pub fn read(&self, from: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let until = from.saturating_add(length as u64).min(self.bytes());
        let mut bytes = Vec::with_capacity(until.saturating_sub(from) as usize);
        let header = HEADER as u64;
        if from < header {
            bytes.extend(&self.header()[from as usize..until.min(header) as usize]);
        }
        let (start, end) = (from.max(header) - header, until.max(header) - header);
        if start < end {
            let (first, last) = (start / SAMPLE, end.div_ceil(SAMPLE));
            let mixed = self.mixed(first, (last - first) as usize)?;
            let skipped = (start - first * SAMPLE) as usize;
            bytes.extend(&mixed[skipped..skipped + (end - start) as usize]);
        }
        Ok(bytes)
    }

    fn mixed(&self, first: u64, count: usize) -> std::io::Result<Vec<u8>> {
        let side = |paths: &mut dyn Iterator<Item = &PathBuf>| -> std::io::Result<Vec<i32>> {
            let mut sum = vec![0i32; count];
            for path in paths {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(HEADER as u64 + first))?;
                let mut read = Vec::with_capacity(count);
                file.take(count as u64).read_to_end(&mut read)?;
                sum.iter_mut().zip(read).for_each(|(sum, byte)| *sum += i32::from(Law::Mu.decode(byte)));
            }
            Ok(sum)
        };
        let (left, right) = (side(&mut self.caller.iter())?, side(&mut self.others.iter())?);
        let clamp = |sum: &i32| (*sum).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
        Ok(left.iter().zip(&right).flat_map(|(l, r)| [clamp(l), clamp(r)]).flat_map(i16::to_le_bytes).collect())
    }

    fn header(&self) -> [u8; HEADER] {
        let bytes = (self.samples * SAMPLE) as u32;
        let mut header = Vec::with_capacity(HEADER);
        header.extend(b"RIFF");
        header.extend((36 + bytes).to_le_bytes());
        header.extend(b"WAVEfmt \x10\0\0\0");
        header.extend([1u16, 2].map(u16::to_le_bytes).concat());
        header.extend([RATE, RATE * SAMPLE as u32].map(u32::to_le_bytes).concat());
        header.extend([SAMPLE as u16, 16].map(u16::to_le_bytes).concat());
        header.extend(b"data");
        header.extend(bytes.to_le_bytes());
        header.try_into().expect("a WAV header has 44 bytes")
    }

    /// Worked out once and kept beside the lines; a recording that has grown since is another.
    pub fn peaks(&self) -> std::io::Result<Peaks> {
        let kept = self.folder.join(format!("peaks-{}", self.samples));
        if let Ok(bytes) = std::fs::read(&kept)
            && bytes.len() == 2 * PEAKS
        {
            let (caller, others) = bytes.split_at(PEAKS);
            return Ok(Peaks { caller: caller.to_vec(), others: others.to_vec() });
        }
        let mut peaks = Peaks { caller: vec![0; PEAKS], others: vec![0; PEAKS] };
        if let Some(path) = &self.caller {
            self.add_peaks(path, &mut peaks.caller)?;
        }
        for path in &self.others {
            self.add_peaks(path, &mut peaks.others)?;
        }
        std::fs::write(kept, [&peaks.caller[..], &peaks.others[..]].concat())?;
        Ok(peaks)
    }

    fn add_peaks(&self, path: &Path, peaks: &mut [u8]) -> std::io::Result<()> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(HEADER as u64))?;
        let mut piece = vec![0; 1 << 16];
        let mut at = 0u64;
        loop {
            let read = file.read(&mut piece)?;
            if read == 0 {
                return Ok(());
            }
            for byte in &piece[..read] {
                let loud = (Law::Mu.decode(*byte).unsigned_abs() >> 7) as u8;
                let peak = &mut peaks[((at * PEAKS as u64 / self.samples) as usize).min(PEAKS - 1)];
                *peak = (*peak).max(loud);
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_size_are_the_whole_and_both_sides_are_drawn() {
        let recordings = std::env::temp_dir().join(format!("warmline-playback-{}", std::process::id()));
        let line = |n: u32, words: Vec<u8>| {
            let path = track(&recordings, LegId { call: 9, n });
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, [vec![0; HEADER], words].concat()).unwrap();
        };
        assert!(Recording::open(&recordings, 9).unwrap().is_none());
        let loud = Law::Mu.encode(16_000);
        line(1, vec![loud; 8000]);
        line(2, [vec![0xff; 8000], vec![loud; 8000]].concat());
        line(3, vec![0xff; 100]);
        let recording = Recording::open(&recordings, 9).unwrap().unwrap();
        assert_eq!((recording.seconds(), recording.bytes()), (2.0, 44 + 64_000));
        let whole = recording.read(0, usize::MAX).unwrap();
        assert_eq!(whole.len() as u64, recording.bytes());
        for size in [1, 7, 44, 4096] {
            let pieces: Vec<u8> =
                (0..whole.len()).step_by(size).flat_map(|at| recording.read(at as u64, size).unwrap()).collect();
            assert!(pieces == whole, "{size}");
        }
        let peaks = recording.peaks().unwrap();
        assert!(peaks.caller[..290].iter().all(|p| *p > 120) && peaks.caller[310..].iter().all(|p| *p == 0));
        assert!(peaks.others[..290].iter().all(|p| *p == 0) && peaks.others[310..].iter().all(|p| *p > 120));
        assert_eq!(recording.peaks().unwrap(), peaks, "the same when it was kept");
        std::fs::remove_dir_all(recordings).unwrap();
    }
}
