//! Processes by their number and the moment they began, so that a later one with the same number is another; and whether
//! one will ever do anything again.

/// `SIGKILL` in the masks of `/proc/<pid>/status`.
const KILL: u64 = 1 << 8;

/// Returns what names this process as long as the machine runs.
pub(crate) fn this_process() -> Option<String> {
    name_of(std::process::id())
}

/// Tells whether the process of this name has been killed and is still there: it hangs in the kernel, and will run none of its
/// own code any more. Of what cannot be told, it is not said.
pub(crate) fn is_killed(name: &str) -> bool {
    let id = name.split(' ').next().and_then(|id| id.parse().ok());
    let Some(id) = id.filter(|id| name_of(*id).as_deref() == Some(name)) else {
        return false;
    };
    fs_err::read_to_string(format!("/proc/{id}/status"))
        .is_ok_and(|status| has_kill_pending(&status))
}

fn name_of(id: u32) -> Option<String> {
    let stat = fs_err::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name of a program may contain anything: what follows its last bracket is in order.
    let (_, after_name) = stat.rsplit_once(')')?;
    let started_at: u64 = after_name.split_whitespace().nth(19)?.parse().ok()?;
    Some(format!("{id} {started_at}"))
}

fn has_kill_pending(status: &str) -> bool {
    let masks = ["SigPnd:", "ShdPnd:"];
    status.lines().any(|line| {
        let mask = masks.iter().find_map(|name| line.strip_prefix(name));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .is_some_and(|mask| mask & KILL != 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_runs_or_never_was_is_not_killed() {
        let name = this_process().unwrap();
        assert!(!is_killed(&name));
        let (id, _) = name.split_once(' ').unwrap();
        for other in ["", "x", "0 0", id, &format!("{id} 1")] {
            assert!(!is_killed(other), "{other:?}");
        }
    }

    #[test]
    fn a_kill_that_waits_shows_in_either_mask() {
        let status = |own: &str, shared: &str| {
            format!("Name:\tx\nSigPnd:\t{own}\nShdPnd:\t{shared}\nSigBlk:\tffff\n")
        };
        assert!(has_kill_pending(&status(
            "0000000000000100",
            "0000000000000000"
        )));
        assert!(has_kill_pending(&status(
            "0000000000000000",
            "0000000000004100"
        )));
        assert!(!has_kill_pending(&status(
            "0000000000004000",
            "0000000000000001"
        )));
        assert!(!has_kill_pending("SigBlk:\t0000000000000100\n"));
    }
}
