//! What the operating system is asked: the processes of a browser, what they need, and their end; who is at the other end of a
//! connection on this machine.

mod linux;

mod peers;

#[cfg(test)]
pub(crate) use self::linux::tests::kin_of;
pub(crate) use self::linux::{Group, Kin, Usage, unprivileged, user_of_browsers};
pub(crate) use self::peers::peer_of;
