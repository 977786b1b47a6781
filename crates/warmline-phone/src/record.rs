//! Recordings: one folder a contact, one µ-law WAV a line, all beginning at the same moment, so that they can be mixed
//! or shown apart afterwards. A gap is silence. Headers are brought up to date every two seconds: after a crash all but
//! the last of them can be heard.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use crate::LegId;
use crate::g711::{Coded, FRAME, Law};

/// Frames that may wait for the disk: ten seconds of a hundred lines. Beyond it frames are lost, and the gap is silence.
const WAITING: usize = 50_000;
const FLUSH: Duration = Duration::from_secs(2);
/// What is written at once: a fifth of a second, because a call to the system for each frame costs more than the frame.
const PIECE: usize = 10 * FRAME;
/// How long frames gather: waking the writer for each of them costs more than writing it.
const GATHER: Duration = Duration::from_millis(50);
/// Nobody talks for longer; a clock that jumped must not fill the disk with silence.
const LONGEST: u64 = 12 * 3600 * 50;

const SILENT: [u8; FRAME] = [0xff; FRAME];

enum Kept {
    Frame(LegId, u64, [u8; FRAME]),
    Close(i64),
}

pub(crate) struct Recorder {
    frames: SyncSender<Kept>,
    begun: HashMap<i64, Instant>,
}

impl Recorder {
    pub(crate) fn start(folder: PathBuf) -> std::io::Result<Recorder> {
        let (frames, kept) = sync_channel(WAITING);
        std::thread::Builder::new().name("recorder".into()).spawn(move || Writer::new(folder).run(kept))?;
        Ok(Recorder { frames, begun: HashMap::new() })
    }

    /// What a line said in the turn of `now`, if anything.
    pub(crate) fn keep(&mut self, leg: LegId, now: Instant, said: Option<&Coded>) {
        let begun = *self.begun.entry(leg.call).or_insert(now);
        let at = (now.duration_since(begun).as_millis() as u64 + 10) / 20;
        let bytes = said.map_or(SILENT, |said| said.in_law(Law::Mu));
        if let Err(TrySendError::Full(_)) = self.frames.try_send(Kept::Frame(leg, at, bytes)) {
            tracing::warn!("the disk is too slow for the recordings; a moment is lost");
        }
    }

    pub(crate) fn close(&mut self, call: i64) {
        if self.begun.remove(&call).is_some() {
            // A full channel closes the files a little later, when the program ends.
            let _ = self.frames.try_send(Kept::Close(call));
        }
    }
}

struct Writer {
    folder: PathBuf,
    files: HashMap<LegId, Wav>,
    /// Frames that were kept of a contact before this run of it: a caller who is called back goes on after them.
    before: HashMap<i64, u64>,
    flushed: Instant,
}

impl Writer {
    fn new(folder: PathBuf) -> Self {
        Writer { folder, files: HashMap::new(), before: HashMap::new(), flushed: Instant::now() }
    }

    fn run(mut self, kept: Receiver<Kept>) {
        let _end = crate::EndOnPanic("recorder");
        while let Ok(first) = kept.recv() {
            std::thread::sleep(GATHER);
            std::iter::once(first).chain(kept.try_iter()).for_each(|kept| self.take(kept));
            if self.flushed.elapsed() > FLUSH {
                self.flushed = Instant::now();
                for wav in self.files.values_mut() {
                    // Said once when writing fails; the next frame tells again.
                    let _ = wav.flush();
                }
            }
        }
        for wav in self.files.values_mut() {
            let _ = wav.flush();
        }
    }

    fn take(&mut self, kept: Kept) {
        let taken = match kept {
            Kept::Frame(leg, at, bytes) => self.write(leg, at, &bytes),
            Kept::Close(call) => {
                self.before.remove(&call);
                let ended = self.files.extract_if(|leg, _| leg.call == call);
                ended.map(|(_, mut wav)| wav.flush()).fold(Ok(()), Result::and)
            }
        };
        if let Err(error) = taken {
            tracing::error!(%error, "a recording could not be written");
        }
    }

    fn write(&mut self, leg: LegId, at: u64, bytes: &[u8; FRAME]) -> std::io::Result<()> {
        if !self.before.contains_key(&leg.call) {
            self.before.insert(leg.call, kept(&self.folder, leg.call)?);
        }
        let at = at + self.before.get(&leg.call).copied().unwrap_or(0);
        if !self.files.contains_key(&leg) {
            let wav = Wav::open(&track(&self.folder, leg))?;
            self.files.insert(leg, wav);
        }
        match self.files.get_mut(&leg) {
            Some(wav) if at < LONGEST => wav.write(at, bytes),
            _ => Ok(()),
        }
    }
}

/// How long the longest line of a contact is so far, in frames.
fn kept(folder: &Path, call: i64) -> std::io::Result<u64> {
    let folder = folder.join(call.to_string());
    if !folder.exists() {
        return Ok(0);
    }
    let mut longest = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|e| e == TRACK) {
            longest = longest.max(entry.metadata()?.len());
        }
    }
    Ok(longest.saturating_sub(HEADER as u64).div_ceil(FRAME as u64))
}

/// The ending of a line's file.
pub(crate) const TRACK: &str = "wav";

/// Where the words of one line lie.
pub fn track(folder: &Path, leg: LegId) -> PathBuf {
    folder.join(leg.call.to_string()).join(format!("{}.{TRACK}", leg.n))
}

/// A WAV of µ-law (format 7), 8 kHz, mono.
struct Wav {
    file: File,
    frames: u64,
    /// Of these frames, what is not written yet.
    pending: Vec<u8>,
}

pub(crate) const HEADER: usize = 44;

impl Wav {
    /// A line that was kept before is gone on with.
    fn open(path: &Path) -> std::io::Result<Wav> {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
        let frames = file.metadata()?.len().saturating_sub(HEADER as u64) / FRAME as u64;
        file.write_all(&header(frames * FRAME as u64))?;
        file.seek(SeekFrom::Start(HEADER as u64 + frames * FRAME as u64))?;
        Ok(Wav { file, frames, pending: Vec::with_capacity(PIECE) })
    }

    fn write(&mut self, at: u64, bytes: &[u8; FRAME]) -> std::io::Result<()> {
        while self.frames < at {
            self.push(&SILENT)?;
        }
        if self.frames > at { Ok(()) } else { self.push(bytes) }
    }

    fn push(&mut self, frame: &[u8; FRAME]) -> std::io::Result<()> {
        self.pending.extend_from_slice(frame);
        self.frames += 1;
        if self.pending.len() < PIECE { Ok(()) } else { self.write_out() }
    }

    fn write_out(&mut self) -> std::io::Result<()> {
        self.file.write_all(&self.pending)?;
        self.pending.clear();
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.write_out()?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header(self.frames * FRAME as u64))?;
        self.file.seek(SeekFrom::End(0))?;
        self.file.sync_data()
    }
}

fn header(bytes: u64) -> [u8; HEADER] {
    let bytes = bytes as u32;
    let mut header = Vec::with_capacity(HEADER);
    header.extend(b"RIFF");
    header.extend((36 + bytes).to_le_bytes());
    header.extend(b"WAVEfmt \x10\0\0\0");
    header.extend(7u16.to_le_bytes());
    header.extend(1u16.to_le_bytes());
    header.extend(8000u32.to_le_bytes());
    header.extend(8000u32.to_le_bytes());
    header.extend(1u16.to_le_bytes());
    header.extend(8u16.to_le_bytes());
    header.extend(b"data");
    header.extend(bytes.to_le_bytes());
    header.try_into().expect("a WAV header has 44 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_together_and_a_gap_is_silence() {
        let folder = std::env::temp_dir().join(format!("warmline-record-{}", std::process::id()));
        let mut writer = Writer::new(folder.clone());
        let (one, two) = (LegId { call: 7, n: 1 }, LegId { call: 7, n: 2 });
        let tone = [Law::Mu.encode(8000); FRAME];
        for at in [0, 1, 4] {
            writer.write(one, at, &tone).unwrap();
        }
        writer.write(two, 3, &tone).unwrap();
        // Two seconds have passed, then the program crashes with what was said since. Then the contact goes on.
        writer.files.values_mut().for_each(|wav| wav.flush().unwrap());
        writer.write(one, 5, &tone).unwrap();
        drop(writer);
        let mut writer = Writer::new(folder.clone());
        writer.write(two, 0, &tone).unwrap();
        writer.files.values_mut().for_each(|wav| wav.flush().unwrap());
        let first = std::fs::read(track(&folder, one)).unwrap();
        let loud: Vec<bool> =
            first[HEADER..].chunks(FRAME).map(|c| Law::Mu.decode(c[0]).unsigned_abs() > 4000).collect();
        assert_eq!(loud, [true, true, false, false, true]);
        let recording = crate::playback::Recording::open(&folder, 7).unwrap().unwrap();
        let both = recording.read(0, recording.bytes() as usize).unwrap();
        let at = |frame: usize, side: usize| {
            let from = HEADER + frame * FRAME * 4 + side * 2;
            i16::from_le_bytes([both[from], both[from + 1]])
        };
        assert!(at(0, 0) > 4000 && at(0, 1) == 0 && at(3, 0) == 0 && at(3, 1) > 4000);
        assert!(at(5, 1) > 4000, "what comes after a crash stands after what was before");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
