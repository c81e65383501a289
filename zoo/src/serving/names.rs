//! A server of names (RFC 1035): one question, at most one address in the answer, believed for no time.

use super::world::World;

/// Bytes of a header.
const HEADER: usize = 12;
const TYPE_A: [u8; 2] = [0, 1];

/// Answers a message; nothing where it is none.
pub(super) fn answer(world: &World, message: &[u8]) -> Option<Vec<u8>> {
    let (host, end) = question(message)?;
    let kind = message.get(end..end + 2)?;
    let mut reply = message.get(..end + 4)?.to_vec();
    let address = world.address_of(&host);
    // A response to a question, of somebody who knows: no error, or that there is no such name.
    reply[2] = 0x84 | (message[2] & 1);
    reply[3] = if address.is_some() { 0x80 } else { 0x83 };
    reply[4..HEADER].copy_from_slice(&[0, 1, 0, 0, 0, 0, 0, 0]);
    if let (Some(address), true) = (address, kind == TYPE_A) {
        reply[7] = 1;
        // The name of the question, type A, class IN, for no time, four bytes.
        reply.extend([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        reply.extend(address.octets());
    }
    Some(reply)
}

/// Reads the name that is asked for, and where its type begins.
fn question(message: &[u8]) -> Option<(String, usize)> {
    let mut at = HEADER;
    let mut labels: Vec<String> = Vec::new();
    loop {
        let length = usize::from(*message.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        if length > 63 || labels.len() > 20 {
            return None;
        }
        labels.push(String::from_utf8_lossy(message.get(at..at + length)?).to_lowercase());
        at += length;
    }
    Some((labels.join("."), at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_ends_early_has_no_answer() {
        let world = World::new(Vec::new(), &[]);
        let mut message = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        message.extend(b"\x01a\x04test\x00\x00\x01\x00\x01");
        for end in 0..message.len() {
            assert_eq!(answer(&world, &message[..end]), None);
        }
        let reply = answer(&world, &message).unwrap();
        assert!(reply.ends_with(&[127, 1, 241, 1]) && reply[1] == 7);
    }
}
