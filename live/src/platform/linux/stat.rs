//! `/proc/PID/stat`, `/proc/PID/status` and `/proc/stat` (proc(5)), whose names may hold anything.

use crate::processes::ProcessKind;

/// `include/linux/sched.h`: a thread of the kernel.
const PF_KTHREAD: u64 = 0x0020_0000;

/// What is needed of `/proc/PID/stat`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProcessStat {
    pub(super) name: Vec<u8>,
    pub(super) kind: ProcessKind,
    pub(super) parent_pid: u32,
    /// Ticks of the clock since the system started.
    pub(super) start_ticks: u64,
}

/// Parses `pid (name) state ppid …`. The name may hold parentheses, spaces and line breaks, so it ends at the last one.
pub(super) fn parse_process(text: &[u8]) -> Option<ProcessStat> {
    let open = text.iter().position(|&byte| byte == b'(')?;
    let close = text.iter().rposition(|&byte| byte == b')')?;
    let name = text.get(open + 1..close)?.to_vec();
    let fields: Vec<&str> = std::str::from_utf8(text.get(close + 1..)?)
        .ok()?
        .split_ascii_whitespace()
        .collect();
    // The fields are counted from 1 in proc(5); the state is number 3.
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    let ended = matches!(*fields.first()?, "Z" | "X" | "x");
    let kind = if ended {
        ProcessKind::Ended
    } else if number(9)? & PF_KTHREAD != 0 {
        ProcessKind::Kernel
    } else {
        ProcessKind::Program
    };
    Some(ProcessStat {
        name,
        kind,
        parent_pid: u32::try_from(number(4)?).ok()?,
        start_ticks: number(22)?,
    })
}

/// Returns the real and the effective user of `/proc/PID/status`. The name on its first line has its line breaks
/// escaped.
pub(super) fn parse_users(text: &[u8]) -> Option<(u32, u32)> {
    let line = text
        .split(|&byte| byte == b'\n')
        .find_map(|line| line.strip_prefix(b"Uid:"))?;
    let mut ids = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
    Some((ids.next()?.parse().ok()?, ids.next()?.parse().ok()?))
}

/// Returns the second at which the system started, from `/proc/stat`.
pub(super) fn parse_boot_second(text: &[u8]) -> Option<i64> {
    let line = text
        .split(|&byte| byte == b'\n')
        .find_map(|line| line.strip_prefix(b"btime "))?;
    std::str::from_utf8(line).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{parse_process, parse_users};
    use crate::processes::ProcessKind;

    fn line(name: &[u8], state: &str) -> Vec<u8> {
        let mut line = b"42 (".to_vec();
        line.extend_from_slice(name);
        line.extend_from_slice(
            format!(") {state} 7 42 42 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 99887 1 2 3")
                .as_bytes(),
        );
        line
    }

    #[test]
    fn ends_a_name_at_the_last_parenthesis_whatever_it_holds() {
        for name in [b"sh".as_slice(), b") R 1 (", b"a\nb) ", b"\xff\xfe", b""] {
            let stat = parse_process(&line(name, "S")).unwrap();
            assert_eq!((stat.name.as_slice(), stat.parent_pid), (name, 7));
            assert_eq!(stat.start_ticks, 99_887);
            assert_eq!(stat.kind, ProcessKind::Program);
        }
    }

    #[test]
    fn is_not_told_another_user_by_the_name() {
        let status = b"Name:\ta\\nUid:\t0\t0\t0\t0\nUmask:\t0022\nUid:\t1000\t33\t0\t0\n";
        assert_eq!(parse_users(status), Some((1000, 33)));
    }

    proptest! {
        #[test]
        fn takes_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse_process(&bytes);
            let _ = parse_users(&bytes);
            let _ = super::parse_boot_second(&bytes);
        }

        #[test]
        fn a_line_cut_anywhere_is_refused_or_true(cut in 0_usize..80) {
            let whole = line(b"x) S 1", "S");
            let part = &whole[..cut.min(whole.len())];
            if let Some(stat) = parse_process(part) {
                prop_assert_eq!(stat.parent_pid, 7);
            }
        }
    }
}
