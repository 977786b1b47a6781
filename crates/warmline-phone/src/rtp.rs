//! RTP packets (RFC 3550 §5.1) and telephone events (RFC 4733).

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub(crate) payload_type: u8,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
    pub(crate) payload: &'a [u8],
}

/// Where the payload begins; `None` if this is no packet.
pub(crate) fn header_length(bytes: &[u8]) -> Option<usize> {
    let (head, _) = bytes.split_first_chunk::<12>()?;
    if head[0] >> 6 != 2 {
        return None;
    }
    let mut start = 12 + 4 * usize::from(head[0] & 0x0f);
    if head[0] & 0x10 != 0 {
        let extension = bytes.get(start..start + 4)?;
        start += 4 + 4 * usize::from(u16::from_be_bytes([extension[2], extension[3]]));
    }
    (start <= bytes.len()).then_some(start)
}

/// Of a packet that has a header.
pub(crate) fn sequence(bytes: &[u8]) -> u16 {
    u16::from_be_bytes([bytes[2], bytes[3]])
}

/// Of a packet that has a header.
pub(crate) fn ssrc(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]])
}

/// Reads a packet; anything else is `None`.
pub(crate) fn read(bytes: &[u8]) -> Option<Packet<'_>> {
    let (head, start) = (bytes.first_chunk::<12>()?, header_length(bytes)?);
    let padding = if head[0] & 0x20 != 0 { usize::from(*bytes.last()?) } else { 0 };
    let end = bytes.len().checked_sub(padding)?;
    Some(Packet {
        payload_type: head[1] & 0x7f,
        sequence: sequence(bytes),
        timestamp: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
        ssrc: ssrc(bytes),
        payload: bytes.get(start..end)?,
    })
}

/// Bytes before the payload of a packet of ours.
pub(crate) const HEAD: usize = 12;

pub(crate) fn head(payload_type: u8, marker: bool, sequence: u16, timestamp: u32, ssrc: u32) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[0] = 0x80;
    head[1] = payload_type | if marker { 0x80 } else { 0 };
    head[2..4].copy_from_slice(&sequence.to_be_bytes());
    head[4..8].copy_from_slice(&timestamp.to_be_bytes());
    head[8..].copy_from_slice(&ssrc.to_be_bytes());
    head
}

/// The key of a telephone event that has come to its end (it is sent three times; the timestamp tells them apart).
pub(crate) fn ended_key(payload: &[u8]) -> Option<char> {
    let [event, flags, _, _] = *payload.first_chunk::<4>()?;
    if flags & 0x80 == 0 {
        return None;
    }
    "0123456789*#ABCD".chars().nth(usize::from(event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_a_packet_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some(packet) = read(&bytes) {
                prop_assert!(packet.payload.len() + 12 <= bytes.len());
            }
        }
        #[test]
        fn what_is_written_is_read(pt in 0u8..127, marker: bool, seq: u16, ts: u32, ssrc: u32, payload in prop::collection::vec(any::<u8>(), 0..200)) {
            let bytes = [&head(pt, marker, seq, ts, ssrc)[..], &payload].concat();
            prop_assert_eq!(read(&bytes), Some(Packet { payload_type: pt, sequence: seq, timestamp: ts, ssrc, payload: &payload }));
        }
    }
}
